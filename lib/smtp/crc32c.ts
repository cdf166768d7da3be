/**
 * The checksum CRC-32C (RFC 3720 §12.1), which a PROXY header may carry. Pure.
 *
 * @module
 */

/** The polynomial of Castagnoli, its bits in reverse order. */
const POLYNOMIAL = 0x82f63b78;

/** What becomes of each octet. */
const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let rest = octet;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? rest >>> 1 ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/**
 * The checksum of some octets.
 *
 * @example
 * ```ts
 * import { crc32c } from "./crc32c.ts";
 * crc32c(new TextEncoder().encode("123456789")); // 0xe3069283
 * ```
 *
 * @returns From 0 to 2³² − 1.
 */
export function crc32c(octets: Uint8Array): number {
  let rest = 0xffffffff;
  for (const octet of octets) rest = rest >>> 8 ^ (TABLE[(rest ^ octet) & 0xff] ?? 0);
  return ~rest >>> 0;
}
