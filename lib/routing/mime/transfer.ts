/**
 * Content transfer encodings (RFC 2045 §6), read as they come: base64 of a wrong length or in padded
 * fragments one after the other, quoted-printable with raw 8-bit octets and stray `=`. Never fails.
 *
 * @module
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const EQUALS = 0x3d;

/** The six bits of each character of base64; 255 for all others. */
const SIX_BITS = sixBits();

/** Decodes octets; in an encoding that is not known they stay as they are. */
export function decodeTransfer(octets: Uint8Array, encoding: string): Uint8Array {
  switch (encoding) {
    case "base64":
      return decodeBase64(octets);
    case "quoted-printable":
      return decodeQuotedPrintable(octets);
    default:
      return octets;
  }
}

function decodeBase64(octets: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(Math.ceil(octets.length * 3 / 4));
  let used = 0;
  let bits = 0;
  let count = 0;
  for (const octet of octets) {
    // Padding ends a fragment: what follows begins anew, on a whole octet.
    if (octet === EQUALS) count = 0;
    const six = SIX_BITS[octet] ?? 255;
    if (six === 255) continue;
    bits = (bits << 6 | six) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded[used++] = bits >> count & 0xff;
  }
  return decoded.subarray(0, used);
}

function decodeQuotedPrintable(octets: Uint8Array): Uint8Array {
  const decoded = new Uint8Array(octets.length);
  let used = 0;
  for (let at = 0; at < octets.length;) {
    const octet = octets[at] ?? 0;
    const softEnd = octet === EQUALS ? softBreakEnd(octets, at + 1) : -1;
    if (softEnd >= 0) {
      at = softEnd;
      continue;
    }
    const value = octet === EQUALS ? hexadecimal(octets, at + 1) : -1;
    decoded[used++] = value < 0 ? octet : value;
    at += value < 0 ? 1 : 3;
  }
  return decoded.subarray(0, used);
}

/** Where the line after a soft break begins; -1 when this `=` is none. A few blanks may be between. */
function softBreakEnd(octets: Uint8Array, from: number): number {
  let at = from;
  while (at < from + 8 && (octets[at] === SPACE || octets[at] === TAB)) at++;
  if (octets[at] === CR) at++;
  if (octets[at] === LF) return at + 1;
  return at >= octets.length ? at : -1;
}

function hexadecimal(octets: Uint8Array, at: number): number {
  const high = digit(octets[at]);
  const low = digit(octets[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digit(octet: number = 0): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function sixBits(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let index = 0; index < 64; index++) table[alphabet.charCodeAt(index)] = index;
  return table;
}
