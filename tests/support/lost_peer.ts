/**
 * What becomes of connections whose peer has gone away, in whatever words the kernel says so.
 *
 * @module
 */

import { isGoneEarly } from "../../lib/smtp/gone_early.ts";

/** Whether the other side is gone: no more can be read from it, or written to it. */
export function isLostPeer(error: unknown): boolean {
  return isGoneEarly(error) || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.TimedOut;
}

/** Whether this side has closed: a connection, or what accepts them. */
export function isClosedHere(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted;
}

/** Either; `null` then, so that it reads like the end of a stream. Throws everything else. */
export function nullWhenLost(error: unknown): null {
  if (isLostPeer(error) || isClosedHere(error)) return null;
  throw error;
}

/** Closes what may be closed already. */
export function closeQuietly(conn: { close(): void }): void {
  try {
    conn.close();
  } catch (error) {
    if (!isClosedHere(error)) throw error;
  }
}

/**
 * Accepts until the listener is closed. The listener's own iterator ends with an error when a
 * peer was gone before it was accepted.
 */
export async function* connectionsTo<C extends Deno.Conn>(
  listener: { accept(): Promise<C> },
): AsyncGenerator<C, void, void> {
  for (;;) {
    const conn = await next(listener);
    if (conn === null) return;
    if (conn !== "gone") yield conn;
  }
}

async function next<C>(listener: { accept(): Promise<C> }): Promise<C | "gone" | null> {
  try {
    return await listener.accept();
  } catch (error) {
    if (isGoneEarly(error)) return "gone";
    if (isClosedHere(error)) return null;
    throw error;
  }
}
