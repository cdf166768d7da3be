/**
 * The certificates of the listeners: each opened once for all who lease it, and closed with its last
 * lease. Each has a listening socket inside, so that those left behind must not pile up: paths with a
 * date in them would add one with each renewal.
 *
 * @module
 */

import type { TlsServer } from "../smtp/tls/tls_server.ts";

/** The use of a certificate. */
export interface Lease {
  /** What makes wires secure with it. */
  readonly server: TlsServer;
  /** Gives it back, once; nobody may ask the server for anything through this lease afterwards. */
  end(): void;
}

interface Kept {
  readonly opening: Promise<TlsServer>;
  leases: number;
}

/** Opens certificates, and knows who uses them. */
export class TlsServers {
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new Set<Promise<void>>();

  /**
   * Leases a certificate.
   *
   * @param key Says which one it is.
   * @param open Opens it, where nobody has leased it.
   * @throws What `open` throws; nothing is leased then.
   */
  async lease(key: string, open: () => Promise<TlsServer>): Promise<Lease> {
    const kept = this.#kept.get(key) ?? { opening: open(), leases: 0 };
    this.#kept.set(key, kept);
    kept.leases++;
    const end = () => {
      if (--kept.leases > 0) return;
      // Whoever wants it from now on opens it anew.
      this.#kept.delete(key);
      this.#close(kept);
    };
    try {
      return { server: await kept.opening, end };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Closes all, leased or not; leases may still be given back. Never rejects. */
  async close(): Promise<void> {
    for (const kept of this.#kept.values()) this.#close(kept);
    await Promise.all(this.#closing);
  }

  #close({ opening }: Kept): void {
    // One that could not be opened has told whoever wanted it.
    const closing = opening.then((server) => server.close(), () => {})
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
