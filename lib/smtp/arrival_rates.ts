/**
 * How many connections each peer has begun within a minute.
 *
 * Peers share counters: each has two of many, found by two hashes of its name, and the smaller one
 * is believed. A table with a row for each peer would have to forget some when many come, and whoever
 * has enough addresses could make it forget; here nobody is forgotten. Two peers get in each other's
 * way only when others share both counters of one of them.
 *
 * INVARIANTS
 *
 * 1. No peer begins more than its limit in any 60 s; after 70 s of silence it may again.
 * 2. Memory is the same, half a mebibyte, for one peer and for millions; none before the first.
 *
 * @module
 */

import type { Clock } from "./deadline.ts";

/** Counters in each of the two rows; a power of 2. */
const WIDTH = 8_192;

/** Time is counted in slots of so many ms. */
const SLOT_MS = 10_000;

/** A minute, and the slot that has just begun. */
const SLOTS = 7;

/** Two seeds that nobody outside knows: else names that share counters could be looked for. */
const seeds = crypto.getRandomValues(new Uint32Array(2));

/** Counts arrivals. */
export class ArrivalRates {
  #limit: number;
  readonly #clock: Clock;
  /** Arrivals in each slot, the sum of all slots last. */
  #counts: readonly Uint32Array[] = [];
  #slot = 0;

  /** Lets `limit` arrivals of one peer through in any minute. */
  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** Lets another number of arrivals through from now on. */
  renew(limit: number): void {
    this.#limit = limit;
  }

  /**
   * Counts an arrival.
   *
   * @param peer The name that the peer is counted under.
   * @returns `false` if it would be one too many; it does not count then.
   */
  count(peer: string): boolean {
    const sums = this.#advance();
    const first = hash(peer, seeds[0] ?? 0) % WIDTH;
    const second = WIDTH + hash(peer, seeds[1] ?? 0) % WIDTH;
    if (Math.min(sums[first] ?? 0, sums[second] ?? 0) >= this.#limit) return false;
    for (const counts of [sums, this.#of(this.#slot)]) {
      counts[first] = (counts[first] ?? 0) + 1;
      counts[second] = (counts[second] ?? 0) + 1;
    }
    return true;
  }

  /** Forgets the slots that have gone by since the last arrival; the sums of the rest. */
  #advance(): Uint32Array {
    const now = Math.floor(this.#clock.now() / SLOT_MS);
    if (this.#counts.length === 0) {
      this.#counts = Array.from({ length: SLOTS + 1 }, () => new Uint32Array(2 * WIDTH));
    }
    const sums = this.#counts.at(-1) ?? new Uint32Array(0);
    for (let slot = Math.max(this.#slot + 1, now - SLOTS + 1); slot <= now; slot++) {
      const gone = this.#of(slot);
      for (let index = 0; index < sums.length; index++) {
        sums[index] = (sums[index] ?? 0) - (gone[index] ?? 0);
      }
      gone.fill(0);
    }
    this.#slot = now;
    return sums;
  }

  #of(slot: number): Uint32Array {
    return this.#counts[slot % SLOTS] ?? new Uint32Array(0);
  }
}

/** FNV-1a, begun with a seed, and its bits mixed at the end (MurmurHash3's finalizer). */
function hash(text: string, seed: number): number {
  let mixed = seed ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  }
  mixed = Math.imul(mixed ^ mixed >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return (mixed ^ mixed >>> 16) >>> 0;
}
