/**
 * Version 2 of the PROXY header: a signature, version and command, address family, a length, the
 * addresses, and extensions (HAProxy's proxy-protocol.txt, §2.2). Pure.
 *
 * Extensions are skipped but for the checksum, which the specification wants verified by whoever can.
 *
 * @module
 */

import { canonicalAddress } from "./canonical_address.ts";
import { crc32c } from "./crc32c.ts";
import type { ProxyHeader } from "./proxy_header.ts";

/** What it begins with, and nothing else that is sent to a mail server. */
export const SIGNATURE: Uint8Array = new TextEncoder().encode("\r\n\r\n\0\r\nQUIT\n");

/** Signature, version, family and length, in octets. */
const FIXED_OCTETS = 16;

/** Most octets after those; load balancers send some hundred. */
const MOST_OCTETS = 4_096;

/** Type of the extension that holds the checksum. */
const CRC32C = 0x03;

const LOCAL = 0x20;
const PROXY = 0x21;

/** Octets of both addresses and ports by family and transport; only streams come here. */
const ADDRESS_OCTETS: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // Unspecified: a protocol that has no name here.
  [0x11, 12], // TCP over IPv4.
  [0x21, 36], // TCP over IPv6.
  [0x31, 216], // A unix socket.
]);

/**
 * Reads a header of version 2. Never throws.
 *
 * @param octets What has come so far, as far as it goes like {@link SIGNATURE}.
 * @returns As `parseProxyHeader`. A client on a unix socket of the load balancer has no address: it
 * must not count as one of ours, whom everything is allowed, so it counts as the load balancer.
 */
export function parseBinaryHeader(octets: Uint8Array): ProxyHeader {
  if (octets.length < FIXED_OCTETS) return { kind: "more" };
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const command = view.getUint8(12);
  if (command !== LOCAL && command !== PROXY) return invalid("version or command is unknown");
  const length = view.getUint16(14);
  if (length > MOST_OCTETS) return invalid(`says that ${length} octets follow`);
  if (octets.length < FIXED_OCTETS + length) return { kind: "more" };
  const header = octets.subarray(0, FIXED_OCTETS + length);
  // Addresses and extensions of LOCAL must be ignored (§2.2): the load balancer looks after us.
  if (command === LOCAL) return { kind: "header", octets: header.length };
  return readAddresses(header);
}

function readAddresses(header: Uint8Array): ProxyHeader {
  const family = header[13] ?? 0;
  const addressOctets = ADDRESS_OCTETS.get(family);
  if (addressOctets === undefined) return invalid("address family or transport is unknown");
  const extensionsAt = FIXED_OCTETS + addressOctets;
  if (header.length < extensionsAt) return invalid("addresses are cut off");
  const problem = extensionsProblem(header, extensionsAt);
  if (problem) return invalid(problem);
  const peer = addressOf(family, header.subarray(FIXED_OCTETS));
  return { kind: "header", ...peer !== undefined && { peer }, octets: header.length };
}

function addressOf(family: number, addresses: Uint8Array): string | undefined {
  if (family === 0x11) return addresses.subarray(0, 4).join(".");
  if (family !== 0x21) return undefined;
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((addresses[2 * index] ?? 0) << 8 | (addresses[2 * index + 1] ?? 0)).toString(16),
  );
  return canonicalAddress(groups.join(":"));
}

/** Walks over the extensions: type, length (two octets), value. */
function extensionsProblem(header: Uint8Array, start: number): string | null {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  for (let at = start; at < header.length;) {
    if (at + 3 > header.length) return "an extension is cut off";
    const length = view.getUint16(at + 1);
    const end = at + 3 + length;
    if (end > header.length) return "an extension is cut off";
    if (view.getUint8(at) === CRC32C) {
      if (length !== 4) return "the checksum is not of 4 octets";
      if (view.getUint32(at + 3) !== checksumOf(header, at + 3)) return "the checksum is wrong";
    }
    at = end;
  }
  return null;
}

/** The checksum of the header with nothing where the checksum stands (§2.2.6). */
function checksumOf(header: Uint8Array, at: number): number {
  const blank = header.slice();
  blank.fill(0, at, at + 4);
  return crc32c(blank);
}

function invalid(reason: string): ProxyHeader {
  return { kind: "invalid", reason: `PROXY header: ${reason}` };
}
