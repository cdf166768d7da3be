/**
 * Mails that can be told apart and checked after any way through the program: each carries its id
 * and a digest of its body. Pure.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { latin1 } from "./octets.ts";

/** What a message that arrived turns out to be. */
export type Arrival =
  | {
    readonly kind: "mail";
    /** The id it was sent with. */
    readonly id: string;
    /** Whether its body is what was sent, to the last octet. */
    readonly whole: boolean;
  }
  /** A notice (RFC 3464) about a mail; empty: it does not say which. */
  | { readonly kind: "notice"; readonly about: string; readonly action: string }
  | { readonly kind: "stranger" };

const LINE = `${"0123456789abcdef".repeat(4)}\r\n`;
const MESSAGE_ID = /^Message-ID: <([^@>]+)@proof\.test>\r$/im;

/** What may be chosen of a message. */
export interface ProofText {
  /** Size of the body, rounded up to a line; 1,000 when absent. */
  readonly bodyOctets?: number;
  /** Its Subject; `proof ID` when absent. */
  readonly subject?: string;
}

/** Makes a message; none of its lines begins with a dot. */
export function proofMessage(
  id: string,
  { bodyOctets = 1_000, subject = `proof ${id}` }: ProofText = {},
): Uint8Array<ArrayBuffer> {
  const body = `${id}\r\n${LINE.repeat(Math.ceil(bodyOctets / LINE.length))}`;
  return asOctets([
    `Message-ID: <${id}@proof.test>`,
    "From: <notifier@proof.test>",
    "To: <operator@proof.test>",
    `Subject: ${subject}`,
    `X-Proof-Digest: ${digest(asOctets(body))}`,
    "",
    body,
  ].join("\r\n"));
}

/** Says what a message is, by its header section. */
export function readArrival(message: Uint8Array): Arrival {
  const text = latin1(message);
  const end = text.indexOf("\r\n\r\n") + 4;
  const header = text.slice(0, end);
  const id = MESSAGE_ID.exec(header)?.[1];
  if (id !== undefined) {
    const promised = /^X-Proof-Digest: (\S+)\r$/im.exec(header)?.[1];
    return { kind: "mail", id, whole: digest(message.subarray(end)) === promised };
  }
  if (!/^Content-Type: multipart\/report;/im.test(header)) return { kind: "stranger" };
  const rest = text.slice(end);
  const about = MESSAGE_ID.exec(rest)?.[1] ?? "";
  return { kind: "notice", about, action: /^Action: (\S+)\r$/im.exec(rest)?.[1] ?? "" };
}

function digest(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("base64");
}

/** Much faster than character by character, which large mails are too many of. */
function asOctets(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
