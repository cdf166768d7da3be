/**
 * Header fields that are replaced on the way out; all others keep every octet. Pure.
 *
 * @module
 */

import { textField } from "./ascii_encodings.ts";
import type { HeaderRewrite } from "./delivery.ts";
import { latin1 } from "./latin1.ts";

/** Longest line of a field that we make, without CR LF (RFC 5322 §2.1.1). */
const MAX_COLUMNS = 78;

/** Longest name of a field that may be replaced, with blanks before its colon, in octets. */
const MAX_NAME_OCTETS = 200;

/** What declares a body that is plain text in quoted-printable (RFC 2045). */
const MIME_FIELDS: ReadonlyMap<string, string> = new Map([
  ["mime-version", "MIME-Version: 1.0\r\n"],
  ["content-type", "Content-Type: text/plain; charset=utf-8\r\n"],
  ["content-transfer-encoding", "Content-Transfer-Encoding: quoted-printable\r\n"],
]);

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const NOTHING = new Uint8Array();

/**
 * Replaces every field that the rewrite names by one. The new field stands where the first old one
 * did, or at the end. With a new text, whatever described the old body goes: all `Content-` fields.
 *
 * @param fields Header fields, each ending in CR LF.
 * @param rewrite The new addresses and words.
 * @returns The fields in pieces; the untouched ones share the memory of `fields`.
 */
export function rewriteFields(fields: Uint8Array, rewrite: HeaderRewrite): Uint8Array[] {
  const replacements = replacementsOf(rewrite);
  const missing = new Set(replacements.keys());
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (let at = 0; at < fields.length;) {
    const start = at;
    at = fieldEnd(fields, start);
    const name = fieldName(fields, start);
    const replacement = replacements.get(name);
    const stale = rewrite.text !== undefined && name.startsWith("content-");
    if (replacement === undefined && !stale) continue;
    pieces.push(fields.subarray(kept, start));
    if (replacement !== undefined && missing.delete(name)) pieces.push(replacement);
    kept = at;
  }
  pieces.push(fields.subarray(kept));
  for (const name of missing) pieces.push(replacements.get(name) ?? NOTHING);
  return pieces.filter(({ length }) => length > 0);
}

/** The new fields by the names of those that they replace. */
function replacementsOf({ to, from, subject, text }: HeaderRewrite): Map<string, Uint8Array> {
  const encoder = new TextEncoder();
  const replacements = new Map<string, Uint8Array>();
  if (from !== undefined) replacements.set("from", formatField("From", [from]));
  if (to !== undefined) replacements.set("to", formatField("To", to));
  if (subject !== undefined) {
    const line = subject.replace(/\p{Cc}+/gu, " ");
    replacements.set("subject", encoder.encode(textField("Subject", line)));
  }
  if (text !== undefined) {
    for (const [name, field] of MIME_FIELDS) replacements.set(name, encoder.encode(field));
  }
  return replacements;
}

/** Writes an address field, folded between addresses so that lines stay short where they can; CR LF included. */
export function formatField(name: string, addresses: readonly string[]): Uint8Array {
  let text = `${name}:`;
  let columns = text.length;
  addresses.forEach((address, index) => {
    // A line end in an address would begin a field of its own.
    const word = ` ${address.replace(/\p{Cc}/gu, "?")}${index < addresses.length - 1 ? "," : ""}`;
    if (index > 0 && columns + word.length > MAX_COLUMNS) {
      text += "\r\n";
      columns = 0;
    }
    text += word;
    columns += word.length;
  });
  return new TextEncoder().encode(`${text}\r\n`);
}

/** Where the field that starts at `at` ends: after the first CR LF that no blank follows. */
function fieldEnd(fields: Uint8Array, at: number): number {
  for (let end = fields.indexOf(LF, at); end >= 0; end = fields.indexOf(LF, end + 1)) {
    const next = fields[end + 1];
    if (next !== SPACE && next !== TAB) return end + 1;
  }
  return fields.length;
}

/** The name of the field at `at` in lower case; empty when it can be none that we replace. */
function fieldName(fields: Uint8Array, at: number): string {
  const start = fields.subarray(at, at + MAX_NAME_OCTETS);
  let end = start.indexOf(COLON);
  // RFC 5322 §4.5: old programs leave blanks before the colon.
  while (end > 0 && (start[end - 1] === SPACE || start[end - 1] === TAB)) end--;
  return latin1(start.subarray(0, Math.max(end, 0))).toLowerCase();
}
