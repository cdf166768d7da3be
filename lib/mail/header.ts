/**
 * The header section of a message, read as octets: where it ends, and what a field says.
 * Nothing is decoded beyond unfolding, so that what is passed on stays what came.
 *
 * @module
 */

import { latin1 } from "./latin1.ts";

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** Where the header fields of a message end, and whether a blank line follows them. */
export interface HeaderEnd {
  /** Octets of fields, the CR LF of the last one included. */
  readonly fieldsEnd: number;
  /** Whether the blank line stands where it should (RFC 5322 §2.1); if not, one must be added. */
  readonly blankLine: boolean;
}

/**
 * Finds the end of the header section: the blank line or, in a message without one, the
 * first line that is neither a field nor the continuation of one.
 *
 * @param octets The message from its first octet, CR LF throughout.
 * @returns `null` when every line of `octets` belongs to the fields: all is header, or the end
 * is further on.
 */
export function findHeaderEnd(octets: Uint8Array): HeaderEnd | null {
  for (let at = 0; at < octets.length;) {
    const first = octets[at];
    if (first === CR && octets[at + 1] === LF) return { fieldsEnd: at, blankLine: true };
    const continues = at > 0 && (first === SPACE || first === TAB);
    if (!continues && !startsField(octets, at)) return { fieldsEnd: at, blankLine: false };
    const end = octets.indexOf(LF, at);
    if (end < 0) return null;
    at = end + 1;
  }
  return null;
}

/** Whether a field name and its colon stand at `at`; blanks before the colon are tolerated (RFC 5322 §4.5). */
function startsField(octets: Uint8Array, at: number): boolean {
  let end = at;
  while (isNameOctet(octets[end])) end++;
  if (end === at) return false;
  while (octets[end] === SPACE || octets[end] === TAB) end++;
  return octets[end] === COLON;
}

/** Printable ASCII but the colon (RFC 5322 §2.2). */
function isNameOctet(octet: number | undefined): boolean {
  return octet !== undefined && octet > SPACE && octet < 0x7f && octet !== COLON;
}

/**
 * Reads every field of one name.
 *
 * @param fields Header fields, each ending in CR LF.
 * @param name The field's name, in any case.
 * @returns The values in order, unfolded (RFC 5322 §2.2.3) and trimmed, one character an octet:
 * raw 8-bit text is the caller's to decode.
 */
export function fieldValues(fields: Uint8Array, name: string): string[] {
  return valuesOf(fields, name, Infinity);
}

/** The first field of that name, as {@link fieldValues} reads it; absent: there is none. */
export function fieldValue(fields: Uint8Array, name: string): string | undefined {
  return valuesOf(fields, name, 1)[0];
}

function valuesOf(fields: Uint8Array, name: string, most: number): string[] {
  const values: string[] = [];
  for (const { start, end } of placesOf(fields, name)) {
    const text = latin1(fields.subarray(start, end));
    values.push(trimBlanks(text.slice(text.indexOf(":") + 1).replace(/\r\n(?=[ \t])/g, "")));
    if (values.length === most) break;
  }
  return values;
}

/** Where a field stands, its name, its continuation lines and the last CR LF included. */
export interface FieldPlace {
  /** Its first octet. */
  readonly start: number;
  /** Behind its last octet. */
  readonly end: number;
}

/** Where the fields of one name (in any case) stand, in order. */
export function* placesOf(fields: Uint8Array, name: string): Generator<FieldPlace> {
  const wanted = name.toLowerCase();
  for (let start = 0; start < fields.length;) {
    const end = fieldEnd(fields, start);
    if (nameAt(fields, start, wanted)) yield { start, end };
    start = end;
  }
}

/**
 * Without blanks and CR LF around it. Not `trim()`, which would take the octet A0 as well: the
 * last one of an `à` in UTF-8.
 */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && " \t\r\n".includes(text.charAt(start))) start++;
  while (end > start && " \t\r\n".includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Where the field that starts at `at` ends, its continuation lines included. */
function fieldEnd(fields: Uint8Array, at: number): number {
  for (let from = at;;) {
    const newline = fields.indexOf(LF, from);
    if (newline < 0) return fields.length;
    const next = fields[newline + 1];
    if (next !== SPACE && next !== TAB) return newline + 1;
    from = newline + 1;
  }
}

/** Whether the field at `at` has that lower-case name. */
function nameAt(fields: Uint8Array, at: number, wanted: string): boolean {
  for (let index = 0; index < wanted.length; index++) {
    const octet = fields[at + index] ?? 0;
    const lower = octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
    if (lower !== wanted.charCodeAt(index)) return false;
  }
  let end = at + wanted.length;
  while (fields[end] === SPACE || fields[end] === TAB) end++;
  return fields[end] === COLON;
}
