/**
 * TLS handshakes under way, and how many there may be.
 *
 * The runtime does not let go of a connection whose handshake waits for the peer, not even when it
 * is closed. Whoever asked goes on in time; the connection is kept in view until the peer has
 * answered or gone, and while too many of them wait nobody begins another.
 *
 * @module
 */

import type { SecureConnection } from "./guarded_fetch.ts";
import { unlessAborted } from "./limits.ts";

/** Handshakes of one lookup at a time, with those that nobody waits for any more. */
const MAX_HANDSHAKES = 32;

/** Counts the handshakes of one lookup. */
export class Handshakes {
  #waiting = 0;

  /**
   * Checks that another may begin.
   *
   * @throws {Error} When too many are under way.
   */
  demandRoom(): void {
    if (this.#waiting < MAX_HANDSHAKES) return;
    throw new Error(`${MAX_HANDSHAKES} TLS handshakes wait for an answer of the server`);
  }

  /**
   * Waits for a handshake.
   *
   * @throws What the handshake or the signal rejects with; the connection is closed then, or will be.
   */
  async finish(tls: SecureConnection, signal: AbortSignal): Promise<void> {
    this.#waiting++;
    const shaking = tls.handshake().finally(() => this.#waiting--);
    try {
      await unlessAborted(shaking, signal);
    } catch (error) {
      shaking.then(() => tls.close(), () => tls.close());
      throw error;
    }
  }
}
