/**
 * Connecting to a mail server with TLS, as a client that checks certificates.
 *
 * @module
 */

import { closeQuietly } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";
import { within } from "./wait.ts";

/** How to connect. */
export interface TlsClientOptions {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Certificates of authorities that are trusted; PEM. */
  readonly ca: string;
  /** The name that the certificate must have; default `localhost`. */
  readonly name?: string;
  /** Whether TLS begins with the first octet, or after STARTTLS. */
  readonly begin: "implicit" | "starttls";
}

/**
 * Connects and does the handshake; with `starttls` the greeting, EHLO and STARTTLS have been said
 * before, with `implicit` the greeting is still to come.
 *
 * @throws {Error} When the server refuses STARTTLS, or the certificate is not trusted.
 */
export async function connectWithTls(options: TlsClientOptions): Promise<Deno.TlsConn> {
  const { port, ca, name = "localhost", begin } = options;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    conn.setNoDelay(true);
    if (begin === "starttls") await askForTls(conn);
    return await shakeHands(conn, { ca, name });
  } catch (error) {
    closeQuietly(conn);
    throw error;
  }
}

/** Does the handshake on a connection that is open. */
export async function shakeHands(
  conn: Deno.TcpConn,
  { ca, name }: { readonly ca: string; readonly name: string },
): Promise<Deno.TlsConn> {
  const secure = await Deno.startTls(conn, { hostname: name, caCerts: [ca] });
  try {
    await within(secure.handshake(), { what: "the handshake" });
    return secure;
  } catch (error) {
    secure.close();
    throw error;
  }
}

async function askForTls(conn: Deno.Conn): Promise<void> {
  for (const command of ["", "EHLO client.test\r\n", "STARTTLS\r\n"]) {
    await conn.write(octets(command));
    const reply = await within(readReply(conn), { what: "a reply" });
    if (!/^2/.test(reply)) throw new Error(`The answer to ${command.trim()} was ${reply}`);
  }
}

async function readReply(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4_096);
  for (let text = "";;) {
    const count = await conn.read(buffer);
    if (count === null) return `${text}(closed)`;
    text += latin1(buffer.subarray(0, count));
    if (/^\d{3} .*\r\n/m.test(text)) return text;
  }
}
