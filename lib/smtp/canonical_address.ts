/**
 * One way to write an IP address. Pure.
 *
 * @module
 */

/**
 * The one way to write an address, so that limits and `allow` see one peer as one.
 *
 * @example
 * ```ts
 * import { canonicalAddress } from "./canonical_address.ts";
 * canonicalAddress("2001:DB8:0::1"); // "2001:db8::1"
 * canonicalAddress("::ffff:c000:201"); // "192.0.2.1"
 * ```
 *
 * @param address A valid address; IPv6 without brackets and zone.
 * @returns IPv4 as it is; IPv6 as RFC 5952 has it; IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) as IPv4.
 */
export function canonicalAddress(address: string): string {
  if (!address.includes(":")) return address;
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(written) ?? [];
  if (high === undefined || low === undefined) return written;
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff])
    .join(".");
}
