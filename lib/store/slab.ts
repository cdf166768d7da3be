/**
 * Memory for small copies. To get and to give back a piece of it costs the engine more than to fill
 * it, so small ones share larger pieces.
 *
 * @module
 */

/** Pieces up to this size share a slab, in octets: most mails are one such piece. */
const SMALL_OCTETS = 4_096;
const SLAB_OCTETS = 65_536;

let slab = new Uint8Array(0);
let slabUsed = 0;

/**
 * Copies octets that somebody else is about to overwrite. A slab lives as long as any copy in it.
 *
 * @param octets Any number of them; a large piece gets memory of its own.
 */
export function copyOf(octets: Uint8Array): Uint8Array {
  if (octets.length > SMALL_OCTETS) return octets.slice();
  if (slabUsed + octets.length > slab.length) {
    slab = new Uint8Array(SLAB_OCTETS);
    slabUsed = 0;
  }
  const copy = slab.subarray(slabUsed, slabUsed + octets.length);
  slabUsed += octets.length;
  copy.set(octets);
  return copy;
}
