/**
 * The TCP connection under the client: reading and writing, each under a time limit, and a way
 * to cut it all at once.
 *
 * Invariants: once cut, every operation under way and every later one rejects with the reason of
 * the cut, and nothing stays open. Whatever rejects here is a `RelayError`, but for what TLS
 * says of its handshake. TLS replaces the connection inside and leaves the rest as it is.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import { type Clock, Deadline } from "../deadline.ts";

/** Where to connect, and for how long to try. */
export interface WireOptions {
  /** Name, IPv4 or IPv6 address (with or without brackets). */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** Longest time to look up the name and connect, in milliseconds. */
  readonly connectMs: number;
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/**
 * Connects.
 *
 * @throws {RelayError} `connect-failed`, `timeout` or `aborted`; nothing stays open then.
 */
export async function connectWire(options: WireOptions): Promise<ClientWire> {
  const { hostname, port, connectMs, signal, clock } = options;
  if (signal.aborted) throw aborted(signal);
  const deadline = new Deadline(clock);
  const giveUp = new AbortController();
  const onAbort = () => giveUp.abort(aborted(signal));
  signal.addEventListener("abort", onAbort);
  deadline.set(
    connectMs,
    () => giveUp.abort(new RelayError("timeout", `no connection within ${connectMs} ms`)),
  );
  try {
    const conn = await Deno.connect({ hostname, port, signal: giveUp.signal });
    return new ClientWire(withoutDelay(conn), deadline, isLoopback(conn.remoteAddr.hostname));
  } catch (error) {
    deadline.stop();
    throw error instanceof RelayError ? error : connectFailed(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Our writes are whole turns of the dialog: waiting to join them with the next only delays. */
function withoutDelay(conn: Deno.TcpConn): Deno.TcpConn {
  try {
    conn.setNoDelay(true);
    return conn;
  } catch (error) {
    conn.close(); // The server has reset it already.
    throw error;
  }
}

/** What the wire needs of a connection: TCP, or TLS over it. */
export type Stream = Pick<Deno.Conn, "read" | "write" | "close">;

/** A connection to a mail server. */
export class ClientWire {
  #conn: Stream;
  readonly #deadline: Deadline;
  #cut: RelayError | undefined;
  #failWrite: (reason: RelayError) => void = () => {};

  /**
   * Takes over an open connection.
   *
   * @param conn The connection.
   * @param deadline The deadline that it was opened under.
   * @param loopback Whether it stays within this machine.
   */
  constructor(conn: Stream, deadline: Deadline, readonly loopback = false) {
    this.#conn = conn;
    this.#deadline = deadline;
  }

  /** Why the connection was cut; absent while it is open. */
  get cutReason(): RelayError | undefined {
    return this.#cut;
  }

  /**
   * Whatever runs must be over in `limitMs`, or the connection is cut. `what` completes "no …".
   * Once cut, there is nothing to limit, and nobody who would stop the timer.
   */
  limit(limitMs: number, what: string): void {
    this.idle(limitMs, () => {
      this.cut(new RelayError("timeout", `no ${what} within ${limitMs} ms`));
    });
  }

  /** The connection may be silent for `idleMs`; then `ring` says what becomes of it, unless it is cut. */
  idle(idleMs: number, ring: () => void): void {
    if (this.#cut === undefined) this.#deadline.set(idleMs, ring);
  }

  /** Ends everything with the same reason. Only the first cut counts. */
  cut(reason: RelayError): void {
    if (this.#cut !== undefined) return;
    this.#cut = reason;
    this.#deadline.stop();
    try {
      this.#conn.close();
    } catch (error) {
      // A handshake that has failed closes what it was tried on.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    this.#failWrite(reason);
  }

  /**
   * Goes on with another stream over the one so far. Nothing else may be under way.
   *
   * @param begin Makes it; what it throws is passed on, unless the connection was cut meanwhile.
   */
  async upgrade<S extends Stream>(begin: (stream: Stream) => Promise<S>): Promise<S> {
    if (this.#cut !== undefined) throw this.#cut;
    let stream: S;
    try {
      stream = await begin(this.#conn);
    } catch (error) {
      throw this.#cut ?? error;
    }
    if (this.#cut !== undefined) {
      stream.close();
      throw this.#cut;
    }
    this.#conn = stream;
    return stream;
  }

  /** Reads up to `buffer.length` octets; `null` at the end of the stream. */
  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#cut !== undefined) throw this.#cut;
    try {
      return await this.#conn.read(buffer);
    } catch (error) {
      throw this.#cut ?? lost(error);
    }
  }

  /** Writes all of it. */
  async write(octets: Uint8Array): Promise<void> {
    for (let sent = 0; sent < octets.length;) {
      if (this.#cut !== undefined) throw this.#cut;
      try {
        sent += await this.#writeSome(octets.subarray(sent));
      } catch (error) {
        throw this.#cut ?? (error instanceof RelayError ? error : lost(error));
      }
    }
  }

  /** Ends a write that waits for the server to read, and leaves the connection open for reading. */
  stopWriting(reason: RelayError): void {
    this.#failWrite(reason);
  }

  /** Settled by a cut too: closing the connection does not end a write that waits, before Deno 2.9. */
  #writeSome(octets: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#failWrite = reject;
      this.#conn.write(octets).then(resolve, reject);
    });
  }
}

/** What an attempt says that its caller gave up. */
export function aborted(signal: AbortSignal): RelayError {
  const { reason } = signal;
  if (reason instanceof RelayError) {
    return new RelayError("aborted", reason.message, { cause: reason });
  }
  return new RelayError("aborted", "attempt cut off");
}

/** Whether an address, not a name, is of this machine only. */
function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\.|^::1$/i.test(address);
}

function connectFailed(error: unknown): RelayError {
  const text = error instanceof Error ? error.message : String(error);
  return new RelayError("connect-failed", withoutErrno(text), { cause: error });
}

function lost(error: unknown): RelayError {
  const text = error instanceof Error ? error.message : String(error);
  return new RelayError("peer-closed", `connection lost: ${withoutErrno(text)}`, { cause: error });
}

function withoutErrno(text: string): string {
  return text.replace(/ \(os error \d+\)$/, "");
}
