/**
 * Notices when the whole process stood still, as it does on machines that are shared: what a session
 * made of the time that was lost says nothing about us.
 *
 * @module
 */

/** Pause between two looks at the clock, in ms. */
const TICK_MS = 50;

/** So much later than it should be, a look tells of a stall, in ms; less than any limit of a session. */
const STALL_MS = 250;

/** Longest that it may take to catch up, in ms. */
const CATCH_UP_MS = 3_000;

/** Watches the clock until it is disposed of. */
export class Stalls implements Disposable {
  readonly #timer = setInterval(() => this.#look(), TICK_MS);
  #lookedAt = performance.now();
  #stalledAt = -Infinity;

  /**
   * Whether the process has stood still at some time since then, or so shortly before that it had much
   * to catch up with; on the clock of `performance.now`.
   */
  since(thenMs: number): boolean {
    this.#look();
    return this.#stalledAt + CATCH_UP_MS >= thenMs;
  }

  /** Watches no longer. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#lookedAt > TICK_MS + STALL_MS) this.#stalledAt = now;
    this.#lookedAt = now;
  }
}
