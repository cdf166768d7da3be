/**
 * Lets a few work at once, and a bounded number wait for their turn.
 *
 * @module
 */

/** The bounds. */
export interface TurnstileLimits {
  /** How many work at once. */
  readonly inside: number;
  /** How many wait at most. */
  readonly waiting: number;
}

/** Who works, and who waits, in the order in which they came. */
export class Turnstile {
  readonly #limits: TurnstileLimits;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** Nobody is inside yet. */
  constructor(limits: TurnstileLimits) {
    this.#limits = limits;
  }

  /**
   * Works when it is its turn.
   *
   * @returns What the work gives; `null` when too many wait already.
   */
  async pass<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#inside < this.#limits.inside) this.#inside++;
    else if (this.#waiting.length >= this.#limits.waiting) return null;
    // Whoever leaves gives its place to the next one: nobody can slip in between.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#inside--;
    }
  }
}
