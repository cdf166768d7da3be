/**
 * Who guesses passwords, and a pause for them.
 *
 * Both tables are bounded, and whoever guesses may come from many addresses. So the suspects and
 * those who are paused have a table each: a flood of first failures pushes out other suspects,
 * never a peer that is paused. To push out one of those takes as many other peers with five
 * failures each, and the one that goes is the one whose pause is over first.
 *
 * @module
 */

import type { Clock } from "../deadline.ts";
import { peerKey } from "../peer_key.ts";

/** Failures of one peer within {@link WINDOW_MS} that pause it. */
export const MAX_FAILURES = 5;
/** How long a failure counts, and how long a pause is from the last one, in ms. */
export const WINDOW_MS = 10 * 60_000;
/** Most peers of each table. */
const MAX_PEERS = 10_000;

/** Counts the failures of peers; an IPv6 network of 64 bits is one. */
export class Failures {
  readonly #clock: Clock;
  /** When the last few failures were; who failed last comes last. */
  readonly #suspects = new Map<string, readonly number[]>();
  /** When the pause ends; in this order too, as all pauses have one length. */
  readonly #paused = new Map<string, number>();

  /** Knows of nobody yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the peer is paused. */
  paused(peer: string): boolean {
    return (this.#paused.get(peerKey(peer)) ?? -Infinity) > this.#clock.now();
  }

  /**
   * Counts a failure of a peer that is not paused.
   *
   * @returns Whether it is paused now.
   */
  add(peer: string): boolean {
    const key = peerKey(peer);
    const now = this.#clock.now();
    const earlier = this.#suspects.get(key) ?? [];
    const failures = [...earlier.filter((at) => at > now - WINDOW_MS), now];
    if (failures.length < MAX_FAILURES) {
      keep(this.#suspects, key, failures);
      return false;
    }
    this.#suspects.delete(key);
    keep(this.#paused, key, now + WINDOW_MS);
    return true;
  }
}

/** Puts an entry last, and the first one out where there are too many. */
function keep<Value>(table: Map<string, Value>, key: string, value: Value): void {
  table.delete(key);
  table.set(key, value);
  if (table.size <= MAX_PEERS) return;
  for (const first of table.keys()) {
    table.delete(first);
    return;
  }
}
