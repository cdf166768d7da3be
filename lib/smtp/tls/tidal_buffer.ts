/**
 * A buffer to read into that is small while little comes: most sessions are silent most of the time,
 * and each holds two of these.
 *
 * @module
 */

import { BufferPool } from "../buffers.ts";

const SMALL_OCTETS = 1_024;
const LARGE_OCTETS = 16_384;

const small = new BufferPool(SMALL_OCTETS);
const large = new BufferPool(LARGE_OCTETS);

/** A buffer of 1 or 16 KiB. To be released when nothing writes into it any more. */
export class TidalBuffer {
  #octets = small.take(SMALL_OCTETS);

  /** Where to read to now. */
  get octets(): Uint8Array<ArrayBuffer> {
    return this.#octets;
  }

  /** Chooses the size for the next read by that of the last, which must be used up. */
  fit(count: number): void {
    const isSmall = this.#octets.length === SMALL_OCTETS;
    if (isSmall ? count < SMALL_OCTETS : count >= SMALL_OCTETS) return;
    this.release();
    this.#octets = isSmall ? large.take(LARGE_OCTETS) : small.take(SMALL_OCTETS);
  }

  /** Gives the buffer back. */
  release(): void {
    (this.#octets.length === SMALL_OCTETS ? small : large).give(this.#octets);
  }
}
