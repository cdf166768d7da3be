/**
 * The Subject of a message as a person reads it. Pure; this file alone decodes encoded words.
 *
 * INVARIANTS
 *
 * 1. A subject is one line: no CR, LF or other control character survives decoding, also not
 *    one that was hidden in an encoded word (RFC 2047).
 * 2. No octets make these functions throw; what cannot be decoded is shown raw.
 *
 * @module
 */

import { decodeWords } from "postal-mime";
import { fieldValue } from "./header.ts";

/** Octets of the field that are looked at; more is no subject but an attack. */
const MAX_FIELD_LENGTH = 65_536;

/** Characters of the subject that are kept. */
const MAX_SUBJECT_LENGTH = 8_192;

/** Printable ASCII with single blanks: what needs no decoding, and most subjects are. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;

/**
 * Reads the first Subject field: unfolded (RFC 5322 §2.2.3), octets as UTF-8 if they are that,
 * else as windows-1252, encoded words decoded (RFC 2047), each run of blanks made one.
 *
 * @param fields Header fields, each ending in CR LF.
 * @returns The subject on one line, at most 8,192 characters; `undefined` without the field.
 */
export function readSubject(fields: Uint8Array): string | undefined {
  const value = fieldValue(fields, "subject");
  return value === undefined ? undefined : decodeField(value);
}

/**
 * Reads the value of any field the same way.
 *
 * @param value The value as `fieldValues()` gives it: unfolded, one character an octet.
 * @returns One line of at most 8,192 characters.
 */
export function decodeField(value: string): string {
  const bounded = value.slice(0, MAX_FIELD_LENGTH);
  if (PLAIN.test(bounded) && !bounded.includes("=?")) return bounded.slice(0, MAX_SUBJECT_LENGTH);
  const raw = decodeOctets(Uint8Array.from(bounded, (octet) => octet.charCodeAt(0)));
  return oneLine(decodeEncodedWords(raw)).slice(0, MAX_SUBJECT_LENGTH);
}

/** Octets as text: UTF-8 if they are valid UTF-8, else windows-1252, which never fails. */
export function decodeOctets(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder("windows-1252").decode(octets);
  }
}

function decodeEncodedWords(raw: string): string {
  if (!raw.includes("=?")) return raw;
  try {
    return decodeWords(raw);
  } catch {
    return raw; // Not worth a mail: the raw text is shown instead.
  }
}

/** Every control character and run of blanks becomes one blank. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
