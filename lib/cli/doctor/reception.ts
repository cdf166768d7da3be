/**
 * Where devices come to: one address, every peer welcome, each session watched on its own.
 *
 * @module
 */

import { type Accepted, AcceptLoop } from "../../smtp/accept_loop.ts";
import { bindListener, type ListenAddress } from "../../smtp/bind.ts";
import { Connection, type Welcome } from "../../smtp/connection.ts";
import { SYSTEM_CLOCK } from "../../smtp/deadline.ts";
import { plainWire } from "../../smtp/wire.ts";
import type { SessionRecord } from "./record.ts";
import { prepareVisit, type Show, type VisitOptions } from "./visit.ts";

/** What a reception needs. */
export interface ReceptionOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly address: ListenAddress;
  /** How devices are served. */
  readonly visit: VisitOptions;
  /** A device has connected; what comes of it is told to the result. */
  onOpen(peer: string): SessionTold;
}

/** Told of one session. */
export interface SessionTold {
  /** A line of its dialogue. */
  readonly show: Show;
  /** It is over. */
  over(record: SessionRecord): void;
}

/** A reception at work. */
export interface Reception {
  /** Where it listens: `0.0.0.0:2525`, `[::]:2525`. */
  readonly name: string;
  /** Stops listening and ends the sessions that are open, each with its verdict. Never rejects. */
  close(): Promise<void>;
}

/** Most sessions at once; a device has one, and who comes beside them is sent away. */
const MAX_SESSIONS = 10;

/** Longest wait for sessions to end by themselves, in ms; their last words need less. */
const GRACE_MS = 1_500;

/**
 * Opens it.
 *
 * @throws {RelayError} `listen-failed`, with what would help.
 */
export function openReception({ address, visit, onOpen }: ReceptionOptions): Reception {
  const listener = bindListener({ address });
  const { hostname, port } = listener.addr;
  const sessions = new Map<Connection, Promise<void>>();
  const serve = (conn: Accepted) => {
    const wire = plainWire(conn);
    if (sessions.size >= MAX_SESSIONS) return wire.close();
    const told = onOpen(wire.peer);
    const { options, record, end } = prepareVisit(wire.peer, visit, told.show);
    const connection = new Connection(wire, options, welcome(!visit.strict));
    const served = connection.serve().finally(() => {
      sessions.delete(connection);
      end();
      told.over(record);
    });
    sessions.set(connection, served);
  };
  const accepting = new AcceptLoop(listener, { serve, clock: SYSTEM_CLOCK });
  return {
    name: `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    close: async () => {
      await accepting.close();
      await endAll(sessions);
    },
  };
}

/** Everybody may send, with or without logging in. */
function welcome(lenient: boolean): Welcome {
  const treatment = {
    allowed: true,
    standing: { secure: false, mustAuthenticate: false, lenient, mayXclient: false },
  };
  return { ...treatment, listenFirst: true, treatmentOf: () => treatment };
}

async function endAll(sessions: ReadonlyMap<Connection, Promise<void>>): Promise<void> {
  for (const connection of sessions.keys()) connection.shutDown();
  const timer = setTimeout(() => {
    for (const connection of sessions.keys()) connection.destroy();
  }, GRACE_MS);
  await Promise.all(sessions.values());
  clearTimeout(timer);
}
