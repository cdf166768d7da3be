/**
 * The part of a notice that programs read: `message/delivery-status` (RFC 3464), ASCII throughout;
 * addresses that are not are written as RFC 6533 §3 has it. Pure.
 *
 * INVARIANTS
 *
 * 1. There is one group of fields for each recipient, in their order.
 * 2. Whatever a remote said stays inside its field: no control character passes, lines are folded
 *    and bounded (OpenSMTPD's CVE-2020-8794 came in through such a text).
 *
 * @module
 */

import { parseAddress } from "./address.ts";
import { recipientDsn } from "./dsn.ts";
import type { NoticeFacts, NoticeRecipient } from "./notice_facts.ts";
import { escapeToAscii, foldField, hexPoint, isPlainAscii, printable } from "./printable.ts";
import { formatDate } from "./received.ts";
import { describeReply } from "./reply.ts";

/** Columns of one value: with its name it stays within the 998 of RFC 5322 §2.1.1. */
const MAX_VALUE_COLUMNS = 900;

/** Type of addresses and texts that no registry knows: `X-` is free for all (RFC 3464 §2.1). */
const OWN_TYPE = "x-mail2alert";

/** Writes the part's body: fields about the mail, then a group for each recipient. */
export function deliveryStatus(facts: NoticeFacts): string {
  const { hostname, mail, recipients } = facts;
  const aboutMail = fieldsText([
    ["Original-Envelope-Id", mail.envelope.dsn?.envid],
    ["Reporting-MTA", `dns; ${hostname}`],
    ["Arrival-Date", formatDate(mail.receivedAt)],
    ["X-Mail2alert-Queue-Id", mail.queueId],
    ["X-Mail2alert-Sender", typedAddress(mail.envelope.reversePath)],
  ]);
  return [aboutMail, ...recipients.map((one) => recipientFields(one, facts))].join("\r\n");
}

function recipientFields(one: NoticeRecipient, facts: NoticeFacts): string {
  const { about, giveUpAt, mail } = facts;
  return fieldsText([
    ["Original-Recipient", recipientDsn(mail.envelope, one.recipient).orcpt],
    ["Final-Recipient", typedAddress(one.recipient)],
    ["Action", about],
    ["Status", statusOf(one, about)],
    ["Remote-MTA", one.remoteMta === undefined ? undefined : `dns; ${mtaName(one.remoteMta)}`],
    ["Diagnostic-Code", diagnosticOf(one)],
    ["Last-Attempt-Date", isLastAttempt(one, facts) ? formatDate(facts.at) : undefined],
    [
      "Will-Retry-Until",
      about !== "delayed" || giveUpAt === undefined ? undefined : formatDate(giveUpAt),
    ],
  ]);
}

/** Refusals and successes are told at once; what grew too old may have been tried last at any time before. */
function isLastAttempt({ expired }: NoticeRecipient, { about }: NoticeFacts): boolean {
  return about !== "delayed" && !expired;
}

/** Of each action, the class of its status codes, and the one where the remote has said none. */
const STATUS = {
  failed: { kind: "5", other: "5.0.0" },
  delayed: { kind: "4", other: "4.4.7" },
  relayed: { kind: "2", other: "2.0.0" },
  delivered: { kind: "2", other: "2.0.0" },
} as const;

/**
 * The status code (RFC 3463): the remote's own where it says the same as the action, else one of
 * ours. 5.4.7 is "delivery time expired"; the diagnostic then tells the last temporary answer.
 */
export function statusOf({ reply, expired }: NoticeRecipient, about: NoticeFacts["about"]): string {
  const { kind, other } = STATUS[about];
  const said = /^[245]\.\d{1,3}\.\d{1,3}$/.exec(reply?.status ?? "")?.[0];
  if (about === "failed" && expired) return "5.4.7";
  return said?.startsWith(kind) ? said : other;
}

/** Only what a server said is a diagnostic of SMTP (RFC 3464 §2.3.6): a refusal of ours is not. */
function diagnosticOf({ reply, ownReply, reason }: NoticeRecipient): string {
  const [type, text] = reply && !ownReply ? ["smtp", describeReply(reply)] : [OWN_TYPE, reason];
  return `${type}; ${text}`;
}

/** A host as a report names it; an address as in RFC 5321 §4.1.3. */
function mtaName(host: string): string {
  if (/^[\d.]+$/.test(host)) return `[${host}]`;
  return /^[\da-f:.]*:[\da-f:.]*$/i.test(host) ? `[IPv6:${host}]` : host;
}

/** `rfc822; a@x`, `utf-8; \x{FC}@x` (RFC 6533 §3), or our own type for what is no address. */
function typedAddress(address: string): string {
  const isMailbox = parseAddress(address) !== null || /^postmaster$/i.test(address);
  if (!isMailbox) return address === "" ? "rfc822; <>" : `${OWN_TYPE}; ${printable(address, 254)}`;
  if (isPlainAscii(address)) return `rfc822; ${address}`;
  return `utf-8; ${address.replace(/[^!-~]|[+=\\]/gu, hexPoint)}`;
}

function fieldsText(fields: readonly (readonly [string, string | undefined])[]): string {
  return fields.map(([name, value]) => {
    if (value === undefined) return "";
    const plain = escapeToAscii(printable(value, 2 * MAX_VALUE_COLUMNS));
    return foldField(name, printable(plain, MAX_VALUE_COLUMNS));
  }).join("");
}
