/**
 * The part of a notice that people read: what happened, to whom, what was said, what to do. Pure.
 *
 * Whoever gets it has most likely not configured a mail server in their life; whoever they show it
 * to has. So the first half is plain, and the second names what can be looked up.
 *
 * @module
 */

import { messageIdOf, subjectOf } from "./entry.ts";
import type { NoticeFacts, NoticeRecipient } from "./notice_facts.ts";
import { breakLines, printable } from "./printable.ts";
import { formatDate } from "./received.ts";
import { describeReply } from "./reply.ts";
import { returnsWhole } from "./returned.ts";

/** Recipients that are named here; the report part names all. */
const MAX_NAMED = 50;

/** Characters of what a server said, of a Subject, and of an address. */
const MAX_ANSWER_CHARACTERS = 900;
const MAX_SUBJECT_CHARACTERS = 200;
const MAX_ADDRESS_CHARACTERS = 254;

const COLUMNS = 72;

/** Writes the text: lines that end in CR LF, in Unicode. */
export function noticeText(facts: NoticeFacts): string {
  const named = facts.recipients.slice(0, MAX_NAMED);
  const more = facts.recipients.length - named.length;
  return [
    ...paragraph(`This is the mail relay on ${facts.hostname}.`),
    ...paragraph(WHAT[facts.about](facts)),
    ...named.flatMap((one) => recipientLines(one, facts)),
    ...(more > 0 ? [`  ... and ${more} more, named in the second part`, ""] : []),
    ...paragraph(AFTER[facts.about]),
    "The mail:",
    "",
    ...mailLines(facts),
    "",
    ...paragraph(`The second part of this notice is for programs; the third is ${third(facts)}.`),
  ].slice(0, -1).map((line) => `${line}\r\n`).join("");
}

function third(facts: NoticeFacts): string {
  if (facts.mail.envelope.requireTls) return "the mail's Message-ID";
  return returnsWhole(facts) ? "the mail" : "the mail's header";
}

const AFTER_FAILURE =
  "What to do: if an address is wrong, correct it where the mail was written, and send the mail " +
  "again. Otherwise show this notice to whoever looks after the relay: its log knows the mail by " +
  "the queue id below.";

const AFTER_DELAY =
  "You need not do anything, and need not send the mail again. Whoever looks after the relay " +
  "finds the mail in its log by the queue id below.";

const AFTER_SUCCESS =
  "This notice was asked for when the mail was sent; you need not do anything. Whoever looks after " +
  "the relay finds the mail in its log by the queue id below.";

const AFTER = {
  failed: AFTER_FAILURE,
  delayed: AFTER_DELAY,
  relayed: AFTER_SUCCESS,
  delivered: AFTER_SUCCESS,
} as const;

const WHAT = {
  failed: whatFailed,
  delayed: whatIsLate,
  relayed: whatWasRelayed,
  delivered: whatWasDelivered,
} as const;

function whatFailed({ mail, recipients }: NoticeFacts): string {
  const whom = recipients.length === 1 ? "this recipient" : "these recipients";
  return `A mail ${fromWhom(mail.envelope.reversePath)} could not be delivered to ${whom}, and ` +
    "is not tried any more. Other recipients, if there were any, are not concerned.";
}

function whatIsLate({ mail, recipients, giveUpAt }: NoticeFacts): string {
  const whom = recipients.length === 1 ? "this recipient" : "these recipients";
  const until = giveUpAt === undefined ? "" : ` until ${formatDate(giveUpAt)}`;
  return `A mail ${fromWhom(mail.envelope.reversePath)} is late: it has not reached ${whom} yet. ` +
    `It is kept safe and tried again${until}. If it still cannot be delivered then, another ` +
    "notice will say so.";
}

function whatWasRelayed({ mail, recipients }: NoticeFacts): string {
  const whom = recipients.length === 1 ? "this recipient" : "these recipients";
  return `A mail ${
    fromWhom(mail.envelope.reversePath)
  } for ${whom} has been handed on to the next ` +
    "mail server. That server does not say when it delivers mail; it will tell you if it cannot.";
}

function whatWasDelivered({ mail, recipients }: NoticeFacts): string {
  const whom = recipients.length === 1 ? "this recipient" : "these recipients";
  return `A mail ${fromWhom(mail.envelope.reversePath)} has been delivered to ${whom}.`;
}

function fromWhom(reversePath: string): string {
  return reversePath === ""
    ? "without a sender"
    : `from ${printable(reversePath, MAX_ADDRESS_CHARACTERS)}`;
}

function recipientLines(one: NoticeRecipient, { about, at, mail }: NoticeFacts): string[] {
  const tried = one.expired
    ? `Given up by this relay when the mail was ${duration(at - mail.receivedAt)} old. `
    : "";
  const text = printable(`${tried}${saidOf(one, about)}`, MAX_ANSWER_CHARACTERS);
  return [
    `  ${printable(one.recipient, MAX_ADDRESS_CHARACTERS)} (by way of ${name(one)})`,
    ...breakLines(text, COLUMNS - 4).map((line) => `    ${line}`),
    "",
  ];
}

/** What was said, and by whom: the relay does not put its own words into a server's mouth. */
function saidOf(
  { reply, ownReply, reason, lastReason, expired }: NoticeRecipient,
  about: NoticeFacts["about"],
) {
  if (reply === undefined) {
    if (lastReason !== undefined) return `The last reason: ${lastReason}`;
    return `${about === "delivered" ? "What became of it" : "The reason"}: ${reason}`;
  }
  if (ownReply) {
    const { status, lines } = reply;
    return `This relay did not send it: ${lines.join(" ")}${status ? ` (${status})` : ""}`;
  }
  return `The mail server said${expired ? " last" : ""}: ${describeReply(reply)}`;
}

function name({ destination, remoteMta }: NoticeRecipient): string {
  const server = remoteMta === undefined ? "" : `, ${remoteMta}`;
  return printable(`${destination}${server}`, MAX_ADDRESS_CHARACTERS);
}

function mailLines({ mail }: NoticeFacts): string[] {
  const { fields, octets } = mail.message;
  const { requireTls, session: { peer, helo } } = mail.envelope;
  const place = peer === "unix" ? "by way of a unix socket" : `[${peer}]`;
  const from = peer === "" ? "this relay itself" : `${helo} ${place}`;
  const rows = [
    [
      "Subject",
      requireTls ? "(not told: the mail asks for safe ways)" : subjectOf(fields) ?? "(none)",
    ],
    ["Came", `${formatDate(mail.receivedAt)} from ${from}`],
    ["Size", `${octets} octets`],
    ["Message-ID", messageIdOf(fields) ?? "(none)"],
    ["Queue id", mail.queueId],
  ];
  return rows.map(([label = "", text = ""]) =>
    `  ${`${label}:`.padEnd(12)}${printable(text, MAX_SUBJECT_CHARACTERS)}`
  );
}

/** A length of time as people say it: `5 days`, `4 hours`, `8 seconds`. */
function duration(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const seconds = Math.max(1, Math.round(ms / 1_000));
  const [count, unit] = minutes >= 2_880
    ? [Math.round(minutes / 1_440), "day"]
    : minutes >= 120
    ? [Math.round(minutes / 60), "hour"]
    : seconds >= 60
    ? [minutes, "minute"]
    : [seconds, "second"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function paragraph(text: string): string[] {
  return [...breakLines(printable(text, MAX_ANSWER_CHARACTERS), COLUMNS), ""];
}
