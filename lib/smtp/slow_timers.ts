/**
 * Many long waits on one timer of the runtime. Nearly every limit of a session is taken back before
 * it is reached; a timer made and cleared for each would be work for nothing.
 *
 * @module
 */

/** How often due waits are looked for, in milliseconds: none rings later than that. */
const TICK_MS = 250;

interface Wait {
  readonly dueAt: number;
  readonly ring: () => void;
}

/** Waits whose end may be a tick late. */
export class SlowTimers {
  readonly #waits = new Set<Wait>();
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Makes an empty set of waits; `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Calls `ring` once, `delayMs` from now or up to a tick later.
   *
   * @returns What takes it back; a timer runs only while anything waits.
   */
  set(ring: () => void, delayMs: number): () => void {
    const wait = { ring, dueAt: this.#now() + delayMs };
    this.#waits.add(wait);
    this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
    return () => {
      this.#waits.delete(wait);
      if (this.#waits.size === 0) this.#stop();
    };
  }

  #tick(): void {
    this.#stop();
    const now = this.#now();
    for (const wait of this.#waits) {
      if (wait.dueAt > now) continue;
      this.#waits.delete(wait);
      wait.ring();
    }
    if (this.#waits.size > 0) this.#timer ??= setTimeout(() => this.#tick(), TICK_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
