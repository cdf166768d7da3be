/**
 * Notices to the sender of a mail that is late or given up, or delivered where that is asked for: a
 * report for people and programs (RFC 3464, RFC 6522). Pure.
 *
 * INVARIANTS
 *
 * 1. A notice is ASCII in lines of at most 998 octets, whatever the mail and the remote said. Only
 *    its `To` is UTF-8 where the address that it goes to is; it needs SMTPUTF8 exactly then. And
 *    the body of a mail that goes back whole stays as it is (`returned.ts`).
 * 2. Its boundary occurs in none of its parts.
 * 3. It has a bound: 64 KiB of the mail, some KiB for each recipient.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { quotedPrintable, textField } from "./ascii_encodings.ts";
import { formatField } from "./rewrite.ts";
import { deliveryStatus } from "./delivery_status.ts";
import { messageIdOf, subjectOf } from "./entry.ts";
import { fieldValues } from "./header.ts";
import type { Mail } from "./message.ts";
import type { NoticeFacts } from "./notice_facts.ts";
import { noticeText } from "./notice_text.ts";
import { escapeToAscii, foldField, isPlainAscii, printable } from "./printable.ts";
import { formatDate } from "./received.ts";
import { returnedPart } from "./returned.ts";

export type { NoticeFacts, NoticeRecipient } from "./notice_facts.ts";

/** Characters of the mail's Subject that go into the notice's. */
const MAX_SUBJECT_CHARACTERS = 150;

/**
 * Whether what becomes of this mail may be told to its reverse-path: not for the null reverse-path
 * (RFC 5321 §4.5.5), not for a mail that is itself a notice of a mail server, which some send with
 * a reverse-path of their own (RFC 3464 §2, RFC 3834 §2).
 */
export function mayBounce(mail: Mail): boolean {
  const { reversePath } = mail.envelope;
  if (reversePath === "" || /^mailer-daemon(?:@|$)/i.test(reversePath)) return false;
  return !isReport(mail);
}

/** Whether a mail is itself a delivery report (RFC 3464), of ours or of others. */
export function isReport({ message: { fields } }: Mail): boolean {
  return fieldValues(fields, "content-type").some(isDeliveryReport);
}

function isDeliveryReport(contentType: string): boolean {
  return /^multipart\/report\s*(?:;|$)/i.test(contentType) &&
    /;\s*report-type\s*=\s*"?delivery-status"?\s*(?:;|$)/i.test(contentType);
}

/** A notice: a message in memory. */
export type Notice = Mail["message"] & {
  /** What follows the fields, blank line included. */
  readonly held: Uint8Array;
};

/** Writes a notice; its envelope (null reverse-path, `to`) is the caller's. */
export function composeNotice(facts: NoticeFacts): Notice {
  const parts = [textPart(facts), statusPart(facts), returnedPart(facts)];
  const boundary = boundaryOf(facts.queueId, parts);
  const fields = new TextEncoder().encode(noticeFields(facts, boundary));
  const delimited = parts.map((part) => `\r\n--${boundary}\r\n${part}`);
  // One character an octet: the parts are ASCII but for a mail that is given back whole.
  const held = new Uint8Array(
    Buffer.from(`${delimited.join("")}\r\n--${boundary}--\r\n`, "latin1"),
  );
  return {
    octets: fields.length + held.length,
    digest: createHash("sha256").update(fields).update(held).digest("hex"),
    fields,
    held,
    async *rest() {
      yield held;
    },
  };
}

function noticeFields(facts: NoticeFacts, boundary: string): string {
  const { hostname, queueId, at, to, mail } = facts;
  const own = escapeToAscii(printable(hostname, 255));
  const original = messageIdOf(mail.message.fields);
  // One that is no msg-id would break the field for those who read it.
  const answers = original !== undefined && /^<[!-;=?-~]{1,250}>$/.test(original)
    ? foldField("In-Reply-To", original) + foldField("References", original)
    : "";
  return [
    foldField("From", `Mail Delivery System <mailer-daemon@${own}>`),
    new TextDecoder().decode(formatField("To", to)),
    textField("Subject", subjectLine(facts)),
    foldField("Date", formatDate(at)),
    foldField("Message-ID", `<${queueId}@${own}>`),
    answers,
    foldField("Auto-Submitted", "auto-replied"),
    foldField("MIME-Version", "1.0"),
    foldField(
      "Content-Type",
      `multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    ),
  ].join("");
}

const WHAT = {
  failed: "Not delivered",
  delayed: "Delayed, still being tried",
  relayed: "Handed on",
  delivered: "Delivered",
} as const;

function subjectLine({ about, mail }: NoticeFacts): string {
  const { envelope, message } = mail;
  // Not for every eye, see `returned.ts`.
  const subject = envelope.requireTls ? "" : subjectOf(message.fields) ?? "";
  const what = WHAT[about];
  const text = printable(subject, MAX_SUBJECT_CHARACTERS);
  return text === "" ? what : `${what}: ${text}`;
}

/** One that nothing in the parts can end: the notice's own id is fresh, but nothing is left to luck. */
function boundaryOf(queueId: string, parts: readonly string[]): string {
  const taken = (boundary: string) => parts.some((part) => part.includes(`--${boundary}`));
  let boundary = `=_${queueId}`;
  for (let number = 1; taken(boundary); number++) boundary = `=_${queueId}_${number}`;
  return boundary;
}

function textPart(facts: NoticeFacts): string {
  const text = noticeText(facts);
  const ascii = isPlainAscii(text.replaceAll("\r\n", ""));
  const head = [
    "Content-Description: What happened",
    `Content-Type: text/plain; charset=${ascii ? "us-ascii" : "utf-8"}`,
    `Content-Transfer-Encoding: ${ascii ? "7bit" : "quoted-printable"}`,
  ];
  const body = ascii ? text : quotedPrintable(new TextEncoder().encode(text));
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

function statusPart(facts: NoticeFacts): string {
  const head = "Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n";
  return `${head}\r\n${deliveryStatus(facts)}`;
}
