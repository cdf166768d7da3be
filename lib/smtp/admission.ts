/**
 * Who may connect: how many in all, how many of one peer, and from which networks. One
 * {@link Admission} is shared by all listeners, because the limits are the program's.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import type { Limits } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import type { Reply } from "../mail/reply.ts";
import { REPLY } from "./reply.ts";

/** Most peers whose verdict is remembered. */
const KNOWN_PEERS = 1_000;

/** Counts open connections against their limits. */
export class Admission {
  readonly #limits: Pick<Limits, "connections" | "connectionsPerPeer">;
  readonly #ofPeer = new Map<string, number>();
  #open = 0;

  /** Makes a count of zero. */
  constructor(limits: Pick<Limits, "connections" | "connectionsPerPeer">) {
    this.#limits = limits;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open;
  }

  /**
   * Counts one connection more, if the limits allow it.
   *
   * @param peer The peer's address, without port.
   * @returns `null` when it is in, and `release` must follow; else the reply that turns it away.
   */
  admit(peer: string): Reply | null {
    if (this.#open >= this.#limits.connections) return REPLY.tooManyConnections;
    const ofPeer = this.#ofPeer.get(peer) ?? 0;
    if (ofPeer >= this.#limits.connectionsPerPeer) return REPLY.tooManyOfPeer;
    this.#ofPeer.set(peer, ofPeer + 1);
    this.#open++;
    return null;
  }

  /** Counts one connection less; once for each `admit` that let it in. */
  release(peer: string): void {
    const ofPeer = this.#ofPeer.get(peer) ?? 0;
    if (ofPeer > 1) this.#ofPeer.set(peer, ofPeer - 1);
    else this.#ofPeer.delete(peer);
    this.#open--;
  }
}

/** Tells peers that may send mail from others. */
export type PeerFilter = (peer: string) => boolean;

/**
 * Makes the filter of the setting `allow`.
 *
 * @param networks Addresses and CIDR networks, IPv4 or IPv6: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
 * @throws {RelayError} `config-invalid` for anything else.
 */
export function allowOnly(networks: readonly string[]): PeerFilter {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
    const version = isIP(address);
    const longest = version === 4 ? 32 : 128;
    const bits = length === undefined ? longest : Number(length);
    if (version === 0 || bits > longest) {
      throw new RelayError(
        "config-invalid",
        `Cannot allow ${JSON.stringify(network)}: not an address or network such as 10.0.0.0/8`,
      );
    }
    list.addSubnet(address, bits, version === 4 ? "ipv4" : "ipv6");
  }
  // The list is slow, and the same few notifiers come again and again.
  const known = new Map<string, boolean>();
  return (peer) => {
    let allowed = known.get(peer);
    if (allowed === undefined) {
      allowed = list.check(peer, peer.includes(":") ? "ipv6" : "ipv4");
      if (known.size >= KNOWN_PEERS) known.clear();
      known.set(peer, allowed);
    }
    return allowed;
  };
}
