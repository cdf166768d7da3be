/**
 * Connections that their peer has reset before they were accepted. Pure.
 *
 * @module
 */

/**
 * Whether an accept failed for the sake of one connection: it has left the queue, and the next one can
 * be accepted at once. (The runtime asks a connection for its addresses, and one that was reset has
 * none any more.) To wait then would let a single peer keep all others out.
 */
export function isGoneEarly(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}
