/**
 * Ports for programs that cannot be told to take a free one and say which.
 *
 * @module
 */

import { isGoneEarly } from "../../lib/smtp/gone_early.ts";

/** Below the range from which Linux takes the ports of outgoing connections. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * A loopback port that nobody listens on. It comes from below the range of outgoing connections,
 * so that the thousands of those that a load test leaves behind do not take it.
 */
export function freePort(): number {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (isFree(port)) return port;
  }
}

/** Whether something takes connections at a loopback port. */
export async function isListening(port: number): Promise<boolean> {
  try {
    using _conn = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    // Somebody had it, and is ending.
    if (isGoneEarly(error)) return true;
    throw error;
  }
}

function isFree(port: number): boolean {
  try {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
