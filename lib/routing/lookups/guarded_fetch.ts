/**
 * A `fetch` that talks only to addresses that it has checked.
 *
 * The runtime's own resolves the name by itself and does not say where it went, so that a check
 * beforehand could be led astray by a name that resolves differently a moment later (DNS
 * rebinding). Here the address of the connection itself is checked, before the first octet is sent:
 * what was checked is what is asked. The same permission is needed, for the host by its name.
 *
 * One request a connection, without a body, no compression, no proxy. TLS as the runtime has it:
 * the certificate must be for the name in the URL.
 *
 * @module
 */

import { Handshakes } from "./handshakes.ts";
import type { Fetch } from "./http.ts";
import { readAnswer } from "./http1_answer.ts";
import { unlessAborted } from "./limits.ts";
import type { AddressCheck } from "./network.ts";

/** A connection, and whom it leads to. */
export type Connection = Pick<Deno.TcpConn, "read" | "write" | "close" | "remoteAddr"> & {
  /** Asks the kernel to find out when the peer is gone; a connection with TLS has it from below. */
  setKeepAlive?(keepAlive?: boolean): void;
};

/** A connection with TLS over it. */
export type SecureConnection = Connection & {
  /** Settles when the peer has shown who it is. */
  handshake(): Promise<unknown>;
};

/** Opens connections; tests give their own. */
export interface Dialer {
  /** Connects to a name or address. */
  connect(target: Deno.ConnectOptions): Promise<Connection>;
  /** Puts TLS over a connection; `handshake` checks the name. */
  startTls(conn: Connection, hostname: string): Promise<SecureConnection>;
}

/**
 * The runtime's own.
 *
 * @param caCerts Authorities (PEM) to trust besides those that the runtime trusts.
 */
export function systemDialer(caCerts: readonly string[] = []): Dialer {
  return {
    connect: (target) => Deno.connect(target),
    startTls: (conn, hostname) =>
      Deno.startTls(conn as Deno.TcpConn, { hostname, caCerts: [...caCerts] }),
  };
}

/**
 * Makes it. What it returns rejects as `fetch` does; the words hold nothing of URL and header fields.
 *
 * @param check Which addresses may be talked to.
 * @param dialer How to connect.
 */
export function guardedFetch(check: AddressCheck, dialer: Dialer = systemDialer()): Fetch {
  const handshakes = new Handshakes();
  return (url, init) => {
    const signal = init.signal ?? new AbortController().signal;
    const open = new Set<Connection>();
    const close = () => {
      signal.removeEventListener("abort", close);
      open.forEach(closeQuietly);
    };
    signal.addEventListener("abort", close);
    const asking = ask(url, init, { check, dialer, handshakes, signal, open }, close).catch(
      (error) => {
        close();
        throw error;
      },
    );
    return unlessAborted(asking, signal);
  };
}

/** How to try a connection. */
export interface Trial {
  /** Which addresses may be talked to. */
  readonly check: AddressCheck;
  /** How to connect. */
  readonly dialer: Dialer;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Connects as a request to a URL would, with TLS where it says so, asks nothing and goes away.
 *
 * @throws As the fetch above rejects.
 */
export async function tryConnection(url: string, trial: Trial): Promise<void> {
  const open = new Set<Connection>();
  const way = { ...trial, handshakes: new Handshakes(), open };
  const connecting = connect(new URL(url), way).finally(() => open.forEach(closeQuietly));
  await unlessAborted(connecting, trial.signal);
}

async function ask(
  url: string,
  init: RequestInit,
  way: Way,
  close: () => void,
): Promise<Response> {
  const target = new URL(url);
  const request = requestOf(target, new Headers(init.headers));
  const conn = await connect(target, way);
  for (let sent = 0; sent < request.length;) sent += await conn.write(request.subarray(sent));
  return await readAnswer(conn, { close, signal: way.signal });
}

interface Way extends Trial {
  readonly handshakes: Handshakes;
  /** What is to be closed should the signal be aborted. */
  readonly open: Set<Connection>;
}

async function connect(
  { protocol, hostname: host, port }: URL,
  { check, dialer, handshakes, signal, open }: Way,
): Promise<Connection> {
  const keep = (conn: Connection) => {
    open.add(conn);
    signal.throwIfAborted(); // Too late for `close` to have seen it: the caller closes it now.
  };
  const hostname = host.replace(/^\[|\]$/g, "");
  const secure = protocol === "https:";
  if (secure) handshakes.demandRoom();
  // An address needs no connection to be checked.
  if (/^[\d.]+$|:/.test(hostname)) demand(check(hostname));
  const plain = await dialer.connect({
    hostname,
    port: Number(port || (secure ? 443 : 80)),
    signal,
  });
  keep(plain);
  const { remoteAddr } = plain;
  demand(check(remoteAddr.transport === "tcp" ? remoteAddr.hostname : ""), hostname);
  if (!secure) return plain;
  plain.setKeepAlive?.(true);
  const tls = await dialer.startTls(plain, hostname);
  open.delete(plain);
  await handshakes.finish(tls, signal);
  keep(tls);
  return tls;
}

function demand(problem: string | undefined, name = ""): void {
  if (problem === undefined) return;
  throw new Error(name === "" || problem.startsWith(name) ? problem : `${name}: ${problem}`);
}

/** The whole request (RFC 9112 §3); `Headers` has refused whatever could end a line. */
function requestOf({ pathname, search, host }: URL, headers: Headers): Uint8Array {
  headers.set("host", host);
  headers.set("connection", "close");
  headers.set("accept-encoding", "identity");
  headers.delete("content-length");
  headers.delete("transfer-encoding");
  const lines = [`GET ${pathname}${search} HTTP/1.1`];
  headers.forEach((value, name) => lines.push(`${name}: ${value}`));
  const text = `${lines.join("\r\n")}\r\n\r\n`;
  // A `Headers` holds octets as Latin-1.
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** TLS takes over what it is put over, and closes it. */
function closeQuietly(conn: Connection): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
