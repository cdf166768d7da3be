/**
 * The part of a notice that gives the mail back: its header; or all of it, where its sender asked
 * for that (`RET=FULL`, RFC 3461 §4.3) and it is small and clean. Pure.
 *
 * INVARIANTS
 *
 * 1. At most 64 KiB of the mail go back, before encoding.
 * 2. Lines have at most 998 octets. Only a whole mail may hold octets that are not ASCII, and only in
 *    its body: `message/rfc822` must not be encoded (RFC 2046 §5.2.1).
 * 3. Of a mail with REQUIRETLS nothing but its Message-ID goes back: a notice without its content
 *    may go where the mail must not, and is not lost on the way (RFC 8689 §5).
 *
 * @module
 */

import { quotedPrintable } from "./ascii_encodings.ts";
import { messageIdOf } from "./entry.ts";
import type { Envelope } from "./envelope.ts";
import { latin1 } from "./latin1.ts";
import type { Mail } from "./message.ts";
import type { NoticeFacts } from "./notice_facts.ts";
import { foldField, isPlainAscii } from "./printable.ts";

/** Most octets of the mail that go back. */
const MAX_OCTETS = 65_536;

const LF = 0x0a;

/** Whether a failure of this mail gives all of it back. */
export function asksForWhole(
  { envelope, message }: { readonly envelope: Envelope; readonly message: Mail["message"] },
): boolean {
  return envelope.dsn?.ret === "FULL" && !envelope.requireTls && message.octets <= MAX_OCTETS;
}

/** Whether this notice gives the whole mail back. */
export function returnsWhole({ about, mail, whole }: NoticeFacts): boolean {
  if (about !== "failed" || whole === undefined || whole.length > MAX_OCTETS) return false;
  return isClean(latin1(mail.message.fields)) && isSevenOrEightBit(latin1(whole));
}

/** The part, one character an octet. */
export function returnedPart(facts: NoticeFacts): string {
  if (facts.whole === undefined || !returnsWhole(facts)) {
    return headerPart(facts.mail);
  }
  const text = latin1(facts.whole);
  const head = [
    "Content-Description: The mail",
    "Content-Type: message/rfc822",
    `Content-Transfer-Encoding: ${/^[\0-\x7f]*$/.test(text) ? "7bit" : "8bit"}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${text}`;
}

/** The mail's header as it came; where it is no clean ASCII, quoted-printable (RFC 6522 §4). */
function headerPart({ envelope, message }: Mail): string {
  const fields = envelope.requireTls ? idField(message) : message.fields;
  const cut = fields.length > MAX_OCTETS;
  const kept = cut ? fields.subarray(0, lastLineEnd(fields)) : fields;
  const text = latin1(kept);
  const clean = isClean(text);
  const head = [
    `Content-Description: ${cut ? "How the header of the mail begins" : "Header of the mail"}`,
    "Content-Type: text/rfc822-headers",
    `Content-Transfer-Encoding: ${clean ? "7bit" : "quoted-printable"}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${clean ? text : quotedPrintable(kept)}`;
}

function idField({ fields }: Mail["message"]): Uint8Array {
  const id = messageIdOf(fields);
  return new TextEncoder().encode(id === undefined ? "" : foldField("Message-ID", id));
}

function isClean(text: string): boolean {
  return text.split("\r\n").every((line) =>
    line.length <= 998 && isPlainAscii(line.replaceAll("\t", ""))
  );
}

/** Lines of RFC 2045 §2.7 and §2.8: within 998 octets, without NUL, CR and LF only together. */
function isSevenOrEightBit(text: string): boolean {
  return text.split("\r\n").every((line) => line.length <= 998 && !/[\0\r\n]/.test(line));
}

/** Where the last whole line ends that may go back; in the middle of one where it has no end. */
function lastLineEnd(fields: Uint8Array): number {
  const newline = fields.lastIndexOf(LF, MAX_OCTETS - 1);
  return newline < 0 ? MAX_OCTETS : newline + 1;
}
