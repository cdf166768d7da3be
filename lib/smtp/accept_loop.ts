/**
 * Accepts the connections of one socket until it is closed, or handed over to a successor that is
 * bound beside it.
 *
 * Closing a socket resets what waits in its queue in the kernel, and the kernel goes on sending
 * connections to it until then. Connections come in clusters, so the moment to close it for a
 * successor's sake is a lull: what may still be lost is one that comes in the few dozen microseconds
 * between the last look of the runtime and the end of the socket.
 *
 * A unix socket is simpler: from the moment the path leads to the successor the kernel sends us
 * nobody any more, and a lull means that all have been served who had come.
 *
 * INVARIANTS
 *
 * 1. Nothing that a peer or the kernel does ends the loop; only `close` and `handOver`.
 * 2. Every connection that was accepted is served.
 *
 * @module
 */

import { log } from "../log.ts";
import { type Clock, pause } from "./deadline.ts";
import { isGoneEarly } from "./gone_early.ts";

/** A connection to be served. */
export type Accepted = Deno.TcpConn | Deno.UnixConn;

/** What is accepted from: a bound socket. */
export type Acceptor = Pick<Deno.Listener<Accepted, Deno.Addr>, "accept" | "addr" | "close">;

/** What to do with connections. */
export interface AcceptOptions {
  /** Serves a connection; returns at once. */
  readonly serve: (conn: Accepted) => void;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** Waits after failures to accept, in ms: doubled from the first to the last. */
const BACKOFF_MS = { first: 10, last: 1_000 } as const;

/** A lull is so many looks in a row, so far apart in ms, at which nobody had come; and its limit. */
const LULL = { looks: 5, everyMs: 2, longestMs: 2_000 } as const;

/** Most connections to ourselves; with two processes, each comes to us with a chance of a half. */
const KNOCKS = 10;

/** Longest wait for the answer to one, in ms. */
const KNOCK_MS = 500;

/** How often the end is rehearsed, on a socket that nobody else knows. */
const REHEARSALS = 3;

/** Turns of the microtask queue in which an accept answers that has found somebody: 3, with a margin. */
const TURNS = 8;

const logger = log("smtp");

/** Accepts from one socket. */
export class AcceptLoop {
  readonly #listener: Acceptor;
  readonly #options: AcceptOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #accepted = 0;
  #handingOver = false;
  #closed = false;

  /** Starts accepting. */
  constructor(listener: Acceptor, options: AcceptOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#running = this.#run();
  }

  /** Closes the socket at once; resolves when nothing is accepted any more. Never rejects. */
  async close(): Promise<void> {
    if (!this.#closed) this.#listener.close();
    this.#closed = true;
    this.#stop.abort();
    await this.#running;
  }

  /** Goes on accepting until there is a lull, at most 2 s, then closes the socket. Never rejects. */
  async handOver(): Promise<void> {
    const { addr } = this.#listener;
    if (addr.transport === "tcp") return await this.#handOverPort(addr);
    await this.#lull();
    await this.close();
  }

  async #handOverPort(address: Deno.NetAddr): Promise<void> {
    for (let times = 0; times < REHEARSALS; times++) {
      await AcceptLoop.#rehearse(this.#options.clock);
    }
    await this.#lull();
    await this.#leave(address);
  }

  /** What runs for the first time takes five times as long. */
  static async #rehearse(clock: Clock): Promise<void> {
    try {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      await new AcceptLoop(listener, { serve: (conn) => conn.close(), clock })
        .#leave(listener.addr);
    } catch (error) {
      logger.debug("cannot rehearse the end", { error: String(error) });
    }
  }

  async #leave(address: Deno.NetAddr): Promise<void> {
    this.#handingOver = true;
    for (let knocks = 0; knocks < KNOCKS && !this.#closed; knocks++) await this.#knock(address);
    await this.close();
  }

  async #lull(): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + LULL.longestMs;
    for (let quiet = 0; quiet < LULL.looks && !this.#closed && clock.now() < deadline;) {
      const before = this.#accepted;
      await pause(LULL.everyMs, clock, this.#stop.signal);
      quiet = this.#accepted === before ? quiet + 1 : 0;
    }
  }

  /** A connection of our own, which the kernel gives to us or to the successor. */
  async #knock({ hostname, port }: Deno.NetAddr): Promise<void> {
    try {
      using conn = await Deno.connect({ hostname, port });
      // Where TLS or a PROXY header comes first, nobody would greet us: they must see that none will.
      await conn.closeWrite();
      await this.#answered(conn);
    } catch (error) {
      logger.debug("cannot connect to ourselves", { error: String(error) });
    }
  }

  /** Waits until the other end says something or closes, or has taken too long. */
  async #answered(conn: Deno.TcpConn): Promise<void> {
    const over = new AbortController();
    // A reset is an end, too.
    const answer = conn.read(new Uint8Array(1)).catch(() => null).finally(() => over.abort());
    await Promise.race([answer, pause(KNOCK_MS, this.#options.clock, over.signal)]);
    over.abort();
  }

  async #run(): Promise<void> {
    const { clock, serve } = this.#options;
    const { signal } = this.#stop;
    let waitMs: number = BACKOFF_MS.first;
    while (!this.#closed) {
      try {
        const conn = await this.#listener.accept();
        this.#accepted++;
        if (this.#handingOver) await this.#takeLast(conn);
        else serve(conn);
        waitMs = BACKOFF_MS.first;
      } catch (error) {
        if (this.#closed) return;
        if (isGoneEarly(error)) {
          logger.debug("connection lost", { error: String(error) });
          continue;
        }
        // Too many open files: others must still be served.
        logger.error("cannot accept", { error: String(error), retryMs: waitMs });
        await pause(waitMs, clock, signal);
        waitMs = Math.min(2 * waitMs, BACKOFF_MS.last);
      }
    }
  }

  /**
   * Having just accepted, the runtime looks for the next one without waiting for the kernel to tell.
   * Between a look in vain and the return to the runtime, which then closes the socket, every
   * microsecond counts: serving and all else comes later.
   */
  async #takeLast(first: Accepted): Promise<void> {
    const { serve } = this.#options;
    for (let held = first; !this.#closed;) {
      const look = this.#look();
      for (let turn = 0; turn < TURNS && !look.found; turn++) await null;
      if (!look.found) {
        this.#closed = true;
        this.#listener.close();
      }
      const next = await look.over;
      serve(held);
      if (!next) return;
      if (this.#closed) serve(next);
      held = next;
    }
  }

  /** Whom an accept finds, once it has; it also ends when the socket is closed. */
  #look(): { found: Accepted | null; readonly over: Promise<Accepted | null> } {
    // Closing the socket ends the accept with an error: nobody came, and that is the answer.
    const over = this.#listener.accept().catch(() => null);
    const look = { found: null as Accepted | null, over };
    over.then((conn) => look.found = conn);
    return look;
  }
}
