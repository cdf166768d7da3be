/**
 * One time limit at a time, moved on with every step of a dialog: how each wait on the outside
 * gets its end without a timer of its own.
 *
 * Moving the limit further costs one assignment: the timer fires too early, sees that, and waits
 * for the rest. Only a nearer limit needs a new timer.
 *
 * @module
 */

import { SlowTimers } from "./slow_timers.ts";

/** Where time comes from; tests bring their own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Calls `ring` once after `delayMs`; the result takes back a call that has not been made. */
  set(ring: () => void, delayMs: number): () => void;
}

const slowTimers = new SlowTimers(() => performance.now());

/** Waits from this length on may end a quarter of a second late, in milliseconds. */
const SLOW_MS = 1_000;

/** The time of the machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  set: (ring, delayMs) => {
    if (delayMs >= SLOW_MS) return slowTimers.set(ring, delayMs);
    // A limit may have passed while the program was busy, and timers complain of less than 0.
    const timer = setTimeout(ring, Math.max(delayMs, 0));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when the signal is aborted; leaves no timer behind. */
export function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const clear = clock.set(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clear();
      resolve();
    }, { once: true });
  });
}

/** Moments so near to each other are the same, in milliseconds. */
const SAME_MS = 0.5;

/** A limit that can be moved, and rings when it is reached. */
export class Deadline {
  readonly #clock: Clock;
  #ring: () => void = () => {};
  #dueAt = Infinity;
  #clear: (() => void) | undefined;
  #timerAt = Infinity;

  /** Makes a deadline that never rings until it is told when. */
  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /** Rings `delayMs` from now, and not at the time said before. */
  set(delayMs: number, ring: () => void): void {
    this.#ring = ring;
    this.#dueAt = this.#clock.now() + delayMs;
    if (this.#isNearer) this.#arm(delayMs);
  }

  /** Rings at a moment of the clock, and not at the time said before. */
  setAt(at: number, ring: () => void): void {
    this.#ring = ring;
    this.#dueAt = at;
    if (this.#isNearer) this.#arm(at - this.#clock.now());
  }

  /** Never rings, and leaves no timer behind. */
  stop(): void {
    this.#clear?.();
    this.#clear = undefined;
    this.#timerAt = this.#dueAt = Infinity;
  }

  /** The same moment, reckoned anew from another one, must not cost another timer. */
  get #isNearer(): boolean {
    return this.#dueAt < this.#timerAt - SAME_MS;
  }

  #arm(delayMs: number): void {
    this.#clear?.();
    this.#timerAt = this.#dueAt;
    this.#clear = this.#clock.set(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#clear = undefined;
    this.#timerAt = Infinity;
    const restMs = this.#dueAt - this.#clock.now();
    if (restMs > 0) {
      // Rounded up: a timer may ring a fraction of a millisecond early.
      this.#arm(Math.ceil(restMs));
      return;
    }
    this.#dueAt = Infinity;
    this.#ring();
  }
}
