/**
 * What a session runs on. It knows no socket, so that TLS can be put under it (STARTTLS): the
 * driver would go on with another wire, over an emptied {@link Inbox}.
 *
 * A wire never rejects: a connection that fails is a peer that is gone, whatever the reason.
 *
 * @module
 */

import { log } from "../log.ts";

/** A two-way stream of octets to one peer. One read and one write may be under way at a time. */
export interface Wire {
  /**
   * The peer's address without port; an IPv4-mapped IPv6 address as IPv4. `unix` for a peer on a unix
   * socket, which has none.
   */
  readonly peer: string;
  /** Reads at least one and at most `buffer.length` octets; `null` when the peer is gone. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes all octets; `false` when the peer is gone. */
  write(octets: Uint8Array): Promise<boolean>;
  /**
   * From now on small writes go out at once, also while the one before is not acknowledged: else
   * they wait up to 40 ms (Nagle's algorithm and delayed acknowledgements, RFC 1122 §4.2.3).
   */
  hurry(): void;
  /** Tells the peer that nothing more will come; reading goes on. */
  closeWrite(): Promise<void>;
  /** Closes at once; a read or write under way ends as if the peer were gone. Idempotent. */
  close(): void;
}

const logger = log("smtp");

/** A wire in clear over a TCP connection or a unix socket. */
export function plainWire(conn: Deno.TcpConn | Deno.UnixConn): Wire {
  const { remoteAddr } = conn;
  const peer = remoteAddr.transport === "tcp" ? peerAddress(remoteAddr) : "unix";
  let hurried = false;
  const gone = (error: unknown) => {
    logger.debug("connection lost", { peer, error: String(error) });
    return null;
  };
  return {
    peer,
    read: (buffer) => conn.read(buffer).catch(gone),
    write: (octets) => writeAll(conn, octets).catch((error) => gone(error) ?? false),
    hurry: () => {
      // A unix socket has no algorithm to switch off.
      if (hurried || !("setNoDelay" in conn)) return;
      hurried = true;
      try {
        conn.setNoDelay(true);
      } catch (error) {
        gone(error);
      }
    },
    closeWrite: async () => {
      await conn.closeWrite().catch(gone);
    },
    close: () => closeOnce(conn),
  };
}

async function writeAll(conn: Deno.Conn, octets: Uint8Array): Promise<true> {
  for (let sent = 0; sent < octets.length;) sent += await conn.write(octets.subarray(sent));
  return true;
}

function closeOnce(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // Closed already.
  }
}

/** The address that limits, `allow` and traces go by. */
export function peerAddress({ hostname }: Deno.NetAddr): string {
  return hostname.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
