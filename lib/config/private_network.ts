/**
 * Addresses that are not everybody's: a lookup reaches them only where the configuration lists
 * their network, because a URL may be made from what a mail says.
 *
 * @see RFC 6890 (special-purpose addresses)
 * @module
 */

import { BlockList, isIP, isIPv4 } from "node:net";
import { isLoopback } from "./loop.ts";

/** Networks, the ones that people use first. */
const PRIVATE = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "100.64.0.0/10",
  "0.0.0.0/8",
  "192.0.0.0/24",
  "198.18.0.0/15",
  "224.0.0.0/3",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "::/128",
] as const;

/** The private network that a host is in, as far as its name tells; `null` for any other. */
export function privateNetworkOf(hostname: string): string | null {
  const address = addressOf(hostname);
  if (address === null) return null;
  return PRIVATE.find((network) => isWithin(address, [network])) ?? null;
}

/** Whether a host is in one of the networks, as far as its name tells. */
export function isAllowed(hostname: string, networks: readonly string[]): boolean {
  const address = addressOf(hostname);
  if (hostname.toLowerCase() === "localhost") {
    return isWithin("127.0.0.1", networks) || isWithin("::1", networks);
  }
  return address !== null && isWithin(address, networks);
}

function addressOf(hostname: string): string | null {
  // An IPv4 address may be written as an IPv6 one, also in hexadecimal as `URL` does it.
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(hostname) ?? [];
  if (high !== undefined && low !== undefined) {
    const bits = [high, low].map((word) => parseInt(word, 16));
    return bits.flatMap((word) => [word >> 8, word & 255]).join(".");
  }
  if (isIP(hostname) > 0) return hostname;
  return isLoopback(hostname) ? "127.0.0.1" : null;
}

function isWithin(address: string, networks: readonly string[]): boolean {
  return networks.some((network) => {
    const [start = "", bits = isIPv4(start) ? "32" : "128"] = network.split("/");
    const list = new BlockList();
    list.addSubnet(start, Number(bits), isIPv4(start) ? "ipv4" : "ipv6");
    return list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  });
}
