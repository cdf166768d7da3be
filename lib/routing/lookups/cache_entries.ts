/**
 * What a lookup remembers, within bounds: so many keys, and so many octets in all. What was used
 * last stays longest.
 *
 * @module
 */

/** The bounds. */
export interface CacheBounds {
  /** Most keys. */
  readonly maxKeys: number;
  /** Most octets of all answers together, by the entries' own estimate. */
  readonly maxOctets: number;
}

/** What is kept. */
export interface Weighed {
  /** How much it holds, in octets; about. */
  readonly octets: number;
  /** Whether it must stay: somebody waits for it. */
  readonly busy: boolean;
}

/** Entries by key. */
export class CacheEntries<E extends Weighed> {
  readonly #bounds: CacheBounds;
  readonly #entries = new Map<string, E>();

  /** Makes it, empty. */
  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Finds the entry of a key, which is the last one used from now on; makes one when there is none. */
  use(key: string, make: () => E): E {
    const entry = this.#entries.get(key) ?? make();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Forgets what has not been used for longest until the bounds hold again; never what is busy. */
  trim(): void {
    let octets = this.values().reduce((sum, entry) => sum + entry.octets, 0);
    for (const [key, entry] of this.#entries) {
      const { maxKeys, maxOctets } = this.#bounds;
      if (this.#entries.size <= maxKeys && octets <= maxOctets) return;
      if (entry.busy) continue;
      this.#entries.delete(key);
      octets -= entry.octets;
    }
  }

  /** All of them. */
  values(): E[] {
    return [...this.#entries.values()];
  }
}
