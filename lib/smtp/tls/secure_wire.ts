/**
 * The wire that a session goes on with when TLS is up.
 *
 * @module
 */

import { reasonOf } from "../../errors.ts";
import { log } from "../../log.ts";
import type { Wire } from "../wire.ts";
import type { Bridge } from "./bridge.ts";

const logger = log("tls");

/** What a secure wire is made of. */
export interface SecureParts {
  /** The peer's address. */
  readonly peer: string;
  /** The server's end, its handshake done. */
  readonly inner: Deno.TlsConn;
  /** What carries its octets. */
  readonly bridge: Bridge;
}

/** Makes the wire; `onClose` is given the promise that everything below is closed. */
export function secureWire(parts: SecureParts, onClose: (over: Promise<void>) => void): Wire {
  return new SecureWire(parts, onClose);
}

class SecureWire implements Wire {
  readonly peer: string;
  readonly #inner: Deno.TlsConn;
  readonly #bridge: Bridge;
  readonly #onClose: (over: Promise<void>) => void;
  #closed = false;
  /** TLS has failed: what the runtime would still take for writing reaches nobody. */
  #lost = false;
  #endWrite: (written: boolean) => void = () => {};

  constructor({ peer, inner, bridge }: SecureParts, onClose: (over: Promise<void>) => void) {
    this.peer = peer;
    this.#inner = inner;
    this.#bridge = bridge;
    this.#onClose = onClose;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) return null;
    return await this.#inner.read(buffer).catch((error) => this.#gone(error));
  }

  async write(octets: Uint8Array): Promise<boolean> {
    if (this.#closed || this.#lost) return false;
    // Before Deno 2.9 closing a connection does not end a write that waits.
    return await new Promise((resolve) => {
      this.#endWrite = resolve;
      this.#writeAll(octets).then(resolve);
    });
  }

  async #writeAll(octets: Uint8Array): Promise<boolean> {
    try {
      for (let sent = 0; sent < octets.length && !this.#closed;) {
        sent += await this.#inner.write(octets.subarray(sent));
      }
      return !this.#closed;
    } catch (error) {
      return this.#gone(error) ?? false;
    }
  }

  hurry(): void {
    this.#bridge.hurry("always");
  }

  async closeWrite(): Promise<void> {
    if (!this.#closed) await this.#inner.closeWrite().catch((error) => this.#gone(error));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endWrite(false);
    this.#onClose(this.#bridge.close(false));
  }

  /** A stream cut short, without close_notify, is a peer that is gone like any other. */
  #gone(error: unknown): null {
    this.#lost = true;
    if (!this.#closed) {
      logger.debug("connection lost", { peer: this.peer, error: reasonOf(error) });
    }
    return null;
  }
}
