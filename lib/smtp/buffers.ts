/**
 * Buffers that sessions lend and give back. A mail a connection is what most notifiers send; new
 * buffers for each would be most of the garbage that the program makes.
 *
 * INVARIANT: whoever gives a buffer back has nothing under way that still writes into it.
 *
 * @module
 */

/** Buffers of one size, a bounded number of them. */
export class BufferPool {
  readonly #octets: number;
  readonly #limit: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  /** Keeps at most `limit` unused buffers of `octets` octets. */
  constructor(octets: number, limit = 64) {
    this.#octets = octets;
    this.#limit = limit;
  }

  /** Lends a buffer of at least `octets` octets; what it holds is whatever it held before. */
  take(octets: number): Uint8Array<ArrayBuffer> {
    if (octets > this.#octets) return new Uint8Array(octets);
    return this.#free.pop() ?? new Uint8Array(this.#octets);
  }

  /** Takes a buffer back; one of another size is left to the garbage collector. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === this.#octets && this.#free.length < this.#limit) this.#free.push(buffer);
  }
}
