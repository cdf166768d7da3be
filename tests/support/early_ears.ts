/**
 * A listening socket that hands a connection over only once its peer has said something, so that
 * a test can have a peer that talks before it is greeted, however busy the machine is.
 *
 * @module
 */

import type { ListenAddress } from "../../lib/smtp/listener.ts";

/**
 * Binds such a socket, for the option `bind` of `listen()`.
 *
 * @param connections How many connections are to be like that; later ones are ordinary.
 */
export function bindForEarly(connections: number): (address: ListenAddress) => Deno.TcpListener {
  return (address) => {
    let left = connections;
    const listener = Deno.listen(address);
    const accept = listener.accept.bind(listener);
    listener.accept = async () => {
      const conn = await accept();
      if (left-- > 0) await hearFirst(conn);
      return conn;
    };
    return listener;
  };
}

/** Reads what comes first, and lets the next read have it at once. */
async function hearFirst(conn: Deno.TcpConn): Promise<void> {
  const read = conn.read.bind(conn);
  const first = new Uint8Array(1_000);
  const count = await read(first);
  conn.read = (buffer) => {
    conn.read = read;
    if (count !== null) buffer.set(first.subarray(0, count));
    return Promise.resolve(count);
  };
}
