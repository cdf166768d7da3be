/**
 * What goes out for a mail: our trace field, the header fields, the rest. Pure; nothing is decoded.
 *
 * Only a delivery with a rewrite changes octets, and then only those of its `To` and `From`
 * fields (as in 2017): fields between them, their folding and the body stay as they came.
 *
 * @module
 */

import type { Delivery, HeaderRewrite } from "./delivery.ts";
import type { Mail } from "./message.ts";

/** The octets of a message to send, not yet dot-stuffed. */
export interface Content {
  /** How many octets {@link Content.head} and {@link Content.rest} give together. */
  readonly octets: number;
  /** The first pieces, at hand. */
  readonly head: readonly Uint8Array[];
  /** The pieces that follow, wherever they are kept; each valid until the next is asked for. */
  rest(): AsyncIterable<Uint8Array>;
}

/** Longest line of a field that we make, without CR LF (RFC 5322 §2.1.1). */
const MAX_COLUMNS = 78;

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const NOTHING = new Uint8Array();

/**
 * Puts together what goes out.
 *
 * @param mail The mail as received.
 * @param delivery Says whether header fields are replaced.
 * @param trace Our `Received` field, CR LF included; empty for none.
 */
export function compose(mail: Mail, delivery: Delivery, trace: Uint8Array = NOTHING): Content {
  const { message } = mail;
  const fields = delivery.rewrite
    ? rewriteFields(message.fields, delivery.rewrite)
    : [message.fields];
  const head = trace.length > 0 ? [trace, ...fields] : fields;
  const headOctets = head.reduce((sum, piece) => sum + piece.length, 0);
  return {
    octets: headOctets + message.octets - message.fields.length,
    head,
    rest: () => message.rest(),
  };
}

/**
 * Replaces every `To` field by one, and every `From` field by one if the rewrite names it. The new
 * field stands where the first old one did, or at the end.
 *
 * @param fields Header fields, each ending in CR LF.
 * @param rewrite The new addresses.
 * @returns The fields in pieces; the untouched ones share the memory of `fields`.
 */
export function rewriteFields(fields: Uint8Array, rewrite: HeaderRewrite): Uint8Array[] {
  const replacements = new Map<string, Uint8Array>();
  if (rewrite.from !== undefined) replacements.set("from", formatField("From", [rewrite.from]));
  if (rewrite.to !== undefined) replacements.set("to", formatField("To", rewrite.to));
  const missing = new Set(replacements.keys());
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (let at = 0; at < fields.length;) {
    const start = at;
    at = fieldEnd(fields, start);
    const name = fieldName(fields, start);
    const replacement = replacements.get(name);
    if (replacement === undefined) continue;
    pieces.push(fields.subarray(kept, start));
    if (missing.delete(name)) pieces.push(replacement);
    kept = at;
  }
  pieces.push(fields.subarray(kept));
  for (const name of missing) pieces.push(replacements.get(name) ?? NOTHING);
  return pieces.filter(({ length }) => length > 0);
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

/** The name of the field at `at` in lower case, when it can be one that we replace; else empty. */
function fieldName(fields: Uint8Array, at: number): string {
  const start = fields.subarray(at, at + "from".length);
  const word = /^(?:from|to)/.exec(String.fromCharCode(...start).toLowerCase())?.[0] ?? "";
  let end = at + word.length;
  // RFC 5322 §4.5: old programs leave blanks before the colon.
  while (fields[end] === SPACE || fields[end] === TAB) end++;
  return fields[end] === COLON ? word : "";
}
