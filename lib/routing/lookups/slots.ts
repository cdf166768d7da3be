/**
 * So many at once; whoever comes later waits for a turn.
 *
 * @module
 */

import { unlessAborted } from "./limits.ts";

/** Turns that can be taken. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** Makes it; `count` may have a turn at once. */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a turn and takes it.
   *
   * @returns What gives it back, exactly once; `null` when the signal was aborted before.
   */
  async take(signal: AbortSignal): Promise<(() => void) | null> {
    const giveBack = () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
    if (this.#free > 0) {
      this.#free--;
      return giveBack;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await unlessAborted(promise, signal);
      return giveBack;
    } catch {
      const at = this.#waiting.indexOf(resolve);
      // A turn that came in the same moment goes to the next one.
      if (at < 0) giveBack();
      else this.#waiting.splice(at, 1);
      return null;
    }
  }
}
