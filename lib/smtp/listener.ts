/**
 * Listens on one address: admits or turns away whoever connects, and serves each in a session of its
 * own. `bind.ts` opens the socket, `accept_loop.ts` accepts from it.
 *
 * @module
 */

import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import { AcceptLoop } from "./accept_loop.ts";
import { type Admission, allowOnly, type PeerFilter } from "./admission.ts";
import { type Bind, bindListener, type ListenAddress } from "./bind.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { type Clock, pause, SYSTEM_CLOCK } from "./deadline.ts";
import { asciiOctets, formatReply } from "./reply.ts";
import { plainWire, type Wire } from "./wire.ts";

export type { ListenAddress } from "./bind.ts";

/** Where to listen, for whom, and what to do with their mail. */
export interface ListenOptions extends ConnectionOptions {
  /** Name or address to bind, without brackets, and port; 0 takes a free one. */
  readonly address: ListenAddress;
  /** Networks whose peers may send mail; see {@link allowOnly}. */
  readonly allow: readonly string[];
  /** The count of connections that all listeners share. */
  readonly admission: Admission;
  /** Whether another process of ours listens there and is about to hand over; default: nobody. */
  readonly beside?: boolean | undefined;
  /** Binds the socket; `Deno.listen` unless a test says otherwise. */
  readonly bind?: Bind;
}

/** A listener at work. */
export interface SmtpListener {
  /** What is really bound: an address, and a port that is not 0. */
  readonly address: ListenAddress;
  /**
   * Stops accepting, for a successor that is bound beside: serves everybody who has come already and
   * refuses nobody. Sessions go on undisturbed. Never rejects; `close` is still to come.
   *
   * @returns Resolves when all sessions are gone; after `graceMs`, and a quarter of a second that
   * closing the socket may take, in any case.
   */
  handOver(graceMs: number): Promise<void>;
  /**
   * Stops accepting at once. Sessions between two commands get `421` and are closed; those with a
   * message under way get its reply first. What is left after `graceMs` is closed hard.
   *
   * @returns Resolves when all sessions are gone; about a second after `graceMs` at the latest.
   */
  close(graceMs: number): Promise<void>;
}

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
  const listener = bindListener(options);
  const { hostname, port } = listener.addr as Deno.NetAddr;
  const sessions: Sessions = new Map();
  const clock = options.clock ?? SYSTEM_CLOCK;
  const serve = (conn: Deno.TcpConn) => serveOne(plainWire(conn), { options, allowed, sessions });
  const accepting = new AcceptLoop(listener, { serve, clock });
  logger.debug("listening", { hostname, port });
  return {
    address: { hostname, port },
    handOver: async (graceMs) => {
      await accepting.handOver();
      await untilGone(sessions, graceMs, clock);
    },
    close: async (graceMs) => {
      await accepting.close();
      await endAll(sessions, graceMs, clock);
    },
  };
}

type Sessions = Map<Connection, Promise<void>>;

interface Serving {
  readonly options: ListenOptions;
  readonly allowed: PeerFilter;
  readonly sessions: Sessions;
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
  sessions: Sessions,
  graceMs: number,
  clock: Clock,
): Promise<void> {
  for (const connection of sessions.keys()) connection.shutDown();
  if (graceMs > 0) await untilGone(sessions, graceMs, clock);
  if (sessions.size > 0) logger.warning("sessions cut off", { count: sessions.size });
  for (const connection of sessions.keys()) connection.destroy();
  await untilGone(sessions, UNWIND_MS, clock);
}

async function untilGone(sessions: Sessions, limitMs: number, clock: Clock): Promise<void> {
  const gone = new AbortController();
  const ended = Promise.all(sessions.values()).finally(() => gone.abort());
  await Promise.race([ended, pause(limitMs, clock, gone.signal)]);
}
