/**
 * The queue ids given out lately: a mail that comes in with one of them in its `Received`
 * fields has been here before and goes round in circles.
 *
 * @module
 */

/** Remembers the newest ids, a bounded number of them. */
export class RecentIds {
  readonly #generation: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  /**
   * Remembers at least the newest `generation` ids, and at most twice as many: forgetting a whole
   * generation at a time is cheaper than one id for each that comes.
   */
  constructor(generation = 10_000) {
    this.#generation = generation;
  }

  /** Remembers an id. */
  add(id: string): void {
    if (this.#newer.size >= this.#generation) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
  }

  /** Whether the id was given out lately. */
  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id);
  }
}
