/**
 * Somebody between a TLS client and a server, who carries their octets and can do what a client of
 * today does not do: break off, or say something of his own.
 *
 * @module
 */

import { closeQuietly } from "./lost_peer.ts";

/** Somebody in the middle. */
export interface Middle {
  /** Where the client goes on from. */
  readonly client: Deno.TcpConn;
  /**
   * Breaks off towards the server: with an end that nothing announces, or a reset.
   *
   * @param provoke Makes the server say something, which is then not read: that makes it a reset.
   */
  cut(how: "end" | "reset", provoke: () => Promise<unknown>): Promise<void>;
  /** Says something to the server. */
  inject(octets: Uint8Array): Promise<void>;
  /** Closes everything. */
  close(): void;
}

/** Stands before a connection to the server. */
export async function standBetween(server: Deno.TcpConn): Promise<Middle> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, near] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  listener.close();
  let carrying = true;
  const carry = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(16_384);
    try {
      while (carrying) {
        const count = await from.read(buffer);
        if (count === null) break;
        for (let sent = 0; sent < count;) sent += await to.write(buffer.subarray(sent, count));
      }
    } catch {
      // One of them is closed: so it is over.
    }
  };
  const ended = carry(near, server);
  void carry(server, near);
  return {
    client,
    cut: async (how, provoke) => {
      if (how === "end") return await server.closeWrite();
      carrying = false;
      await provoke(); // The read under way takes this; the next octets nobody reads.
      await provoke();
      server.close();
    },
    inject: async (octets) => {
      await server.write(octets);
    },
    close: () => {
      carrying = false;
      for (const conn of [near, server]) closeQuietly(conn);
      void ended;
    },
  };
}
