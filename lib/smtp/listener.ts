/**
 * Listens on one address: accepts connections, admits or turns away their peers, and serves each
 * in a session of its own.
 *
 * INVARIANT: nothing that a peer or the kernel does ends the loop that accepts; only `close`.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import { type Admission, allowOnly, type PeerFilter } from "./admission.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { type Clock, SYSTEM_CLOCK } from "./deadline.ts";
import { asciiOctets, formatReply } from "./reply.ts";
import { plainWire, type Wire } from "./wire.ts";

/** Where to listen, for whom, and what to do with their mail. */
export interface ListenOptions extends ConnectionOptions {
  /** Name or address to bind, without brackets, and port; 0 takes a free one. */
  readonly address: ListenAddress;
  /** Networks whose peers may send mail; see {@link allowOnly}. */
  readonly allow: readonly string[];
  /** The count of connections that all listeners share. */
  readonly admission: Admission;
  /** Binds the socket; `Deno.listen` unless a test says otherwise. */
  readonly bind?: (address: ListenAddress) => Deno.TcpListener;
}

/** An address to listen on. */
export interface ListenAddress {
  /** Name or address: `127.0.0.1`, `::1`, `localhost`, `0.0.0.0`. */
  readonly hostname: string;
  /** Port, 0 to 65535. */
  readonly port: number;
}

/** A listener at work. */
export interface SmtpListener {
  /** What is really bound: an address, and a port that is not 0. */
  readonly address: ListenAddress;
  /**
   * Stops accepting at once. Sessions between two commands get `421` and are closed; those with a
   * message under way get its reply first. What is left after `graceMs` is closed hard.
   *
   * @returns Resolves when all sessions are gone; about a second after `graceMs` at the latest.
   */
  close(graceMs: number): Promise<void>;
}

/** Waits after failures to accept, in ms: doubled from the first to the last. */
const BACKOFF_MS = { first: 10, last: 1_000 } as const;

/**
 * Open connections up to which there is time to see whether a peer waits for its greeting. With
 * more, that millisecond would cost throughput, and other protocols still show in line 1.
 */
const FEW_CONNECTIONS = 4;

/** Longest wait for sessions whose connection has been closed hard, in ms. */
const UNWIND_MS = 1_000;

const logger = log("smtp");

/**
 * Binds an address and serves whoever connects.
 *
 * @throws {RelayError} `listen-failed` when the address cannot be bound, with what would help;
 * `config-invalid` for a bad network in `allow`.
 */
export function listen(options: ListenOptions): SmtpListener {
  const allowed = allowOnly(options.allow);
  const listener = bind(options);
  const { hostname, port } = listener.addr as Deno.NetAddr;
  const sessions = new Map<Connection, Promise<void>>();
  const clock = options.clock ?? SYSTEM_CLOCK;
  const stop = new AbortController();
  const serve = (conn: Deno.TcpConn) => serveOne(plainWire(conn), { options, allowed, sessions });
  const accepting = acceptAll(listener, { serve, clock, signal: stop.signal });
  logger.debug("listening", { hostname, port });
  return {
    address: { hostname, port },
    close: async (graceMs) => {
      stop.abort();
      listener.close();
      await accepting;
      await endAll(sessions, graceMs, clock);
    },
  };
}

function bind({ address, bind = Deno.listen }: ListenOptions): Deno.TcpListener {
  try {
    return bind(address);
  } catch (error) {
    const where = `${address.hostname} port ${address.port}`;
    throw new RelayError("listen-failed", `Cannot listen on ${where}: ${remedy(error)}`, {
      cause: error,
    });
  }
}

function remedy(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "another program listens there; stop it (ss -ltnp shows it) or take another port";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "ports below 1024 need root or CAP_NET_BIND_SERVICE; grant that or take a higher port";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this host has no such address; ip addr lists those it has, 0.0.0.0 and :: mean all";
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}; name an address of this host, such as 127.0.0.1`;
}

interface Accepting {
  readonly serve: (conn: Deno.TcpConn) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function acceptAll(
  listener: Deno.TcpListener,
  { serve, clock, signal }: Accepting,
): Promise<void> {
  let waitMs: number = BACKOFF_MS.first;
  while (!signal.aborted) {
    try {
      serve(await listener.accept());
      waitMs = BACKOFF_MS.first;
    } catch (error) {
      if (signal.aborted) return;
      // Too many open files, a connection aborted in the queue: others must still be served.
      logger.error("cannot accept", { error: String(error), retryMs: waitMs });
      await pause(waitMs, clock, signal);
      waitMs = Math.min(2 * waitMs, BACKOFF_MS.last);
    }
  }
}

interface Serving {
  readonly options: ListenOptions;
  readonly allowed: PeerFilter;
  readonly sessions: Map<Connection, Promise<void>>;
}

function serveOne(wire: Wire, { options, allowed, sessions }: Serving): void {
  const { peer } = wire;
  const refusal = options.admission.admit(peer);
  if (refusal) return void turnAway(wire, refusal);
  const welcome = {
    allowed: allowed(peer),
    listenFirst: options.admission.open <= FEW_CONNECTIONS,
  };
  if (!welcome.allowed) logger.warning("session refused", { peer, reason: "not in allow" });
  const connection = new Connection(wire, options);
  const served = connection.serve(welcome).finally(() => {
    sessions.delete(connection);
    options.admission.release(peer);
  });
  sessions.set(connection, served);
}

/** A fresh connection has room for one line: this cannot wait for the peer. */
async function turnAway(wire: Wire, reply: Reply): Promise<void> {
  logger.warning("session refused", { peer: wire.peer, reason: reply.lines[0] });
  await wire.write(asciiOctets(formatReply(reply)));
  wire.close();
}

async function endAll(
  sessions: Map<Connection, Promise<void>>,
  graceMs: number,
  clock: Clock,
): Promise<void> {
  const gone = new AbortController();
  const ended = Promise.all(sessions.values()).finally(() => gone.abort());
  for (const connection of sessions.keys()) connection.shutDown();
  if (graceMs > 0) await Promise.race([ended, pause(graceMs, clock, gone.signal)]);
  if (sessions.size > 0) logger.warning("sessions cut off", { count: sessions.size });
  for (const connection of sessions.keys()) connection.destroy();
  await Promise.race([ended, pause(UNWIND_MS, clock, gone.signal)]);
}

/** Resolves after `delayMs`, or at once when the signal is aborted; leaves no timer behind. */
function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const clear = clock.set(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clear();
      resolve();
    }, { once: true });
  });
}
