/**
 * Text made safe for where it goes. Each takes the whole result or the whole value, so that nothing
 * can be put together from two harmless halves.
 *
 * @module
 */

import { clip } from "../mail/printable.ts";

/** Longest result on one line: a header field, a URL, an address list. */
export const MAX_LINE_CHARACTERS = 8_192;

/** Longest result of several lines. */
export const MAX_TEXT_CHARACTERS = 262_144;

/** Controls, other line ends, overrides of the direction of writing, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** The same, but LF and TAB. */
const UNSAFE_IN_TEXT = /[^\P{Cc}\n\t]|[\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** On one line; what is cut off is cut off. */
export function forLine(text: string): string {
  return clip(text, MAX_LINE_CHARACTERS).replace(UNSAFE, " ");
}

/** On several lines, which end with LF. */
export function forText(text: string): string {
  return clip(text, MAX_TEXT_CHARACTERS).replace(/\r\n?/g, "\n").replace(UNSAFE_IN_TEXT, " ");
}

/** One value within a path, a query or a fragment (RFC 3986 §2.3: only the unreserved stay). */
export function forUrl(value: string): string {
  return encodeURIComponent(whole(value)).replace(/[!'()*]/g, percent);
}

/** A value of an HTTP header field: visible ASCII and blanks (RFC 9110 §5.5). */
export function forHttpHeader(text: string): string {
  return whole(text).replace(/[^ -~]+/gu, encodeURIComponent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Halves of characters have no octets in UTF-8. */
function whole(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}
