/**
 * What is done in clear before TLS: listening to what the peer says first, and turning it away.
 *
 * @module
 */

import { type Clock, pause } from "../deadline.ts";
import type { Wire } from "../wire.ts";
import { MAX_HELLO_OCTETS, type Opening, readOpening } from "./client_hello.ts";

/** What a peer said first. */
export interface First {
  /** What it is. */
  readonly opening: Opening | { readonly kind: "gone" };
  /** The octets. */
  readonly octets: Uint8Array;
}

/** Most ClientHellos fit. */
const USUAL_OCTETS = 2_048;

/** Longest time that a peer that is turned away may take to close, in ms. */
const LINGER_MS = 1_000;

/** Most octets that are dropped in that time. */
const LINGER_OCTETS = 65_536;

/** Reads until there is a whole ClientHello, or it is clear that there will be none. */
export async function listenFirst(wire: Wire): Promise<First> {
  let buffer = new Uint8Array(USUAL_OCTETS);
  for (let used = 0;;) {
    const count = await wire.read(buffer.subarray(used));
    if (count === null) return { opening: { kind: "gone" }, octets: new Uint8Array() };
    used += count;
    const octets = buffer.subarray(0, used);
    const opening = readOpening(octets);
    if (opening.kind !== "incomplete" || used === MAX_HELLO_OCTETS) return { opening, octets };
    if (used < buffer.length) continue;
    buffer = new Uint8Array(MAX_HELLO_OCTETS);
    buffer.set(octets);
  }
}

/**
 * Tells the peer something in clear, gives it a second to read that and close, and closes. (Octets
 * that were not read would make the kernel forget ours.) Never rejects.
 */
export async function turnAway(wire: Wire, octets: Uint8Array, clock: Clock): Promise<void> {
  const over = new AbortController();
  const limit = pause(LINGER_MS, clock, over.signal).then(() => wire.close());
  if (await wire.write(octets)) {
    await wire.closeWrite();
    const buffer = new Uint8Array(USUAL_OCTETS);
    for (let dropped = 0; dropped < LINGER_OCTETS;) {
      const count = await wire.read(buffer);
      if (count === null) break;
      dropped += count;
    }
  }
  over.abort();
  await limit;
}
