/**
 * One connection of the mail server in `fault_smtp_server.ts`: a dialogue as wrong as a test wants
 * it to be.
 *
 * @module
 */

import { latin1, octets } from "./octets.ts";

/**
 * The moments at which a reaction is asked for; `.` is the end of data, `BODY` the first octets of
 * data or of a chunk, `BDAT` the end of a chunk.
 */
export type Moment =
  | "CONNECT"
  | "EHLO"
  | "HELO"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "BDAT"
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
  /** The message, dots unstuffed or as its chunks came, one character an octet. */
  readonly message: string;
}

const ALL = ["PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

const HEALTHY: Record<Moment, string | undefined> = {
  CONNECT: "220 fault.test ESMTP",
  EHLO: undefined,
  HELO: "250 fault.test",
  MAIL: "250 2.1.0 Ok",
  RCPT: "250 2.1.5 Ok",
  DATA: "354 Go ahead",
  BDAT: "250 2.0.0 Taken",
  BODY: undefined,
  ".": "250 2.0.0 Taken",
  RSET: "250 2.0.0 Ok",
  QUIT: "221 2.0.0 Bye",
};

/** What all connections of a server have seen. */
export interface Seen {
  /** Mails that were accepted. */
  readonly mails: SeenMail[];
  /** Command lines. */
  readonly commands: string[];
  /** What each read gave, outside messages. */
  readonly packets: string[];
}

/** What one connection needs. */
export interface SessionOptions extends FaultOptions {
  /** Where to note what comes. */
  readonly seen: Seen;
  /** Rejects when the server is stopped. */
  readonly stopped: Promise<never>;
}

/** Thrown to leave a session. */
export const OVER = new Error("session over");

/** One connection. */
export class FaultSession {
  readonly #conn: Deno.Conn;
  readonly #number: number;
  readonly #options: SessionOptions;
  #input = "";
  #mail = "";
  #recipients: string[] = [];
  #chunks = "";

  /** Makes a session that has not begun. */
  constructor(conn: Deno.Conn, number: number, options: SessionOptions) {
    this.#conn = conn;
    this.#number = number;
    this.#options = options;
  }

  /** Serves until the client or a fault ends it; rejects then, with {@link OVER} or what broke. */
  async serve(): Promise<void> {
    await this.#answer("CONNECT", "");
    for (;;) {
      const line = await this.#readUntil("\r\n", true);
      this.#options.seen.commands.push(line);
      const moment = line.slice(0, 4).toUpperCase() as Moment;
      if (moment === "BDAT") {
        await this.#takeChunk(line);
        continue;
      }
      const reply = await this.#answer(moment, line);
      const accepted = reply.startsWith("2");
      if (moment === "MAIL" && accepted) {
        [this.#mail, this.#recipients, this.#chunks] = [line, [], ""];
      }
      if (moment === "RCPT" && accepted) this.#recipients.push(recipientOf(line));
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

  async #takeChunk(line: string): Promise<void> {
    const [, size = "", last] = /^BDAT (\d+)( LAST)?$/i.exec(line) ?? [];
    if (size !== "0" && this.#input === "") await this.#read();
    await this.#answer("BODY", line);
    while (this.#input.length < Number(size)) await this.#read();
    this.#chunks += this.#input.slice(0, Number(size));
    this.#input = this.#input.slice(Number(size));
    const reply = await this.#answer("BDAT", line);
    if (last === undefined || !/^2\d\d [^\r]*$/.test(reply)) return;
    this.#options.seen.mails.push({
      connection: this.#number,
      mail: this.#mail,
      recipients: this.#recipients,
      message: this.#chunks,
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

/** The forward-path of a RCPT command; quotes may hold a `>`. */
function recipientOf(line: string): string {
  return /^RCPT TO:<((?:"(?:[^"\\]|\\.)*"|[^">])*)>/i.exec(line)?.[1] ?? "";
}

function ehlo(extensions: readonly string[]): string {
  const lines = ["fault.test", ...extensions];
  return lines.map((line, index) => `250${index < lines.length - 1 ? "-" : " "}${line}`)
    .join("\r\n");
}
