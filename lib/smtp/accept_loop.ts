/**
 * Accepts the connections of one socket until it is closed, or handed over to a successor that is
 * bound beside it.
 *
 * Closing a socket resets what waits in its queue in the kernel, and the kernel goes on sending
 * connections to it until then. So for a successor's sake it is closed in the moment right after a
 * look that found the queue empty.
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

/** What to do with connections, and since when. */
export interface AcceptOptions {
  /** Serves a connection; returns at once. */
  readonly serve: (conn: Deno.TcpConn) => void;
  /** Until this resolves, connections wait in the kernel; absent: they do not. */
  readonly after?: Promise<unknown> | undefined;
  /** Where time comes from. */
  readonly clock: Clock;
}

/** Waits after failures to accept, in ms: doubled from the first to the last. */
const BACKOFF_MS = { first: 10, last: 1_000 } as const;

/**
 * How long a successor waits for a connection after which the queue can be looked at, in ms. With
 * none for so long, one in the microseconds of closing is unlikely enough.
 */
const QUIET_MS = 250;

/** Longest look at a queue that does not become empty, in ms. */
const LOOK_MS = 2_000;

/**
 * Turns of the microtask queue in which an accept is answered that found somebody. The runtime looks
 * into the kernel's queue as soon as it is asked, and takes a few turns to say so.
 */
const TURNS = 32;

const logger = log("smtp");

/** Accepts from one socket. */
export class AcceptLoop {
  readonly #listener: Deno.TcpListener;
  readonly #options: AcceptOptions;
  readonly #stop = new AbortController();
  readonly #leaving = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #handingOver = false;

  /** Starts accepting. */
  constructor(listener: Deno.TcpListener, options: AcceptOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#running = this.#run();
  }

  /** Closes the socket at once; resolves when nothing is accepted any more. Never rejects. */
  async close(): Promise<void> {
    this.#leaving.resolve();
    this.#shut();
    await this.#running;
  }

  /**
   * Takes everybody who has come already, then closes the socket; within about a quarter of a
   * second. Never rejects.
   */
  async handOver(): Promise<void> {
    this.#handingOver = true;
    this.#leaving.resolve();
    await pause(QUIET_MS, this.#options.clock, this.#stop.signal);
    await this.close();
  }

  #shut(): void {
    if (this.#stop.signal.aborted) return;
    this.#listener.close();
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { after, clock, serve } = this.#options;
    if (after) await Promise.race([after, this.#leaving.promise]).catch(() => null);
    let waitMs: number = BACKOFF_MS.first;
    while (!this.#stop.signal.aborted) {
      try {
        const conn = await this.#listener.accept();
        if (this.#handingOver) await this.#takeLast(conn);
        else serve(conn);
        waitMs = BACKOFF_MS.first;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        // Too many open files, a connection aborted in the queue: others must still be served.
        logger.error("cannot accept", { error: String(error), retryMs: waitMs });
        await pause(waitMs, clock, this.#stop.signal);
        waitMs = Math.min(2 * waitMs, BACKOFF_MS.last);
      }
    }
  }

  /** Having just accepted, the runtime does not wait for the kernel to tell of the next one. */
  async #takeLast(first: Deno.TcpConn): Promise<void> {
    const { serve, clock } = this.#options;
    const deadline = clock.now() + LOOK_MS;
    let held = first;
    for (;;) {
      const look = this.#look();
      for (let turn = 0; turn < TURNS && !look.found; turn++) await null;
      if (!look.found || clock.now() > deadline) this.#shut();
      serve(held);
      const next = look.found ?? await look.over;
      if (!next) return;
      held = next;
      if (this.#stop.signal.aborted) return serve(held);
    }
  }

  /** Whom an accept finds, once it has; it also ends when the socket is closed. */
  #look(): { found: Deno.TcpConn | null; readonly over: Promise<Deno.TcpConn | null> } {
    const over = this.#listener.accept().catch(() => null);
    const look = { found: null as Deno.TcpConn | null, over };
    over.then((conn) => look.found = conn);
    return look;
  }
}
