/**
 * Hosts, ports and networks.
 *
 * @module
 */

import { isIP, isIPv4, isIPv6 } from "node:net";
import { problem, type Reading, VALUE, value } from "./reading.ts";

/** A host and a port. */
export interface Endpoint {
  /** Name or address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** Port, 0 to 65535. */
  readonly port: number;
}

/** What a host without a port means, as in 2017 (RFC 5321 §4.5.4.2). */
const SMTP_PORT = 25;

/** `host`, `host:port`, `[address]` or `[address]:port`. */
const ENDPOINT = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/;

/**
 * Reads `host:port`; a host alone means port 25, an IPv6 address stands in brackets.
 *
 * @param minPort 0 where the system may choose a port, else 1.
 */
export function readEndpoint(text: string, minPort: 0 | 1): Reading<Endpoint> {
  const refused = (why: string) => problem(`${VALUE}: ${why}, such as localhost:1025`);
  if (text.includes("://")) return refused("expected host:port without a scheme");
  if (isIPv6(text)) return problem(`${VALUE}: write IPv6 addresses in brackets: [::1]:25`);
  if (/^\d+$/.test(text)) return refused("no host: expected host:port");
  const [, literal, name, digits] = ENDPOINT.exec(text) ?? [];
  const hostname = literal ?? name;
  if (hostname === undefined) return refused("expected host:port");
  if (hostname === "" || hostname === "*") {
    return problem(`${VALUE}: no host: write 0.0.0.0 or [::] for every address of this machine`);
  }
  const valid = literal === undefined ? isHost(hostname) : isIPv6(literal);
  if (!valid) return refused("expected a host name or an address, then the port");
  const port = digits === undefined ? SMTP_PORT : Number(digits);
  if (port < minPort || port > 65_535) return refused(`expected a port from ${minPort} to 65535`);
  return value({ hostname, port });
}

/** Reads a network: an address, or one in CIDR form such as `10.0.0.0/8`. */
export function readNetwork(text: string): Reading<string> {
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const size = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  if (size >= 0 && Number(bits ?? size) <= size) return value(text);
  return problem(`${VALUE}: expected an address or a network, such as 192.0.2.7 or 10.0.0.0/8`);
}

/** Reads our own name: a domain name, or a host's name without dots. */
export function readHostname(text: string): Reading<string> {
  if (isHost(text) && isIP(text) === 0) return value(text);
  return problem(`${VALUE}: expected a domain name, such as relay.example.com`);
}

/** Whether a text is an IPv4 address or a name of letters, digits, `-` and `_`. */
function isHost(text: string): boolean {
  if (isIPv4(text)) return true;
  const labels = text.replace(/\.$/, "").split(".");
  // A name whose last label is a number is a mistyped address: `10.0.0.256`.
  return text.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? "") &&
    labels.every((label) => /^[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?$/.test(label));
}
