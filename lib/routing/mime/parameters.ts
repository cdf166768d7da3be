/**
 * The value of `Content-Type` and `Content-Disposition`: a word and parameters, which may be split,
 * percent-encoded (RFC 2231), hold encoded words or raw 8-bit text, and stay open.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { decodeField } from "../../mail/subject.ts";
import { decodeText } from "./charset.ts";
import { latin1 } from "../../mail/latin1.ts";

/** Characters of the value that are looked at. */
const MAX_CHARACTERS = 8_192;
/** Parameters that are looked at. */
const MAX_PARAMETERS = 64;

/** `; name="value"` or `; name=value`; a quoted value may lack its end. */
const PARAMETER = /;\s*([^=;\s"]{1,64})\s*=\s*(?:"((?:[^"\\]|\\[^])*)"?|([^;]*))/g;

/** A value, taken apart. */
export interface Parameterised {
  /** The word before the parameters, in lower case: `text/plain`, `attachment`. */
  readonly value: string;
  /** The first parameter of that name (lower case), one character an octet, not decoded. */
  raw(name: string): string | undefined;
  /** The same with RFC 2231 and RFC 2047 decoded, on one line; empty without one. */
  text(name: string): string;
}

/** Takes a field's value apart; absent: an empty one. */
export function readParameters(field: string | undefined = ""): Parameterised {
  const bounded = field.slice(0, MAX_CHARACTERS);
  const value = /^[^;\s()"]*/.exec(bounded)?.[0].toLowerCase() ?? "";
  const found = new Map<string, string>();
  for (const [, name = "", quoted, token = ""] of bounded.matchAll(PARAMETER)) {
    if (found.size === MAX_PARAMETERS) break;
    const key = name.toLowerCase();
    // The first of several counts, as it does among fields.
    if (!found.has(key)) found.set(key, quoted?.replace(/\\([^])/g, "$1") ?? token.trim());
  }
  return {
    value,
    raw: (name) => found.get(name),
    text: (name) => extended(found, name) ?? decodeField(found.get(name) ?? ""),
  };
}

/** RFC 2231: `name*=utf-8''a%20b`, or in pieces `name*0*=…; name*1=…`. */
function extended(found: ReadonlyMap<string, string>, name: string): string | undefined {
  const whole = found.get(`${name}*`);
  if (whole !== undefined) return fromCharset([{ text: whole, encoded: true }]);
  const pieces: { readonly text: string; readonly encoded: boolean }[] = [];
  for (let index = 0; index < MAX_PARAMETERS; index++) {
    const encoded = found.get(`${name}*${index}*`);
    const text = encoded ?? found.get(`${name}*${index}`);
    if (text === undefined) break;
    pieces.push({ text, encoded: encoded !== undefined });
  }
  return pieces.length === 0 ? undefined : fromCharset(pieces);
}

/** Puts pieces together; the first encoded one names the charset: `utf-8'en'`. */
function fromCharset(
  pieces: readonly { readonly text: string; readonly encoded: boolean }[],
): string {
  const first = pieces[0];
  const named = first?.encoded ? /^([^']{0,40})'[^']{0,40}'/.exec(first.text) : null;
  const octets = pieces.map(({ text, encoded }, index) => {
    const rest = index === 0 && named !== null ? text.slice(named[0].length) : text;
    if (!encoded) return rest;
    return rest.replace(
      /%([\da-f]{2})/gi,
      (_, digits) => String.fromCharCode(parseInt(digits, 16)),
    );
  }).join("");
  const text = decodeText(Buffer.from(octets, "latin1"), { charset: named?.[1] });
  return decodeField(latin1(new TextEncoder().encode(text)));
}
