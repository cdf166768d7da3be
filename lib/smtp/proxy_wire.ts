/**
 * A wire through a load balancer: the PROXY header that it begins with is taken off, and from then on
 * the peer is who the header names.
 *
 * INVARIANT: the session gets every octet after the header, in order, and none of the header.
 *
 * @module
 */

import { parseProxyHeader } from "./proxy_header.ts";
import type { Wire } from "./wire.ts";

/** Longest header of version 2 that is taken, in octets; those of version 1 are far shorter. */
const HEADER_OCTETS = 4_112;

const NO_HEADER = "PROXY header: none came; switch it on in the load balancer (send-proxy, " +
  "proxy_protocol), or take its address out of proxy";
const CUT_HEADER = "PROXY header: the connection ended before its end";

/** Why there is no wire. */
export interface NoProxy {
  /** What was wrong with the header, for the log. */
  readonly reason: string;
}

/**
 * Reads the PROXY header of a fresh connection. It waits as long as the load balancer takes: the
 * caller sets a limit, and closes the wire when that is reached. Never rejects.
 *
 * @param wire The connection; nothing has been read from it. It stays open in any case.
 * @returns The wire to go on with, over the one given; or why the connection is of no use.
 */
export async function throughProxy(wire: Wire): Promise<Wire | NoProxy> {
  const buffer = new Uint8Array(HEADER_OCTETS);
  for (let length = 0;;) {
    const header = parseProxyHeader(buffer.subarray(0, length));
    if (header.kind === "invalid") return { reason: header.reason };
    if (header.kind === "header") {
      const rest = buffer.slice(header.octets, length);
      return new PushbackWire(wire, { peer: header.peer ?? wire.peer, rest });
    }
    const count = await wire.read(buffer.subarray(length));
    if (count === null) return { reason: length === 0 ? NO_HEADER : CUT_HEADER };
    length += count;
  }
}

/** A wire of which something has been read already. */
class PushbackWire implements Wire {
  readonly peer: string;
  readonly #wire: Wire;
  #rest: Uint8Array;

  constructor(wire: Wire, { peer, rest }: { readonly peer: string; readonly rest: Uint8Array }) {
    this.peer = peer;
    this.#wire = wire;
    this.#rest = rest;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) return this.#wire.read(buffer);
    const part = this.#rest.subarray(0, buffer.length);
    buffer.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return Promise.resolve(part.length);
  }

  write(octets: Uint8Array): Promise<boolean> {
    return this.#wire.write(octets);
  }

  hurry(): void {
    this.#wire.hurry();
  }

  closeWrite(): Promise<void> {
    return this.#wire.closeWrite();
  }

  close(): void {
    this.#rest = new Uint8Array(0);
    this.#wire.close();
  }
}
