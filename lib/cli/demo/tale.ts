/**
 * What became of a mail, in words: what it was, who took it and why, what the API said, where it
 * arrived, what the notifier was told. Everything that came out of a mail is made printable.
 *
 * @module
 */

import { findHeaderEnd } from "../../mail/header.ts";
import { describeReply, type Reply } from "../../mail/reply.ts";
import type { Mail } from "../../mail/message.ts";
import { readSubject } from "../../mail/subject.ts";
import type { LookupTrace, RouteTrace, RuleTrace } from "../../routing/trace.ts";
import { type Paint, printable } from "../paint.ts";
import { copiesOf, type Course, noticesOf, problemsOf, recipientsOf, stateOf } from "./course.ts";
import { type Entry, setEntry, showMs } from "./layout.ts";
import type { Arrival } from "./mailbox.ts";

/** The story of one mail, its title first. */
export function tellCourse(number: number, course: Course, brush: Paint): string {
  const { sample, routing } = course;
  const entries = [
    ...mailEntries(sample.from, sample.to, readSubject(fieldsOf(sample.message))),
    ...routing === undefined ? [] : decisionEntries(routing.trace),
    ...arrivalEntries(course),
    ...answerEntries(course),
  ];
  return titleLine(number, sample.title, brush) +
    entries.map((entry) => setEntry(entry, brush)).join("") + "\n";
}

function fieldsOf(message: Uint8Array): Uint8Array {
  return message.subarray(0, findHeaderEnd(message)?.fieldsEnd);
}

/** The line above a mail's story. */
export function titleLine(number: number, title: string, brush: Paint): string {
  return `${String(number).padStart(2)}  ${brush(title, "bold")}\n`;
}

/** What a mail is, as far as its envelope and subject say. */
export function mailEntries(
  from: string,
  to: readonly string[],
  subject: string | undefined,
): readonly Entry[] {
  const shown = subject === undefined ? "(no subject)" : printable(subject);
  return [
    { label: "mail", text: shown.length > 200 ? `${shown.slice(0, 199)}…` : shown },
    { label: "", text: printable(`<${from}> → ${to.map((path) => `<${path}>`).join(", ")}`) },
  ];
}

/** The same of a mail that the relay has taken in. */
export function entriesOf({ envelope, message }: Mail): readonly Entry[] {
  return mailEntries(envelope.reversePath, envelope.forwardPaths, readSubject(message.fields));
}

/** Who took the mail and why, and what the API answered meanwhile. */
export function decisionEntries(trace: RouteTrace): readonly Entry[] {
  const { manager, rules, lookups, notes, reason } = trace;
  if (manager === undefined) return [{ label: "manager", text: printable(reason) }];
  const decisive = rules.filter(({ verdict }) => verdict !== "not-matched");
  return [
    { label: "manager", text: managerText(trace) },
    ...notes.map((note) => ({ label: "note", text: printable(note), colour: "cyan" } as const)),
    ...lookups.map(lookupEntry),
    ...(decisive.length > 0 ? decisive : rules).map(ruleEntry),
  ];
}

/** `gocd (to mail2alert@example.com) reads: shop BREAKS`. */
function managerText({ manager = "", claims, fields }: RouteTrace): string {
  const wants = claims.at(-1)?.wants ?? "";
  const what = fields.pipeline ?? fields.host;
  const about = [what, fields.event].filter((text) => text !== undefined).join(" ");
  return printable(`${manager} (${wants})${about && ` reads: ${about}`}`);
}

const SIGNS = {
  matched: "✔",
  "not-matched": "✘",
  undecided: "?",
  skipped: "–",
  muted: "~",
} as const;

function ruleEntry({ rule, verdict, reason }: RuleTrace, index: number): Entry {
  return {
    label: index === 0 ? "rule" : "",
    text: printable(`${SIGNS[verdict]} ${rule}: ${reason}`),
    colour: verdict === "matched" ? "green" : "dim",
  };
}

/** `3 groups, 5 pipelines (dashboard), cached 65 ms ago`. */
function lookupEntry({ source, ageMs = 0, tookMs, detail }: LookupTrace): Entry {
  const age = source === "fresh"
    ? `fresh, in ${showMs(tookMs)}`
    : source === "none"
    ? `no answer, after ${showMs(tookMs)}`
    : `${source}, ${showMs(ageMs)} old`;
  return { label: "API", text: printable(`${detail}; ${age}`) };
}

/** What arrived, where, and in which state: as the mail server saw it. */
function arrivalEntries(course: Course): readonly Entry[] {
  const { refusals, routing, sample } = course;
  const copies = copiesOf(course);
  const rest = [...refusals.map(refusalEntry), ...noticesOf(course).map(noticeEntry)];
  if (copies.length === 0) {
    const reason = routing?.trace.reason ?? "the relay made no decision";
    return [
      { label: "arrived", text: printable(`nowhere: ${reason}`), colour: "yellow" },
      ...rest,
    ];
  }
  const states = new Set(copies.map((arrival) => stateOf(arrival, sample.message)));
  const how = [...states].map((state) => STATES[state]).join("; ");
  const who = recipientsOf(course).join(", ");
  return [{ label: "arrived", text: printable(`at ${who}: ${how}`) }, ...rest];
}

const STATES = {
  whole: "every octet as it was sent",
  readdressed: "To and From rewritten, all else as it was sent",
  altered: "not as it was sent",
} as const;

/** Whom the mail server does not know. */
export function refusalEntry(
  { recipient, reply }: { readonly recipient: string; readonly reply: Reply },
): Entry {
  const text = printable(`${recipient}: ${describeReply(reply)}`);
  return { label: "refused", text, colour: "yellow" };
}

/** Whom the relay told of a refusal that the notifier could not be told of, and how. */
export function noticeEntry({ recipients, message }: Arrival): Entry {
  const subject = readSubject(fieldsOf(message)) ?? "";
  const text = printable(`to ${recipients.join(", ")}: ${subject}`);
  return { label: "notice", text, colour: "cyan" };
}

/** What the notifier was told and how soon; and what should have been, if all is not well. */
function answerEntries(course: Course): readonly Entry[] {
  const { answer } = course;
  const problems = problemsOf(course);
  const said = answer.kind === "reply"
    ? `${describeReply(answer.reply)}, after ${showMs(answer.tookMs)}`
    : `none: ${answer.reason}`;
  const mark = problems.length === 0
    ? { sign: "✔", colour: "green" } as const
    : { sign: "✘", colour: "red" } as const;
  return [
    { label: "reply", text: printable(said), mark },
    ...problems.map((text) => ({ label: "WRONG", text: printable(text), colour: "red" } as const)),
  ];
}
