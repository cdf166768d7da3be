/**
 * Over what a transcript is played: in clear, after STARTTLS, or over TLS from the first octet. The
 * transcript is the same: STARTTLS is said before it, and the greeting that it begins with is put
 * before what it hears.
 *
 * @module
 */

import { connectWithTls, shakeHands } from "./tls_client.ts";

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
  /** The certificate of an authority; PEM. */
  readonly ca: string;
}

/** What the listener of `test_listener.ts` has said before STARTTLS. */
const GREETING = "220 relay.test ESMTP\r\n";

/** Connects to a loopback port. */
export async function connectOver(
  transport: Transport,
  port: number,
  { ca }: Trust,
): Promise<Connected> {
  if (transport === "plain") {
    return { conn: await Deno.connect({ hostname: "127.0.0.1", port }), said: "" };
  }
  const conn = await connectWithTls({ port, ca, begin: transport });
  return { conn, said: transport === "starttls" ? GREETING : "" };
}

/** Puts TLS over a connection on which STARTTLS was answered with 220. */
export async function upgrade(conn: Deno.Conn, { ca }: Trust): Promise<Deno.TlsConn> {
  return await shakeHands(conn as Deno.TcpConn, { ca, name: "localhost" });
}
