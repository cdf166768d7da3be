/**
 * xtext, the way in which the parameters of RFC 3461 §4 carry text: printable ASCII as it is,
 * `+` and `=` and the blank as `+` and two hexadecimal digits. Pure.
 *
 * @module
 */

/** Longest `ENVID` value, encoded (RFC 3461 §4.4). */
export const MAX_ENVID_CHARACTERS = 100;
/** Longest `ORCPT` value, address type included, encoded (RFC 3461 §4.2). */
export const MAX_ORCPT_CHARACTERS = 500;

/** What stands for itself: `!` to `~` without `+` and `=`. */
const XTEXT = /^(?:[!-*,-<>-~]|\+[\da-f]{2})*$/i;

/** Encodes text; what is not ASCII by its octets in UTF-8. The result is a word without `=`. */
export function encodeXtext(text: string): string {
  let encoded = "";
  for (const octet of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(octet);
    encoded += /[!-*,-<>-~]/.test(character)
      ? character
      : `+${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/**
 * Decodes xtext.
 *
 * @returns The text, printable ASCII; `null` when this is no xtext, or hides a control character or
 * an octet above 126: a line end in here would be a line of its own in a reply or a report.
 */
export function decodeXtext(text: string): string | null {
  if (!XTEXT.test(text)) return null;
  const decoded = text.replace(/\+(..)/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
  return /^[ -~]*$/.test(decoded) ? decoded : null;
}
