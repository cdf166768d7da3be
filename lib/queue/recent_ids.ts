/**
 * The queue ids given out lately: a mail that comes in with one of them in its `Received`
 * fields has been here before and goes round in circles.
 *
 * @module
 */

/** Remembers the newest ids, a bounded number of them. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #limit: number;

  /** Remembers at most `limit` ids; the oldest go first. */
  constructor(limit = 100_000) {
    this.#limit = limit;
  }

  /** Remembers an id. */
  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#limit) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** Whether the id was given out lately. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }
}
