/**
 * A mail server on a loopback port of its own that does what a test tells it, as wrong as need
 * be, and remembers what it saw.
 *
 * @module
 */

import { latin1, octets } from "./octets.ts";

/** The moments at which a reaction is asked for; `.` is the end of data, `BODY` its first octets. */
export type Moment =
  | "CONNECT"
  | "EHLO"
  | "HELO"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "BODY"
  | "."
  | "RSET"
  | "QUIT";

/**
 * A reply without its last CR LF; or `DROP` (close), `SILENT` (never answer, but read on), `DEAF`
 * (read no more; a reply may stand before it).
 */
export type Reaction = string;

/** Reacts to a moment; `undefined` leaves it to the healthy server. */
export type React = (moment: Moment, line: string, connection: number) => Reaction | undefined;

/** What the server is to be like. */
export interface FaultOptions {
  /** Its faults. */
  readonly react?: React;
  /** EHLO keywords. */
  readonly extensions?: readonly string[];
  /** Where to listen; `127.0.0.1` unless said. */
  readonly hostname?: string;
}

/** A mail as it came. */
export interface SeenMail {
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** The MAIL command. */
  readonly mail: string;
  /** The forward-paths that were accepted. */
  readonly recipients: readonly string[];
  /** The message, dots unstuffed, one character an octet. */
  readonly message: string;
}

/** A running server. */
export interface FaultServer extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Mails that it has accepted, in order. */
  readonly mails: readonly SeenMail[];
  /** Every command line of every connection. */
  readonly commands: readonly string[];
  /** How the commands came: what each read gave, outside messages. */
  readonly packets: readonly string[];
  /** How many connections there have been. */
  readonly connections: number;
  /** How many are open. */
  readonly open: number;
  /** Closes all connections, as a restart would. */
  hangUp(): void;
}

const ALL = ["PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

const HEALTHY: Record<Moment, string | undefined> = {
  CONNECT: "220 fault.test ESMTP",
  EHLO: undefined,
  HELO: "250 fault.test",
  MAIL: "250 2.1.0 Ok",
  RCPT: "250 2.1.5 Ok",
  DATA: "354 Go ahead",
  BODY: undefined,
  ".": "250 2.0.0 Taken",
  RSET: "250 2.0.0 Ok",
  QUIT: "221 2.0.0 Bye",
};

/** Starts a server; dispose of it to close everything. */
export function startFaultServer(options: FaultOptions = {}): FaultServer {
  const hostname = options.hostname ?? "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0 });
  const seen = { mails: [], commands: [], packets: [] } as Seen;
  const conns = new Set<Deno.Conn>();
  const sessions: Promise<void>[] = [];
  let connections = 0;
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(ignoreLostPeer);
  const accepting = (async () => {
    for await (const conn of listener) {
      conns.add(conn);
      const session = new FaultSession(conn, ++connections, { ...options, seen, stopped });
      sessions.push(
        session.serve().catch(ignoreLostPeer).finally(() => {
          conns.delete(conn);
          close(conn);
        }),
      );
    }
  })();
  const hangUp = () => conns.forEach(close);
  return {
    ...seen,
    port: (listener.addr as Deno.NetAddr).port,
    get connections() {
      return connections;
    },
    get open() {
      return conns.size;
    },
    hangUp,
    async [Symbol.asyncDispose]() {
      listener.close();
      stop(OVER);
      hangUp();
      await accepting;
      await Promise.all(sessions);
    },
  };
}

interface Seen {
  readonly mails: SeenMail[];
  readonly commands: string[];
  readonly packets: string[];
}

interface SessionOptions extends FaultOptions {
  readonly seen: Seen;
  /** Rejects when the server is stopped. */
  readonly stopped: Promise<never>;
}

/** Thrown to leave a session. */
const OVER = new Error("session over");

class FaultSession {
  readonly #conn: Deno.Conn;
  readonly #number: number;
  readonly #options: SessionOptions;
  #input = "";
  #mail = "";
  #recipients: string[] = [];

  constructor(conn: Deno.Conn, number: number, options: SessionOptions) {
    this.#conn = conn;
    this.#number = number;
    this.#options = options;
  }

  async serve(): Promise<void> {
    await this.#answer("CONNECT", "");
    for (;;) {
      const line = await this.#readUntil("\r\n", true);
      this.#options.seen.commands.push(line);
      const moment = line.slice(0, 4).toUpperCase() as Moment;
      const reply = await this.#answer(moment, line);
      const accepted = reply.startsWith("2");
      if (moment === "MAIL" && accepted) [this.#mail, this.#recipients] = [line, []];
      if (moment === "RCPT" && accepted) this.#recipients.push(line.slice(9, -1));
      if (moment === "DATA" && reply.startsWith("354")) await this.#takeMessage();
      if (moment === "QUIT") throw OVER;
    }
  }

  async #takeMessage(): Promise<void> {
    if (this.#input === "") await this.#read();
    await this.#answer("BODY", this.#input);
    // The CR LF of the DATA command belongs to the mark of a message without octets.
    this.#input = `\r\n${this.#input}`;
    const message = `${await this.#readUntil("\r\n.\r\n", false)}\r\n`;
    const reply = await this.#answer(".", "");
    if (!/^2\d\d [^\r]*$/.test(reply)) return;
    this.#options.seen.mails.push({
      connection: this.#number,
      mail: this.#mail,
      recipients: this.#recipients,
      message: message.replaceAll("\r\n.", "\r\n").slice(2),
    });
  }

  async #answer(moment: Moment, line: string): Promise<string> {
    const { react, extensions = ALL } = this.#options;
    const reaction = react?.(moment, line, this.#number) ??
      (moment === "EHLO" ? ehlo(extensions) : HEALTHY[moment]);
    if (reaction === "DROP") throw OVER;
    if (reaction === "SILENT") {
      // Reads on, so that it notices when the client goes away.
      for (;;) await this.#read();
    }
    if (reaction?.endsWith("DEAF")) {
      await this.#write(reaction.replace(/^DEAF$/, "").replace(/ DEAF$/, "\r\n"));
      await this.#options.stopped;
    }
    if (reaction !== undefined) await this.#write(`${reaction}\r\n`);
    return reaction ?? "";
  }

  async #readUntil(mark: string, commands: boolean): Promise<string> {
    for (let from = 0;;) {
      const at = this.#input.indexOf(mark, from);
      if (at >= 0) {
        const text = this.#input.slice(0, at);
        this.#input = this.#input.slice(at + mark.length);
        return text;
      }
      from = Math.max(0, this.#input.length - mark.length);
      const packet = await this.#read();
      if (commands) this.#options.seen.packets.push(packet);
    }
  }

  async #read(): Promise<string> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#conn.read(buffer);
    if (count === null) throw OVER;
    const packet = latin1(buffer.subarray(0, count));
    this.#input += packet;
    return packet;
  }

  async #write(text: string): Promise<void> {
    const all = octets(text);
    for (let sent = 0; sent < all.length;) sent += await this.#conn.write(all.subarray(sent));
  }
}

function ehlo(extensions: readonly string[]): string {
  const lines = ["fault.test", ...extensions];
  return lines.map((line, index) => `250${index < lines.length - 1 ? "-" : " "}${line}`)
    .join("\r\n");
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function ignoreLostPeer(error: unknown): void {
  const expected = error === OVER || error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe;
  if (!expected) throw error;
}
