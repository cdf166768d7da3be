/**
 * A mail server with TLS on a loopback port of its own, as wicked as a test wants it to be. It
 * remembers every octet that came in clear, and every command that came under TLS.
 *
 * What comes under TLS goes through a listener of the runtime's own, on loopback: it cannot do the
 * server's side of STARTTLS over an open connection.
 *
 * @module
 */

import type { Certificate } from "./certificates.ts";
import { closeQuietly, connectionsTo } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";
import {
  ignoreLostPeer,
  Lines,
  PROTOCOL_VERSION,
  pump,
  serverHello,
  writeAll,
} from "./tls_fault_wire.ts";

/** How the TLS begins, or fails to. */
export type Handshake =
  | "good"
  | "alert-protocol-version"
  | "server-hello-1.0"
  | "close"
  | "hang"
  | "clear";

/** What the server is to be like. */
export interface TlsFaults {
  /** Its certificate; without one there is no TLS but what `handshake` fakes. */
  readonly certificate?: Certificate;
  /** Whether TLS begins with the first octet. */
  readonly implicit?: boolean;
  /** What follows the client's hello; default `good`. */
  readonly handshake?: Handshake;
  /** EHLO keywords in clear; default STARTTLS. */
  readonly inClear?: readonly string[];
  /** EHLO keywords under TLS; default `AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER`. */
  readonly underTls?: readonly string[];
  /** The reply to STARTTLS with what is injected after it; default `220 Go ahead` and CR LF. */
  readonly startTls?: string;
  /** Whether what follows the first line of `startTls` comes when the client's hello has come. */
  readonly injectLater?: boolean;
  /** Reacts to a command line; `undefined`: as a healthy server; `DROP`: closes. */
  readonly react?: (line: string, seen: SeenInTls) => string | undefined;
}

/** What came, and where. */
export interface SeenInTls {
  /** All octets in clear of every connection, one character an octet; TLS records excepted. */
  clear: string;
  /** Every line under TLS, messages included. */
  readonly lines: string[];
}

/** A running server. */
export interface TlsFaultServer extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What came. */
  readonly seen: SeenInTls;
  /** How many connections there have been. */
  readonly connections: number;
}

const MECHANISMS = "AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER";

/** Starts a server; dispose of it to close everything. */
export function startTlsFaultServer(faults: TlsFaults): TlsFaultServer {
  const server = new Server(faults);
  return {
    port: server.port,
    seen: server.seen,
    get connections() {
      return server.connections;
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

class Server {
  readonly seen: SeenInTls = { clear: "", lines: [] };
  readonly port: number;
  connections = 0;
  readonly #faults: TlsFaults;
  readonly #front = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #back: Deno.TlsListener | undefined;
  readonly #conns = new Set<Deno.Conn>();
  readonly #work = new Set<Promise<void>>();

  constructor(faults: TlsFaults) {
    this.#faults = faults;
    this.port = this.#front.addr.port;
    const { certificate } = faults;
    if (certificate) {
      const { certificate: cert, key } = certificate;
      this.#back = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
      this.#accept(this.#back, (conn) => this.#serve(new Lines(conn), true));
    }
    this.#accept(this.#front, (conn) => {
      this.connections++;
      return faults.implicit ? this.#shakeHands(conn) : this.#serve(new Lines(conn), false);
    });
  }

  async stop(): Promise<void> {
    this.#front.close();
    this.#back?.close();
    this.#conns.forEach(closeQuietly);
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  #accept(listener: Deno.Listener, serve: (conn: Deno.Conn) => Promise<void>): void {
    this.#track((async () => {
      for await (const conn of connectionsTo(listener)) {
        this.#conns.add(conn);
        this.#track(
          serve(conn).catch(ignoreLostPeer).finally(() => {
            this.#conns.delete(conn);
            closeQuietly(conn);
          }),
        );
      }
    })());
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  async #serve(lines: Lines, secure: boolean): Promise<void> {
    const note = (line: string) => {
      if (secure) this.seen.lines.push(line);
      else this.seen.clear += `${line}\r\n`;
    };
    const { react, inClear = ["STARTTLS"], underTls = [MECHANISMS] } = this.#faults;
    if (!secure || this.#faults.implicit) await lines.write("220 fault.test ESMTP\r\n");
    for (;;) {
      const line = await lines.next();
      if (line === null) return;
      note(line);
      const reply = react?.(line, this.seen) ?? healthy(line, secure ? underTls : inClear);
      if (reply === "DROP") return;
      if (line === "STARTTLS" && reply === "") {
        if (await this.#startTls(lines.conn)) return;
        continue;
      }
      await lines.write(`${reply}\r\n`);
      if (line === "DATA") {
        for (let text; (text = await lines.next()) !== null && text !== ".";) note(text);
      }
      if (line === "DATA") await lines.write("250 Taken\r\n");
      if (line === "QUIT") return;
    }
  }

  /** Whether the server was ready: then all is over when it returns. */
  async #startTls(conn: Deno.Conn): Promise<boolean> {
    const { startTls = "220 Go ahead\r\n", injectLater } = this.#faults;
    const end = injectLater ? startTls.indexOf("\n") + 1 : startTls.length;
    await writeAll(conn, octets(startTls.slice(0, end)));
    if (!startTls.startsWith("220")) return false;
    await this.#shakeHands(conn, startTls.slice(end));
    return true;
  }

  async #shakeHands(conn: Deno.Conn, injected = ""): Promise<void> {
    const hello = new Uint8Array(16_384);
    const count = await conn.read(hello);
    if (count === null) return;
    if (hello[0] !== 0x16) this.seen.clear += latin1(hello.subarray(0, count));
    await writeAll(conn, octets(injected));
    switch (this.#faults.handshake ?? "good") {
      case "good":
        return await this.#bridge(conn, hello.subarray(0, count));
      case "alert-protocol-version":
        await writeAll(conn, PROTOCOL_VERSION);
        break;
      case "server-hello-1.0":
        await writeAll(conn, serverHello());
        break;
      case "clear":
        await writeAll(conn, octets("220 fault.test ESMTP\r\n"));
        break;
      case "close":
        return;
      case "hang":
        break;
    }
    // Reads on, so that it notices when the client goes away.
    for (let more; (more = await conn.read(hello)) !== null;) {
      if (![0x14, 0x15, 0x16, 0x17].includes(hello[0] ?? 0)) {
        this.seen.clear += latin1(hello.subarray(0, more));
      }
    }
  }

  /** Passes everything on to the listener that knows TLS, and back. */
  async #bridge(conn: Deno.Conn, hello: Uint8Array): Promise<void> {
    if (!this.#back) return;
    const { port } = this.#back.addr as Deno.NetAddr;
    const inner = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#conns.add(inner);
    try {
      await writeAll(inner, hello);
      await Promise.race([pump(conn, inner), pump(inner, conn)]);
    } finally {
      this.#conns.delete(inner);
      closeQuietly(inner);
    }
  }
}

function healthy(line: string, extensions: readonly string[]): string {
  switch (line.slice(0, 4).toUpperCase()) {
    case "EHLO":
      return ["fault.test", ...extensions].map((word, index) =>
        `250${index < extensions.length ? "-" : " "}${word}`
      ).join("\r\n");
    case "STAR":
      return "";
    case "AUTH":
      return "235 2.7.0 Welcome";
    case "DATA":
      return "354 Go ahead";
    case "QUIT":
      return "221 Bye";
    default:
      return "250 Ok";
  }
}
