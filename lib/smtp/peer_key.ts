/**
 * Under which name a peer is counted. Whoever has an IPv6 address usually has its whole network
 * of 64 bits (RFC 6177), and could come from another address each time.
 *
 * @module
 */

import { isIPv6 } from "node:net";

/** Groups of 16 bits that make up the network. */
const NETWORK_GROUPS = 4;

/**
 * The name under which limits count a peer.
 *
 * @example
 * ```ts
 * import { peerKey } from "./peer_key.ts";
 * peerKey("192.0.2.1"); // "192.0.2.1"
 * peerKey("2001:db8::1"); // "2001:db8:0:0::/64"
 * ```
 *
 * @param peer An address without port.
 * @returns An IPv4 address as it is, also where it stands in an IPv6 one (`::ffff:192.0.2.1`); the
 * first four groups of an IPv6 address, without leading zeros, and `::/64`; anything else, such as
 * `unix`, as it is.
 */
export function peerKey(peer: string): string {
  if (!peer.includes(":")) return peer; // As nearly always, and at no cost.
  const [address = ""] = peer.split("%"); // A zone: `fe80::1%eth0`.
  if (!isIPv6(address)) return peer;
  const groups = groupsOf(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join(".");
  return `${groups.slice(0, NETWORK_GROUPS).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const first = parse(head);
  if (tail === undefined) return first;
  const last = parse(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function parse(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
