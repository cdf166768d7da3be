/**
 * Which addresses a lookup may talk to: the internet, and of private networks only those that the
 * configuration lists. Else whoever owns the name in a URL could have us read what only this host
 * may see (SSRF): another service on loopback, a router, the metadata of a cloud.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** Says why an address must not be talked to; `undefined` when it may. */
export type AddressCheck = (address: string) => string | undefined;

/** Networks that are not the internet, with what they are (RFC 6890). */
const CLOSED: readonly (readonly [what: string, ...networks: string[]])[] = [
  ["the network of this host", "0.0.0.0/8", "::/128"],
  ["the loopback network", "127.0.0.0/8", "::1/128"],
  ["a private network", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"],
  ["a carrier's private network", "100.64.0.0/10"],
  ["a link-local network", "169.254.0.0/16", "fe80::/10"],
  ["a multicast network", "224.0.0.0/4", "ff00::/8"],
  ["a reserved network", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "100::/64"],
  // What hides an IPv4 address in a way that depends on the local network, or not at all any more.
  ["a translated network", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "2001::/32"],
];

/** IPv6 networks whose addresses stand for an IPv4 address: how many groups before it. */
const TRANSLATED = [
  { network: "::ffff:0:0/96", group: 6 }, // IPv4-mapped, RFC 4291 §2.5.5.2
  { network: "64:ff9b::/96", group: 6 }, // NAT64, RFC 6052 §2.1
  { network: "2002::/16", group: 1 }, // 6to4, RFC 3056 §2
].map(({ network, group }) => ({ networks: listOf([network]), group }));

/**
 * Makes the check of one lookup.
 *
 * @param allow Networks that may be talked to though they are private: `10.1.0.0/16`, `::1`.
 * Whatever is no network is ignored: the configuration has refused it.
 */
export function addressCheck(allow: readonly string[]): AddressCheck {
  const allowed = listOf(allow);
  const closed = CLOSED.map(([what, ...networks]) => ({ what, networks: listOf(networks) }));
  return (address) => {
    const faces = facesOf(address);
    if (faces.length === 0) return "it has no address that could be checked";
    if (faces.some((face) => holds(allowed, face))) return undefined;
    for (const face of faces) {
      const network = closed.find(({ networks }) => holds(networks, face));
      if (network !== undefined) {
        return `${face} is in ${network.what}; list it under allow if it is to be asked`;
      }
    }
    return undefined;
  };
}

/** An address, and the IPv4 address that it stands for instead where it does; empty for none. */
function facesOf(text: string): string[] {
  const address = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (isIP(address) === 0) return [];
  const { group } = TRANSLATED.find(({ networks }) => holds(networks, address)) ?? {};
  if (isIP(address) === 4 || group === undefined) return [address];
  const [high = 0, low = 0] = groupsOf(address).slice(group);
  return [[high >> 8, high & 0xff, low >> 8, low & 0xff].join(".")];
}

/** The eight groups of an IPv6 address, by the one way in which URLs write it. */
function groupsOf(address: string): number[] {
  const [before = "", after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const read = (text = "") => text === "" ? [] : text.split(":").map((part) => parseInt(part, 16));
  const [head, tail] = [read(before), read(after)];
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    const length = Number(bits ?? longest);
    if (version === 0 || !Number.isInteger(length) || length > longest) continue;
    list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}
