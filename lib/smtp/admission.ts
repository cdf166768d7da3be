/**
 * Who may connect: how many in all, how many of one peer, how many of it in a minute, and from which
 * networks. One {@link Admission} is shared by all listeners, because the limits are the program's.
 *
 * A peer is what `peer_key.ts` says: an IPv4 address, or an IPv6 network of 64 bits. Those who come by
 * a unix socket are many and have no address: for them only the limit of all counts.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import type { Limits } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import type { Reply } from "../mail/reply.ts";
import { ArrivalRates } from "./arrival_rates.ts";
import { type Clock, SYSTEM_CLOCK } from "./deadline.ts";
import { peerKey } from "./peer_key.ts";
import { REPLY } from "./reply.ts";

/** The limits that are kept here. */
export type AdmissionLimits = Pick<
  Limits,
  "connections" | "connectionsPerPeer" | "connectionsPerMinute"
>;

/** A peer on a unix socket: the rights of the file decide who that can be. */
export const LOCAL_PEER = "unix";

/** Most peers whose verdict is remembered. */
const KNOWN_PEERS = 1_000;

/** Counts connections against their limits. */
export class Admission {
  #limits: AdmissionLimits;
  readonly #rates: ArrivalRates;
  readonly #ofPeer = new Map<string, number>();
  #open = 0;

  /** Makes a count of zero. */
  constructor(limits: AdmissionLimits, clock: Clock = SYSTEM_CLOCK) {
    this.#limits = limits;
    this.#rates = new ArrivalRates(limits.connectionsPerMinute, clock);
  }

  /** Holds whoever comes from now on to other limits; those who are in stay. */
  renew(limits: AdmissionLimits): void {
    this.#limits = limits;
    this.#rates.renew(limits.connectionsPerMinute);
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#open;
  }

  /**
   * Counts one connection more, if the limits allow it. What is turned away does not count against
   * the minute.
   *
   * @param peer The peer's address, without port; {@link LOCAL_PEER} for one without address.
   * @returns `null` when it is in, and `release` must follow; else the reply that turns it away.
   */
  admit(peer: string): Reply | null {
    if (this.#open >= this.#limits.connections) return REPLY.tooManyConnections;
    const key = peerKey(peer);
    const ofPeer = this.#ofPeer.get(key) ?? 0;
    if (peer !== LOCAL_PEER && ofPeer >= this.#limits.connectionsPerPeer) {
      return REPLY.tooManyOfPeer;
    }
    if (!isLocal(peer) && !this.#rates.count(key)) return REPLY.tooFastOfPeer;
    this.#ofPeer.set(key, ofPeer + 1);
    this.#open++;
    return null;
  }

  /** Counts one connection less; once for each `admit` that let it in. */
  release(peer: string): void {
    const key = peerKey(peer);
    const ofPeer = this.#ofPeer.get(key) ?? 0;
    if (ofPeer > 1) this.#ofPeer.set(key, ofPeer - 1);
    else this.#ofPeer.delete(key);
    this.#open--;
  }
}

/** Cron jobs of this host come as often as they must; who floods them can do worse here. */
function isLocal(peer: string): boolean {
  return peer === LOCAL_PEER || peer === "::1" || peer.startsWith("127.");
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
