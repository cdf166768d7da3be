/** A clock that stands still until a test moves it. @module */

import type { Clock } from "../../lib/smtp/deadline.ts";

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

/** Time as a test says. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now = 0;

  /** How many timers have been asked for. */
  timersMade = 0;

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  /** Sets a timer. */
  set(ring: () => void, delayMs: number): () => void {
    this.timersMade++;
    const timer = { at: this.#now + delayMs, ring };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass; timers ring in their order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.ring();
    }
    this.#now = end;
  }
}
