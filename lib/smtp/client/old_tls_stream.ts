/**
 * TLS on Deno before 2.9, where `node:tls` over a stream hangs the whole program at the server's
 * farewell. `Deno.startTls` can do less: authorities are trusted besides the system's, not instead
 * of them; it shows no certificate of ours; and it takes no certificate unseen.
 *
 * @module
 */

import type { Stream } from "./client_wire.ts";
import { HandshakeFailed } from "./tls_reason.ts";
import type { SecureStream, TlsWishes } from "./tls_stream.ts";

/** Whether the runtime is too old for `node:tls`. */
export const IS_OLD_RUNTIME: boolean = isOld(Deno.version.deno);

/** Whether a version is one before 2.9. */
export function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < 2 || (major === 2 && minor < 9);
}

/**
 * Begins TLS over a TCP connection, which belongs to it from then on.
 *
 * @throws {HandshakeFailed} The connection is closed then.
 */
export async function beginOldTls(below: Stream, wishes: TlsWishes): Promise<SecureStream> {
  const { verify, serverName: hostname, authorities = [], certificate } = wishes;
  let conn: Stream = below;
  try {
    if (!verify || certificate) {
      const what = certificate ? "a certificate of our own" : "TLS without verification";
      throw new Error(`${what} needs Deno 2.9 or later`);
    }
    const tls = await Deno.startTls(below as Deno.TcpConn, { hostname, caCerts: [...authorities] });
    conn = tls;
    // Who cuts the connection in the handshake still holds the one below, which is no more.
    below.close = () => tls.close();
    await tls.handshake();
    return Object.assign(tls, { certificate: undefined });
  } catch (error) {
    try {
      conn.close();
    } catch (closing) {
      // Closed before, by whoever cut the connection in the handshake.
      if (!(closing instanceof Deno.errors.BadResource)) throw closing;
    }
    throw new HandshakeFailed(error, undefined, undefined);
  }
}
