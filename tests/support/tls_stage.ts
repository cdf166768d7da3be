/**
 * A TLS server on real sockets: each meeting is a client, and the wire to it that the server secures.
 *
 * @module
 */

import { startLog, stopLog } from "../../lib/log.ts";
import { openTlsServer, type TlsServerOptions } from "../../lib/smtp/tls/open_tls_server.ts";
import type { Handshake, TlsBegin, TlsServer } from "../../lib/smtp/tls/tls_server.ts";
import { plainWire, type Wire } from "../../lib/smtp/wire.ts";
import { type Authority, makeAuthority, writeCertificate } from "./certificates.ts";
import { closeQuietly } from "./lost_peer.ts";
import { latin1 } from "./octets.ts";
import { shakeHands } from "./tls_client.ts";
import { type Middle, standBetween } from "./tls_middle.ts";
import { within } from "./wait.ts";

/** A client and the wire to it, nothing said yet. */
export interface Meeting {
  /** The client's end. */
  readonly client: Deno.TcpConn;
  /** The server's end. */
  readonly wire: Wire;
}

/** Both ends with TLS between them. */
export interface SecureMeeting {
  /** The client's end. */
  readonly client: Deno.TlsConn;
  /** The server's end. */
  readonly wire: Wire;
  /** The wire below it. */
  readonly below: Wire;
}

/** A server, and who comes to it. */
export interface TlsStage extends AsyncDisposable {
  /** The server. */
  readonly server: TlsServer;
  /** Who has signed its certificate. */
  readonly authority: Authority;
  /** Where its certificate is. */
  readonly files: { readonly certificateFile: string; readonly keyFile: string };
  /** Its folder. */
  readonly folder: string;
  /** What it has written to the log. */
  readonly lines: string[];
  /** Lets a client connect. */
  meet(): Promise<Meeting>;
  /** Lets a client connect and do the handshake. */
  meetSecurely(begin?: TlsBegin): Promise<SecureMeeting>;
  /** Does so with somebody in the middle who can do what no client does. */
  meetThroughMiddle(): Promise<{ readonly wire: Wire } & Middle>;
}

/** Opens a stage; disposing of it closes whatever is open, so that what then leaks is the server's. */
export async function openTlsStage(options: Partial<TlsServerOptions> = {}): Promise<TlsStage> {
  const folder = await Deno.makeTempDir();
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  const authority = await makeAuthority();
  const files = await writeCertificate(folder, await authority.issue());
  const server = await openTlsServer({
    certificate: files,
    folder,
    hostname: "relay.test",
    ...options,
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: { close(): void }[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  // One after the other: each client must meet the wire that leads to it.
  const meet = () => {
    const meeting = turn.then(() => meetNext());
    turn = meeting;
    return meeting;
  };
  const meetNext = async () => {
    const { port } = listener.addr;
    const [client, conn] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    client.setNoDelay(true);
    const wire = plainWire(conn);
    open.push(client, wire);
    return { client, wire };
  };
  const meetSecurely = async (begin: TlsBegin = "implicit") => {
    const { client, wire: below } = await meet();
    const handshake = server.secure(below, begin);
    const secure = await shakeHands(client, { ca: authority.certificate, name: "localhost" });
    const wire = wireOf(await within(handshake, { what: "the server's handshake" }));
    open.push(secure, wire);
    return { client: secure, wire, below };
  };
  const meetThroughMiddle = async () => {
    const { client: far, wire: below } = await meet();
    const middle = await standBetween(far);
    const handshake = server.secure(below, "implicit");
    const client = await shakeHands(middle.client, {
      ca: authority.certificate,
      name: "localhost",
    });
    const wire = wireOf(await within(handshake, { what: "the server's handshake" }));
    open.push(client, wire, middle);
    return { ...middle, wire };
  };
  const end = async () => {
    for (const one of open) closeQuietly(one);
    listener.close();
    await within(server.close(), { what: "the server to end" });
    stopLog();
    await Deno.remove(folder, { recursive: true });
  };
  return {
    server,
    authority,
    files,
    folder,
    lines,
    meet,
    meetSecurely,
    meetThroughMiddle,
    [Symbol.asyncDispose]: end,
  };
}

/** The wire that a handshake led to; an error with the reason when it failed. */
export function wireOf(handshake: Handshake): Wire {
  if (handshake.kind === "failed") throw new Error(`The handshake failed: ${handshake.reason}`);
  return handshake.wire;
}

/** The reason why a handshake failed; an error when it did not. */
export async function failureOf(handshake: Promise<Handshake>): Promise<string> {
  const ended = await within(handshake, { what: "the end of the handshake" });
  if (ended.kind === "secure") throw new Error("The handshake did not fail");
  return ended.reason;
}

/** What somebody reads until the end, one character an octet; `(reset)` after it where it was one. */
export async function readAll(
  from: { read(buffer: Uint8Array): Promise<number | null> },
): Promise<string> {
  const buffer = new Uint8Array(65_536);
  const read = async () => {
    for (let text = "";;) {
      try {
        const count = await from.read(buffer);
        if (count === null) return text;
        text += latin1(buffer.subarray(0, count));
      } catch {
        return `${text}(reset)`;
      }
    }
  };
  return await within(read(), { what: "the end of the stream" });
}

/** Reads exactly so many octets, one character each. */
export async function readExactly(
  from: { read(buffer: Uint8Array): Promise<number | null> },
  count: number,
): Promise<string> {
  const buffer = new Uint8Array(count);
  const read = async () => {
    for (let used = 0; used < count;) {
      const more = await from.read(buffer.subarray(used));
      if (more === null) return latin1(buffer.subarray(0, used));
      used += more;
    }
    return latin1(buffer);
  };
  return await within(read(), { what: `${count} octets` });
}
