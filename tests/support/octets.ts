/**
 * Octets as text and back, one character an octet. (`TextDecoder("latin1")` is windows-1252 and
 * loses the octets 0x80 to 0x9f.)
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** One character an octet. */
export function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
}

/** One octet a character; none may be over U+00FF. */
export function octets(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The body of a message: what follows its first empty line. */
export function bodyOf(message: string): string {
  const end = message.indexOf("\r\n\r\n");
  return end < 0 ? "" : message.slice(end + 4);
}
