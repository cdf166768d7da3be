/**
 * How a mail says in ASCII what is not: quoted-printable for bodies (RFC 2045 §6.7), encoded words
 * for header fields (RFC 2047). Pure.
 *
 * @module
 */

import { foldField, isPlainAscii } from "./printable.ts";

/** Longest line of quoted-printable, the `=` of a soft break included. */
const MAX_COLUMNS = 76;

/** Octets of an encoded word before base64: with `=?utf-8?B?` and `?=` they make 72 of 75 columns. */
const WORD_OCTETS = 45;

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;
const TILDE = 0x7e;

/**
 * Encodes octets as quoted-printable. CR LF stay line ends, a lone CR or LF is encoded; the result
 * is printable ASCII in lines of at most 76 columns, none of which ends in a blank.
 */
export function quotedPrintable(octets: Uint8Array): string {
  let text = "";
  let columns = 0;
  for (let at = 0; at < octets.length; at++) {
    if (endsLine(octets, at)) {
      text += "\r\n";
      columns = 0;
      at++;
      continue;
    }
    const piece = quoted(octets, at);
    // What ends the line needs no room for a soft break; nobody is hurt by one too early.
    if (columns + piece.length >= MAX_COLUMNS) {
      text += "=\r\n";
      columns = 0;
    }
    text += piece;
    columns += piece.length;
  }
  return text;
}

function endsLine(octets: Uint8Array, at: number): boolean {
  return octets[at] === CR && octets[at + 1] === LF;
}

function quoted(octets: Uint8Array, at: number): string {
  const octet = octets[at] ?? 0;
  const blank = octet === SPACE || octet === TAB;
  const last = at + 1 === octets.length || endsLine(octets, at + 1);
  const plain = blank ? !last : octet > SPACE && octet <= TILDE && octet !== EQUALS;
  if (plain) return String.fromCharCode(octet);
  return `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * Writes an unstructured header field such as `Subject` in ASCII, folded, CR LF included: as it is
 * where it can be, else in encoded words.
 *
 * @param value One line without control characters.
 */
export function textField(name: string, value: string): string {
  // What looks like an encoded word would be decoded by whoever reads it.
  if (isPlainAscii(value) && !value.includes("=?")) return foldField(name, value);
  const encoder = new TextEncoder();
  const words: string[] = [];
  let pending: number[] = [];
  for (const character of value) {
    const octets = encoder.encode(character);
    if (pending.length + octets.length > WORD_OCTETS) {
      words.push(encodedWord(pending));
      pending = [];
    }
    pending.push(...octets);
  }
  return foldField(name, [...words, encodedWord(pending)].join(" "));
}

function encodedWord(octets: readonly number[]): string {
  return `=?utf-8?B?${btoa(String.fromCharCode(...octets))}?=`;
}
