/**
 * What the server of `tls_fault_server.ts` does with connections, and the octets of TLS that it
 * makes by hand.
 *
 * @module
 */

import { nullWhenLost } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";

/** Alert of level "fatal", protocol_version (RFC 8446 §6.2). */
export const PROTOCOL_VERSION = Uint8Array.from([0x15, 3, 1, 0, 2, 2, 70]);

/** Reads lines from a connection. */
export class Lines {
  #text = "";

  /** Takes over a connection. */
  constructor(readonly conn: Deno.Conn) {}

  /** The next line without CR LF; `null` at the end of the stream. */
  async next(): Promise<string | null> {
    const buffer = new Uint8Array(16_384);
    for (;;) {
      const end = this.#text.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      const count = await this.conn.read(buffer);
      if (count === null) return null;
      this.#text += latin1(buffer.subarray(0, count));
    }
  }

  /** Writes text, one octet a character. */
  write(text: string): Promise<void> {
    return writeAll(this.conn, octets(text));
  }
}

/** A ServerHello of TLS 1.0 with a cipher of its time. */
export function serverHello(): Uint8Array {
  const body = [3, 1, ...new Uint8Array(32).fill(7), 0, 0, 0x2f, 0];
  const { length } = body;
  return Uint8Array.from([0x16, 3, 1, 0, length + 4, 2, 0, 0, length, ...body]);
}

/** Passes octets on until either side ends. */
export async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let count; (count = await from.read(buffer).catch(() => null)) !== null;) {
    await writeAll(to, buffer.subarray(0, count));
  }
}

/** Writes all of it. */
export async function writeAll(conn: Deno.Conn, text: Uint8Array): Promise<void> {
  for (let sent = 0; sent < text.length;) sent += await conn.write(text.subarray(sent));
}

/** A client that hangs up is what most tests are about. */
export function ignoreLostPeer(error: unknown): void {
  const { UnexpectedEof, InvalidData } = Deno.errors;
  if (error instanceof UnexpectedEof || error instanceof InvalidData) return;
  nullWhenLost(error);
}
