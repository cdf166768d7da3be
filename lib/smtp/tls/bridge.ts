/**
 * Carries octets between a peer's wire and the TLS of the runtime (`internal_listener.ts`).
 *
 * INVARIANTS
 *
 * 1. What one side does the other side sees: a half-close, an end, a reset.
 * 2. One buffer each way; nothing is read before what was read has been written.
 * 3. What was written before the end reaches the peer, if the peer takes it within a second.
 *
 * @module
 */

import type { Clock } from "../deadline.ts";
import type { Wire } from "../wire.ts";
import type { HeadStart } from "./head_start.ts";
import type { InnerPair } from "./internal_listener.ts";
import { TidalBuffer } from "./tidal_buffer.ts";

/** What a bridge is made of. */
export interface BridgeParts extends InnerPair {
  /** The peer's wire, from which nothing is being read. */
  readonly wire: Wire;
  /** What the peer has sent already. */
  readonly octets: Uint8Array;
  /** Follows the records that the peer sends. */
  readonly headStart: HeadStart;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** Longest time that the peer may take for its last octets, in ms. */
const LAST_MS = 1_000;

/** A bridge at work. */
export class Bridge {
  readonly #parts: BridgeParts;
  readonly #over: Promise<unknown>;
  /** The write towards TLS that is under way. */
  #sending: Promise<boolean> | undefined;
  /** When the kernel is made to acknowledge: see {@link HeadStart}. */
  #hurry: "never" | "first" | "always" = "never";
  #peerGone = false;
  /** Whether all that TLS said has been written. */
  #outEnded = false;
  #linger = true;
  #cut = false;

  /** Starts carrying; the wire and both connections are the bridge's from then on. */
  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#over = Promise.all([this.#carryIn(), this.#carryOut()]).then(() => this.cut());
  }

  /** Whether the peer has closed its side, or is gone. */
  get peerGone(): boolean {
    return this.#peerGone;
  }

  /**
   * Lets the server's small writes not wait for each other; not before the handshake is done.
   *
   * @param until `first`: until the peer says something; `always`: to the end.
   */
  hurry(until: "first" | "always"): void {
    if (this.#hurry !== "always") this.#hurry = until;
    this.#nudge();
  }

  /**
   * Closes the server's side, gives the peer a second to take what has been written, and closes
   * everything. Never rejects, and does not take longer than that second and another one.
   *
   * @param linger Whether to wait also until the peer has closed its side: octets that were not read
   * would make the kernel forget ours.
   */
  async close(linger: boolean): Promise<void> {
    const { inner, clock } = this.#parts;
    this.#linger = linger;
    closeConn(inner);
    if (this.#outEnded && !linger) this.cut();
    const late = Promise.withResolvers<void>();
    let clear = clock.set(() => {
      this.cut();
      // Before Deno 2.9 closing a connection does not end a write that waits.
      clear = clock.set(late.resolve, LAST_MS);
    }, LAST_MS);
    await Promise.race([this.#over, late.promise]);
    clear();
  }

  /** Closes everything at once. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    closeConn(this.#parts.outer);
    this.#parts.wire.close();
  }

  /** From the peer to TLS; what nobody takes any more is read all the same. */
  async #carryIn(): Promise<void> {
    const { wire, octets, outer } = this.#parts;
    let taken = await this.#send(octets);
    const buffer = new TidalBuffer();
    for (;;) {
      const count = await wire.read(buffer.octets);
      if (count === null) break;
      if (taken) taken = await this.#send(buffer.octets.subarray(0, count));
      buffer.fit(count);
    }
    buffer.release();
    this.#peerGone = true;
    // Fails when TLS is closed already: then it need not be told.
    if (taken) await outer.closeWrite().catch(() => {});
  }

  async #send(octets: Uint8Array): Promise<boolean> {
    while (this.#sending !== undefined) await this.#sending;
    const rest = this.#parts.headStart.pass(octets);
    if (rest === null) {
      // Fails when TLS is closed already: then its end is known.
      await this.#parts.outer.closeWrite().catch(() => {});
      return false;
    }
    if (this.#hurry === "first") this.#hurry = "never";
    return await this.#write(rest);
  }

  async #write(octets: Uint8Array): Promise<boolean> {
    this.#sending = writeAll(this.#parts.outer, octets);
    const taken = await this.#sending;
    this.#sending = undefined;
    return taken;
  }

  /** Makes the kernel acknowledge what has come from TLS. */
  #nudge(): void {
    if (this.#hurry === "never" || this.#sending !== undefined || this.#peerGone) return;
    const octet = this.#parts.headStart.next();
    if (octet !== null) void this.#write(octet);
  }

  /** From TLS to the peer. */
  async #carryOut(): Promise<void> {
    const { wire, outer } = this.#parts;
    const buffer = new TidalBuffer();
    for (;;) {
      // Reset: TLS was closed with octets unread. What it said before has come.
      const count = await outer.read(buffer.octets).catch(() => null);
      if (count === null) break;
      this.#nudge();
      if (!await wire.write(buffer.octets.subarray(0, count))) {
        this.cut();
        break;
      }
      buffer.fit(count);
    }
    buffer.release();
    this.#outEnded = true;
    if (!this.#linger) this.cut();
    else if (!this.#cut) await wire.closeWrite();
  }
}

async function writeAll(conn: Deno.Conn, octets: Uint8Array): Promise<boolean> {
  try {
    for (let sent = 0; sent < octets.length;) sent += await conn.write(octets.subarray(sent));
    return true;
  } catch {
    return false; // TLS is closed; whoever closed it knows.
  }
}

function closeConn(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed already.
  }
}
