/**
 * Counts work under way, so that what it works with is closed when nobody uses it any more.
 *
 * @module
 */

/** Work on one thing. */
export class InUse {
  #count = 0;
  #idle: (() => void) | undefined;

  /** Does some work, and counts it until it has settled. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#count++;
    try {
      return await work();
    } finally {
      this.#count--;
      if (this.#count === 0) this.#idle?.();
    }
  }

  /**
   * Waits until no work is under way. Called once, when no more is begun.
   *
   * @param limitMs Longest wait, in milliseconds.
   * @param signal Ends the wait.
   */
  async ended(limitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#count === 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const timer = setTimeout(resolve, limitMs);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}
