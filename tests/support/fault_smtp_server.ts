/**
 * A mail server on a loopback port of its own that does what a test tells it, as wrong as need
 * be, and remembers what it saw.
 *
 * @module
 */

import {
  type FaultOptions,
  FaultSession,
  OVER,
  type Seen,
  type SeenMail,
} from "./fault_session.ts";
import { closeQuietly, connectionsTo, nullWhenLost } from "./lost_peer.ts";

export type { FaultOptions, Moment } from "./fault_session.ts";

/** A running server. */
export interface FaultServer extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Mails that it has accepted, in order. */
  readonly mails: readonly SeenMail[];
  /** Every command line of every connection. */
  readonly commands: readonly string[];
  /** How the commands came: what each read gave, outside messages. */
  readonly packets: readonly string[];
  /** How many connections there have been. */
  readonly connections: number;
  /** How many are open. */
  readonly open: number;
  /** Closes all connections, as a restart would. */
  hangUp(): void;
}

/** Starts a server; dispose of it to close everything. */
export function startFaultServer(options: FaultOptions = {}): FaultServer {
  const hostname = options.hostname ?? "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0 });
  const seen = { mails: [], commands: [], packets: [] } as Seen;
  const conns = new Set<Deno.Conn>();
  const sessions: Promise<void>[] = [];
  let connections = 0;
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(ignoreLostPeer);
  const accepting = (async () => {
    for await (const conn of connectionsTo(listener)) {
      conns.add(conn);
      const session = new FaultSession(conn, ++connections, { ...options, seen, stopped });
      sessions.push(
        session.serve().catch(ignoreLostPeer).finally(() => {
          conns.delete(conn);
          closeQuietly(conn);
        }),
      );
    }
  })();
  const hangUp = () => conns.forEach(closeQuietly);
  return {
    ...seen,
    port: (listener.addr as Deno.NetAddr).port,
    get connections() {
      return connections;
    },
    get open() {
      return conns.size;
    },
    hangUp,
    async [Symbol.asyncDispose]() {
      listener.close();
      stop(OVER);
      hangUp();
      await accepting;
      await Promise.all(sessions);
    },
  };
}

function ignoreLostPeer(error: unknown): void {
  if (error !== OVER) nullWhenLost(error);
}
