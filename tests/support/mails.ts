/** Mails for tests, made from text. @module */

import { createHash } from "node:crypto";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { findHeaderEnd } from "../../lib/mail/header.ts";
import type { Mail, Message } from "../../lib/mail/message.ts";
import { fleeting } from "./fleeting.ts";

/** Text as octets, one each: `"\xff"` is the octet 255. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A message from its octets as text, CR LF throughout. */
export function messageOf(text: string): Message {
  const octets = octetsOf(text);
  const end = findHeaderEnd(octets);
  const fieldsEnd = end?.fieldsEnd ?? octets.length;
  return {
    octets: octets.length,
    digest: createHash("sha256").update(octets).digest("hex"),
    fields: octets.subarray(0, fieldsEnd),
    async *rest() {
      if (end?.blankLine === false) yield octetsOf("\r\n");
      yield* fleeting(octets.subarray(fieldsEnd));
    },
  };
}

/** An envelope; whatever is not given is usual. */
export function envelopeOf(envelope: Partial<Envelope> = {}): Envelope {
  return {
    reversePath: "go@example.com",
    forwardPaths: ["mail2alert@example.com"],
    smtpUtf8: false,
    body: "7BIT",
    session: { peer: "127.0.0.1", helo: "ci.example.com", protocol: "ESMTP" },
    ...envelope,
  };
}

/** A mail from its message as text. */
export function mailOf(text: string, envelope: Partial<Envelope> = {}): Mail {
  return {
    queueId: "01JD0000000000000000000000",
    envelope: envelopeOf(envelope),
    message: messageOf(text),
    receivedAt: Date.UTC(2026, 10, 22, 18, 30),
  };
}

/** All octets of a message's rest, one character each. */
export async function restOf(message: Message): Promise<string> {
  let text = "";
  for await (const piece of message.rest()) text += String.fromCharCode(...piece);
  return text;
}

/** All octets of a mail's message, one character each. */
export async function textOf({ message }: Pick<Mail, "message">): Promise<string> {
  return String.fromCharCode(...message.fields) + await restOf(message);
}
