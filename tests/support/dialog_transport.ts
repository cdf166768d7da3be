/**
 * Over what a transcript is played: in clear, after STARTTLS, or over TLS from the first octet. The
 * transcript is the same: STARTTLS is said before it, and the greeting that it begins with is kept
 * for it.
 *
 * @module
 */

import { latin1, octets } from "./octets.ts";
import { within } from "./wait.ts";

/** The transports. */
export const TRANSPORTS = ["plain", "starttls", "implicit"] as const;

/** One of them. */
export type Transport = (typeof TRANSPORTS)[number];

/** A connection on which a transcript may begin. */
export interface Connected {
  /** The connection. */
  readonly conn: Deno.Conn;
  /** What the server has said that the transcript is to hear. */
  readonly said: string;
}

/** Whom a client believes. */
export interface Trust {
  /** Certificates of authorities; PEM. */
  readonly caCerts: string[];
}

/** Connects to a loopback port. */
export async function connectOver(
  transport: Transport,
  port: number,
  trust: Trust,
): Promise<Connected> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  if (transport === "plain") return { conn, said: "" };
  if (transport === "implicit") return { conn: await upgrade(conn, trust), said: "" };
  const said = await replyOn(conn);
  await say(conn, "EHLO before.test");
  await say(conn, "STARTTLS");
  return { conn: await upgrade(conn, trust), said };
}

/** Puts TLS over a connection whose server waits for it. */
export async function upgrade(conn: Deno.Conn, trust: Trust): Promise<Deno.TlsConn> {
  const secure = await Deno.startTls(conn as Deno.TcpConn, { hostname: "localhost", ...trust });
  await secure.handshake();
  return secure;
}

async function say(conn: Deno.Conn, command: string): Promise<void> {
  await conn.write(octets(`${command}\r\n`));
  await replyOn(conn);
}

async function replyOn(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4_096);
  for (let reply = "";;) {
    const count = await within(conn.read(buffer), { what: "a reply before TLS" });
    if (count === null) throw new Error(`no TLS: the server closed after ${JSON.stringify(reply)}`);
    reply += latin1(buffer.subarray(0, count));
    if (/^2\d\d [^\n]*\n$/m.test(reply)) return reply;
    if (/^[45]\d\d [^\n]*\n$/m.test(reply)) throw new Error(`no TLS: ${reply}`);
  }
}
