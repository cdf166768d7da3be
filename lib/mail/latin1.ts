/**
 * Octets as text, one character each: how what is nearly always ASCII is looked at without being
 * decoded.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** The text of octets, each a character; Deno's decoder of that name reads windows-1252. */
export function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
}
