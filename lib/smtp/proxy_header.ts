/**
 * The header by which a load balancer tells who is really calling, versions 1 and 2 of the PROXY
 * protocol (HAProxy's proxy-protocol.txt). Pure. This file knows version 1, which is text; version 2
 * stands in `proxy_binary.ts`.
 *
 * Whatever is not a header exactly as the specification has it is invalid: a header that is half
 * understood would let a peer say who it is.
 *
 * @module
 */

import { isIPv4, isIPv6 } from "node:net";
import { canonicalAddress } from "./canonical_address.ts";
import { parseBinaryHeader, SIGNATURE } from "./proxy_binary.ts";

/** What the first octets of a connection are. */
export type ProxyHeader =
  /** Too few to tell. */
  | { readonly kind: "more" }
  | {
    readonly kind: "header";
    /** Who is calling, without port; absent for LOCAL and UNKNOWN: the load balancer itself. */
    readonly peer?: string;
    /** Length of the header, in octets. */
    readonly octets: number;
  }
  | {
    readonly kind: "invalid";
    /** What is wrong, for the log. */
    readonly reason: string;
  };

/** Longest header of version 1, CR LF included, in octets (§2.1). */
const TEXT_OCTETS = 107;

const CR = 0x0d;
const LF = 0x0a;

/** What a header of version 1 begins with. */
const TEXT_STARTS = ["PROXY TCP4 ", "PROXY TCP6 ", "PROXY UNKNOWN"] as const;

const MORE = { kind: "more" } as const;
const NO_HEADER = { kind: "invalid", reason: "does not begin with a PROXY header" } as const;

/**
 * Reads the header at the start of a connection. Never throws.
 *
 * @example
 * ```ts
 * import { parseProxyHeader } from "./proxy_header.ts";
 * const octets = new TextEncoder().encode("PROXY TCP4 192.0.2.1 192.0.2.9 4711 25\r\n");
 * parseProxyHeader(octets); // { kind: "header", peer: "192.0.2.1", octets: 40 }
 * ```
 *
 * @param octets Everything that has come so far; what follows the header is ignored.
 * @returns `more` only while a header may still come of it, at most up to 4,112 octets; the peer as
 * RFC 5952 writes it, an IPv4-mapped IPv6 address as IPv4.
 */
export function parseProxyHeader(octets: Uint8Array): ProxyHeader {
  if (octets.length === 0) return MORE;
  if (beginsLike(octets, SIGNATURE)) return parseBinaryHeader(octets);
  return parseTextHeader(octets);
}

/** Whether one of the two is the beginning of the other. */
function beginsLike(octets: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(octets.length, start.length);
  for (let index = 0; index < length; index++) {
    if (octets[index] !== start[index]) return false;
  }
  return true;
}

function parseTextHeader(octets: Uint8Array): ProxyHeader {
  const seen = octets.subarray(0, TEXT_OCTETS);
  const end = seen.findIndex((octet) => octet === CR || octet === LF);
  const line = String.fromCharCode(...seen.subarray(0, end < 0 ? undefined : end));
  const mayBecome = (start: string) => end < 0 && start.startsWith(line);
  if (!TEXT_STARTS.some((start) => line.startsWith(start) || mayBecome(start))) return NO_HEADER;
  if (end < 0) return seen.length < TEXT_OCTETS ? MORE : invalid("line is over 107 octets");
  if (seen[end] !== CR) return invalid("line ends with LF alone");
  if (end + 1 === TEXT_OCTETS) return invalid("line is over 107 octets");
  if (end + 1 === seen.length) return MORE;
  if (seen[end + 1] !== LF) return invalid("CR without LF");
  return readLine(line, end + 2);
}

/** @param line Without CR LF, and begun like a header. */
function readLine(line: string, octets: number): ProxyHeader {
  // What follows UNKNOWN must be ignored (§2.1).
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: "header", octets };
  const [, family, source = "", destination = "", ...ports] = line.split(" ");
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isNumericIPv6 : undefined;
  if (isAddress === undefined) return invalid("protocol is not TCP4, TCP6 or UNKNOWN");
  if (!isAddress(source) || !isAddress(destination)) return invalid(`address is not ${family}`);
  if (ports.length !== 2 || !ports.every(isPort)) return invalid("not two ports from 0 to 65535");
  return { kind: "header", peer: canonicalAddress(source), octets };
}

/** Without zone: `fe80::1%eth0` names an interface of another host. */
function isNumericIPv6(address: string): boolean {
  return isIPv6(address) && !address.includes("%");
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function invalid(reason: string): ProxyHeader {
  return { kind: "invalid", reason: `PROXY header: ${reason}` };
}
