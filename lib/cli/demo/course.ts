/**
 * What became of one mail of the demo, from its notifier to the mailbox, and whether that is what
 * had to become of it. The verdict looks at what arrived, not at what was promised. Pure.
 *
 * @module
 */

import { fieldValue, findHeaderEnd } from "../../mail/header.ts";
import type { Reply } from "../../mail/reply.ts";
import type { Routing } from "../../routing/trace.ts";
import type { Arrival } from "./mailbox.ts";
import type { Answer } from "./notifier.ts";
import type { Sample } from "./samples.ts";
import type { Happening } from "./world.ts";

/** What became of one mail. */
export interface Course {
  /** The mail, and what had to become of it. */
  readonly sample: Sample;
  /** The relay's decision; absent when it made none. */
  readonly routing?: Routing;
  /** What arrived at the mail server, notices of the relay's own included. */
  readonly arrivals: readonly Arrival[];
  /** Whom the mail server refused, and how. */
  readonly refusals: readonly { readonly recipient: string; readonly reply: Reply }[];
  /** What the notifier learnt. */
  readonly answer: Answer;
}

/** Puts together what happened between a mail and its answer. */
export function courseOf(
  sample: Sample,
  answer: Answer,
  happenings: readonly Happening[],
): Course {
  const routed = happenings.find((happening) => happening.kind === "routed");
  return {
    sample,
    answer,
    ...routed && { routing: routed.routing },
    arrivals: happenings.flatMap((event) => event.kind === "arrived" ? [event.arrival] : []),
    refusals: happenings.filter((event) => event.kind === "refused"),
  };
}

/** The copies of the mail itself. */
export function copiesOf({ arrivals }: Pick<Course, "arrivals">): readonly Arrival[] {
  return arrivals.filter((arrival) => !isNotice(arrival));
}

/** The notices about it: mails of the relay's own. */
export function noticesOf({ arrivals }: Pick<Course, "arrivals">): readonly Arrival[] {
  return arrivals.filter(isNotice);
}

/** Whether it is a notice of a mail server; no notifier of the demo has the null reverse-path. */
export function isNotice({ reversePath }: Arrival): boolean {
  return reversePath === "";
}

/** Everyone who found the mail in the mailbox; twice whoever had it twice. */
export function recipientsOf(course: Pick<Course, "arrivals">): readonly string[] {
  return copiesOf(course).flatMap(({ recipients }) => recipients);
}

/** What is not as it had to be; empty when all is well. */
export function problemsOf(course: Course): readonly string[] {
  const { sample: { expected, message }, answer } = course;
  const problems: string[] = [];
  if (answer.kind === "silence") {
    problems.push(`expected reply ${expected.code}, got none: ${answer.reason}`);
  } else if (answer.reply.code !== expected.code) {
    problems.push(`expected reply ${expected.code}, got ${answer.reply.code}`);
  }
  const [there, due] = [recipientsOf(course), expected.recipients].map(nameAll);
  if (there !== due) problems.push(`expected to arrive at ${due}, arrived at ${there}`);
  const told = nameAll(noticesOf(course).flatMap(({ recipients }) => recipients));
  const toTell = expected.told ?? "nobody";
  if (told !== toTell) problems.push(`expected a notice to ${toTell}, there is one to ${told}`);
  const states = copiesOf(course).map((arrival) => stateOf(arrival, message));
  if (states.includes("altered")) {
    problems.push("expected every octet as it was sent, but for Received, To and From");
  } else if (expected.unchanged && states.includes("readdressed")) {
    problems.push("expected every octet as it was sent, but for Received");
  }
  return problems;
}

/**
 * In which state a mail arrived. `whole`: as it was sent, but for one `Received` field before
 * everything else. `readdressed`: `To` names who has it, `From` may be new, all else is as it was
 * sent. `altered`: neither.
 */
export function stateOf(
  { recipients, message }: Arrival,
  sent: Uint8Array,
): "whole" | "readdressed" | "altered" {
  // What this decoder makes of octets is not their text, but it is one character for each.
  const [arrived, original] = [message, sent].map((octets) => LATIN1.decode(octets));
  const here = arrived?.replace(/^Received: (?:[^\r\n]|\r\n[ \t])+\r\n/, "") ?? "";
  if (here === original) return "whole";
  const to = fieldValue(message.subarray(0, findHeaderEnd(message)?.fieldsEnd), "to")?.split(", ");
  const same = withoutAddresses(here) === withoutAddresses(original ?? "");
  return same && recipients.every((recipient) => to?.includes(recipient))
    ? "readdressed"
    : "altered";
}

const LATIN1 = new TextDecoder("latin1");

/** A message without its fields `To` and `From`. */
function withoutAddresses(message: string): string {
  const end = message.indexOf("\r\n\r\n") + 2;
  const fields = message.slice(0, end).replace(/^(?:To|From):(?:[^\r\n]|\r\n[ \t])*\r\n/gim, "");
  return fields + message.slice(end);
}

/** The addresses as one text, in one order. */
function nameAll(addresses: readonly string[]): string {
  return addresses.toSorted().join(", ") || "nobody";
}
