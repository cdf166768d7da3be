/**
 * Notices for tests: the facts that they are made of, tame and hostile, and how they are read back.
 *
 * @module
 */

import fc from "fast-check";
import PostalMime from "postal-mime";
import type { Notice, NoticeFacts, NoticeRecipient } from "../../lib/mail/bounce.ts";
import type { DsnRequest } from "../../lib/mail/envelope.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import { mailOf, octetsOf } from "./mails.ts";

/** When the notices of these tests are made, in milliseconds since the epoch. */
export const NOW: number = Date.UTC(2026, 10, 27, 18, 30);

/** A refusal. */
export const REFUSAL: Reply = { code: 550, status: "5.1.1", lines: ["No such user here"] };

/** The facts of a plain failure; whatever is given replaces them. */
export function noticeFacts(facts: Partial<NoticeFacts> = {}): NoticeFacts {
  return {
    about: "failed",
    hostname: "relay.example.org",
    queueId: "01JD0000000000000000N0T1CE",
    at: NOW,
    to: ["go@example.com"],
    mail: mailOf("Subject: Build failed\r\nMessage-ID: <1@ci.example.com>\r\n\r\nbody\r\n"),
    recipients: [recipientOf()],
    ...facts,
  };
}

/** Somebody whom the mail server refused; whatever is given replaces that. */
export function recipientOf(recipient: Partial<NoticeRecipient> = {}): NoticeRecipient {
  return {
    recipient: "bob@example.org",
    destination: "smarthost",
    reason: "smtp.example.net:25: RCPT answered with 550 5.1.1 No such user here",
    reply: REFUSAL,
    ...recipient,
  };
}

/** A notice as a mail program reads it. */
export interface ReadNotice {
  /** Its header fields by lower-case name, undecoded. */
  readonly fields: ReadonlyMap<string, string>;
  /** Its Subject, decoded. */
  readonly subject: string;
  /** The part for people. */
  readonly text: string;
  /** The fields of the report, by name: those about the mail, then a group for each recipient. */
  readonly groups: readonly ReadonlyMap<string, string>[];
  /** What is given back of the mail, one character an octet: its header, or all of it. */
  readonly header: string;
  /** The type of that part. */
  readonly given: string;
}

/** All octets of a notice, one character each. */
export function textOf({ fields, held }: Notice): string {
  return [...fields, ...held].map((octet) => String.fromCharCode(octet)).join("");
}

/** Reads a notice with postal-mime; an error when it has not the three parts that it must have. */
export async function readNotice(notice: Notice): Promise<ReadNotice> {
  const octets = new Uint8Array([...notice.fields, ...notice.held]);
  const mail = await PostalMime.parse(octets, { forceRfc822Attachments: true });
  const [status, header, ...more] = mail.attachments;
  const types = mail.attachments.map(({ mimeType }) => mimeType).join();
  if (status === undefined || header === undefined || more.length > 0) {
    throw new Error(`The notice has other parts than it must have: ${types}`);
  }
  if (!/^message\/delivery-status,(?:text\/rfc822-headers|message\/rfc822)$/.test(types)) {
    throw new Error(types);
  }
  return {
    fields: new Map(mail.headers.map(({ key, value }) => [key, value])),
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    groups: groupsOf(characters(status.content)),
    header: characters(header.content),
    given: header.mimeType,
  };
}

function groupsOf(report: string): Map<string, string>[] {
  return report.trim().split(/\r?\n\r?\n/).map((group) =>
    new Map(
      group.replace(/\r?\n /g, " ").split(/\r?\n/).map((line) => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    )
  );
}

function characters(content: ArrayBuffer | Uint8Array | string): string {
  if (typeof content === "string") return content;
  return Array.from(new Uint8Array(content), (octet) => String.fromCharCode(octet)).join("");
}

/** Text of somebody who means harm: line ends, controls, boundaries, fields, long words, any Unicode. */
const hostileText = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\r\n",
      "\n",
      "\r",
      "\r\n\r\n",
      "\0",
      "\x1b[2J",
      "\x85",
      "\u2028",
      "\u202e",
      "\ud800",
      "--=_01JD0000000000000000N0T1CE",
      "\r\n--=_01JD0000000000000000N0T1CE--\r\n",
      "\r\nAction: delivered\r\n",
      "\r\n\r\nFinal-Recipient: rfc822; evil@example.org\r\n",
      "=?utf-8?Q?=0D=0ABcc:_evil=40example.org?=",
      " ",
      "ü😀",
      "=",
      ".",
    ),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.integer({ min: 0, max: 3_000 }).map((length) => "x".repeat(length)),
  ),
  { maxLength: 12 },
).map((pieces) => pieces.join(""));

const hostileReply = fc.record({
  code: fc.constantFrom(421, 450, 550, 554),
  status: fc.constantFrom("4.2.2", "5.1.1", "5.7.1"),
  lines: fc.array(hostileText, { minLength: 1, maxLength: 5 }),
}).map((reply) => reply as unknown as Reply);

const hostileRecipient = fc.record({
  recipient: fc.oneof(fc.constantFrom("bob@example.org", "jürgen@exämple.org"), hostileText),
  destination: hostileText,
  reason: hostileText,
  reply: hostileReply,
  expired: fc.boolean(),
  remoteMta: hostileText,
}, { requiredKeys: ["recipient", "destination", "reason"] }) as fc.Arbitrary<NoticeRecipient>;

/** Header fields of a mail: octets as text, CR LF at the end, sometimes very long. */
const hostileFields = fc.tuple(
  fc.array(fc.tuple(
    fc.constantFrom("Subject", "Message-ID", "X", "Content-Type"),
    hostileText.map((text) => text.replace(/[^\0-\xff]/g, "\xff").replace(/\r?\n/g, "\r\n ")),
  )),
  fc.constantFrom(1, 1, 1, 20),
).map(([fields, times]) =>
  fields.map(([name, value]) => `${name}: ${value}\r\n`).join("").repeat(times)
);

/** What a notice may be about when everybody means harm. `to` and the queue ids are our own words. */
export const hostileFacts: fc.Arbitrary<NoticeFacts> = fc.record({
  about: fc.constantFrom("failed", "delayed", "relayed", "delivered"),
  to: fc.constantFrom(["go@example.com"], ["gö@example.com"], ["a@x", "b@x"]),
  fields: hostileFields,
  recipients: fc.array(hostileRecipient, { minLength: 1, maxLength: 12 }),
  giveUpAt: fc.constantFrom(undefined, NOW + 1_000),
  reversePath: fc.constantFrom("go@example.com", "gö@example.com"),
  helo: hostileText,
  dsn: fc.record({
    ret: fc.constantFrom("FULL", "HDRS"),
    envid: hostileText,
    recipients: fc.dictionary(
      fc.constantFrom("bob@example.org", "a@x"),
      fc.record({
        orcpt: hostileText,
      }),
    ),
  }, { requiredKeys: [] }) as fc.Arbitrary<DsnRequest>,
  requireTls: fc.constantFrom(undefined, true as const),
  body: hostileText.map((text) => text.replace(/[^\0\t\r\n -~]/g, "?")),
  whole: fc.boolean(),
}).map(({ fields, reversePath, helo, dsn, requireTls, body, whole, giveUpAt, ...facts }) => {
  const session = { peer: "192.0.2.1", helo, protocol: "ESMTP" as const };
  const envelope = { reversePath, session, dsn, ...(requireTls && { requireTls }) };
  const mail = mailOf(`${fields}\r\n${body}`, envelope);
  const octets = Uint8Array.from(fields, (character) => character.charCodeAt(0));
  return noticeFacts({
    ...facts,
    ...(whole && { whole: octetsOf(`${fields}\r\n${body}`) }),
    mail: { ...mail, message: { ...mail.message, fields: octets } },
    ...(giveUpAt !== undefined && { giveUpAt }),
  });
});
