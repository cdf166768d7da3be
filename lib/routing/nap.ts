/**
 * A sleep that can be ended early, for a loop that has one thing to wait for at a time.
 *
 * @module
 */

/** Longest sleep, in ms: timers overflow, and clocks are set. */
const LONGEST_MS = 60_000;

/** Sleeps, unless it has been woken. */
export class Nap {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #done: (() => void) | undefined;
  #woken = false;

  /** Sleeps for so long at most; at once over when it was woken since the last sleep ended. */
  async sleep(limitMs: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
        this.#timer = setTimeout(resolve, Math.min(Math.max(limitMs, 0), LONGEST_MS));
      });
      clearTimeout(this.#timer);
    }
    this.#woken = false;
    this.#done = undefined;
  }

  /** Ends the sleep that is under way, or the next one. */
  wake(): void {
    this.#woken = true;
    this.#done?.();
  }
}
