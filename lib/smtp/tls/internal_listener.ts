/**
 * The TLS of the runtime, which it has for sockets only that it listens on itself: a listener on the
 * loopback interface, to which nobody connects but this program. `bridge.ts` carries a peer's octets
 * there and back.
 *
 * INVARIANTS
 *
 * 1. A connection that is not ours is closed unread: its port is not one that we have connected from.
 *    (The runtime lets go of its socket only when its handshake has ended, one way or the other. Who
 *    can hold sockets open that way runs on this machine already.)
 * 2. Nothing that comes ends the loop that accepts, but `close`.
 *
 * @module
 */

import { reasonOf, RelayError } from "../../errors.ts";
import { log } from "../../log.ts";
import { type Clock, pause } from "../deadline.ts";
import { isGoneEarly } from "../gone_early.ts";

/** Both ends of a connection to ourselves. */
export interface InnerPair {
  /** The peer's place: what it sends goes in here, sealed, and what it gets comes out. */
  readonly outer: Deno.TcpConn;
  /** The server's place, in clear. */
  readonly inner: Deno.TlsConn;
}

/** A connection that may be ours: its other end has not said yet where it connects from. */
interface Unclaimed {
  readonly conn: Deno.TlsConn;
  /** Connections that were being made when it came. */
  readonly candidates: Set<AbortController>;
}

/** Waits after failures to accept, in ms: doubled from the first to the last. */
const BACKOFF_MS = { first: 10, last: 1_000 } as const;

/** Longest wait for a connection to ourselves, in ms. */
const CONNECT_MS = 10_000;

const LOOPBACK = "127.0.0.1";

const logger = log("tls");

/** Listens with one certificate. */
export class InternalListener {
  readonly #listener: Deno.TlsListener;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Connections that are being made. */
  readonly #dials = new Set<AbortController>();
  /** Accepted, by port. */
  readonly #unclaimed = new Map<number, Unclaimed>();
  /** Made and not accepted yet, by port. */
  readonly #awaited = new Map<number, (conn: Deno.TlsConn) => void>();
  #retired = false;
  #closed = false;

  /**
   * Starts listening.
   *
   * @param pem Certificate with its chain, and key.
   * @throws What `Deno.listenTls` throws, also when certificate and key are no pair.
   */
  constructor(pem: { readonly cert: string; readonly key: string }, clock: Clock) {
    this.#listener = Deno.listenTls({ hostname: LOOPBACK, port: 0, ...pem });
    this.#clock = clock;
    this.#running = this.#run();
  }

  /** Where it listens. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /**
   * Connects to itself.
   *
   * @throws {RelayError} `connect-failed` when that cannot be done; nothing stays open then.
   */
  async connect(): Promise<InnerPair> {
    const dial = new AbortController();
    const clear = this.#clock.set(() => dial.abort(new Error("it takes too long")), CONNECT_MS);
    this.#dials.add(dial);
    let outer: Deno.TcpConn | undefined;
    try {
      if (this.#closed) throw new Error("closed");
      outer = await Deno.connect({ hostname: LOOPBACK, port: this.port, signal: dial.signal });
      outer.setNoDelay(true);
      const inner = await this.#accepted((outer.localAddr as Deno.NetAddr).port, dial.signal);
      return { outer, inner };
    } catch (error) {
      outer?.close();
      const what = `Cannot connect to ${LOOPBACK}: ${reasonOf(error)}`;
      throw new RelayError("connect-failed", what, { cause: error });
    } finally {
      clear();
      this.#settle(dial);
    }
  }

  /** Stops listening as soon as no connection is being made; those there are go on. Never rejects. */
  async retire(): Promise<void> {
    this.#retired = true;
    if (this.#dials.size === 0) this.#end();
    await this.#running;
  }

  /** Stops listening at once; connections that there are go on. Never rejects. */
  async close(): Promise<void> {
    this.#end();
    await this.#running;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort();
    this.#listener.close();
    for (const dial of this.#dials) dial.abort(new Error("closed"));
    for (const { conn } of this.#unclaimed.values()) conn.close();
    this.#unclaimed.clear();
  }

  #settle(dial: AbortController): void {
    this.#dials.delete(dial);
    for (const [port, { conn, candidates }] of this.#unclaimed) {
      candidates.delete(dial);
      if (candidates.size > 0) continue;
      this.#unclaimed.delete(port);
      this.#refuse(conn);
    }
    if (this.#retired && this.#dials.size === 0) this.#end();
  }

  /** The accepted end of a connection that comes from a port; rejects when the signal is aborted. */
  #accepted(port: number, signal: AbortSignal): Promise<Deno.TlsConn> {
    const waiting = this.#unclaimed.get(port);
    this.#unclaimed.delete(port);
    if (waiting !== undefined) return Promise.resolve(waiting.conn);
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#awaited.delete(port);
        reject(signal.reason);
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp);
      this.#awaited.set(port, (conn) => {
        this.#awaited.delete(port);
        signal.removeEventListener("abort", giveUp);
        resolve(conn);
      });
    });
  }

  async #run(): Promise<void> {
    let waitMs: number = BACKOFF_MS.first;
    while (!this.#closed) {
      try {
        this.#sort(await this.#listener.accept());
        waitMs = BACKOFF_MS.first;
      } catch (error) {
        if (this.#closed) return;
        if (isGoneEarly(error)) continue;
        // Too many open files: others must still be served.
        logger.error("cannot accept", { error: reasonOf(error), retryMs: waitMs });
        await pause(waitMs, this.#clock, this.#stop.signal);
        waitMs = Math.min(2 * waitMs, BACKOFF_MS.last);
      }
    }
  }

  #sort(conn: Deno.TlsConn): void {
    const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
    const take = this.#awaited.get(port);
    if (this.#closed) conn.close();
    else if (hostname !== LOOPBACK) this.#refuse(conn);
    else if (take !== undefined) take(conn);
    else if (this.#dials.size === 0) this.#refuse(conn);
    else this.#unclaimed.set(port, { conn, candidates: new Set(this.#dials) });
  }

  #refuse(conn: Deno.TlsConn): void {
    const { hostname, port } = conn.remoteAddr as Deno.NetAddr;
    conn.close();
    logger.warning("another program connected to the inside of TLS and was turned away", {
      from: `${hostname}:${port}`,
    });
  }
}
