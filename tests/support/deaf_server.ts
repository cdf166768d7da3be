/**
 * A server that takes connections and requests, and never answers.
 *
 * @module
 */

import { closeQuietly, connectionsTo } from "./lost_peer.ts";

/** One at work. */
export interface DeafServer extends Disposable {
  /** Its loopback port. */
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
}

/** Opens one on a free port. */
export function openDeafServer(): DeafServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.Conn[] = [];
  (async () => {
    for await (const conn of connectionsTo(listener)) conns.push(conn);
  })();
  return {
    port: listener.addr.port,
    get connections() {
      return conns.length;
    },
    [Symbol.dispose]: () => {
      listener.close();
      for (const conn of conns) closeQuietly(conn);
    },
  };
}
