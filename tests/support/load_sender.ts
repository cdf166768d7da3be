/**
 * Light SMTP senders for load: each waits for its answers like a notifier, notes them, and comes
 * again when the program has gone away.
 *
 * @module
 */

import { closeQuietly, isLostPeer } from "./lost_peer.ts";
import { OctetInput, writeAll } from "./octet_input.ts";
import { latin1, octets } from "./octets.ts";
import { proofMessage } from "./proof_mail.ts";
import { HANG_MS, type Wait, within } from "./wait.ts";

/** A mail to send. */
export interface LoadMail {
  /** Unique. */
  readonly id: string;
  /** Size of its body; 1,000 when absent. */
  readonly bodyOctets?: number;
  /** Without `<` and `>`; empty: the null reverse-path. `notifier@proof.test` when absent. */
  readonly reversePath?: string;
  /** `operator@proof.test` when absent. */
  readonly forwardPath?: string;
  /** `proof ID` when absent. */
  readonly subject?: string;
}

/** What became of a mail, as its sender knows it. */
export type Answer =
  | {
    readonly kind: "answered";
    /** The deciding reply: to the end of data, or the refusal before it. */
    readonly reply: string;
    /** Whether it was 2xx. */
    readonly taken: boolean;
    /** From the end of data (or the refused command) to the reply, in ms. */
    readonly tookMs: number;
  }
  /** The connection broke before the answer. */
  | { readonly kind: "cut" }
  /** There was no connection to be had. */
  | { readonly kind: "away" };

/** What to send, by how many, and who wants to know. */
export interface Load {
  /** The program's loopback port. */
  readonly port: number;
  /** How many senders at a time. */
  readonly senders: number;
  /** The next mail; `null` ends the sender that asked. */
  next(): LoadMail | null;
  /** Told of each answer. A mail that found nobody (`away`) is tried again, and not told. */
  answered(mail: LoadMail, answer: Exclude<Answer, { readonly kind: "away" }>): void;
  /** Longest time without a connection before the load fails, in ms; a minute when absent. */
  readonly patienceMs?: number;
}

/** Longest wait for the answer to one mail, in ms: over that the program counts as hung. */
const ANSWER_MS = 120_000;
const AGAIN_MS = 10;
const MAILS_PER_CONNECTION = 20;
const CRLF = octets("\r\n");
const CLOSED = Symbol("closed");

/** Sends until there is nothing left to send. */
export async function sendLoad(load: Load): Promise<void> {
  await Promise.all(Array.from({ length: load.senders }, () => sendInTurn(load)));
}

async function sendInTurn({ port, next, answered, patienceMs = HANG_MS }: Load): Promise<void> {
  using sender = new LoadSender(port);
  for (let mail = next(); mail !== null; mail = next()) {
    const since = performance.now();
    let answer = await sender.send(mail);
    while (answer.kind === "away") {
      if (performance.now() - since > patienceMs) {
        throw new Error(`Nobody listened on port ${port} for ${patienceMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      answer = await sender.send(mail);
    }
    answered(mail, answer);
  }
}

/** One sender. */
export class LoadSender implements Disposable {
  readonly #port: number;
  #open: { readonly conn: Deno.Conn; readonly input: OctetInput } | null = null;
  #left = 0;

  /** Makes a sender that connects when it needs to. */
  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a mail, on the connection of the one before where that can be. */
  async send(mail: LoadMail): Promise<Answer> {
    const wait = { what: `the answer to ${mail.id}`, withinMs: ANSWER_MS };
    return await this.#limited(() => this.#send(mail), wait);
  }

  /** Connects where there is no connection, and does something on it. */
  async #limited(work: () => Promise<Answer>, wait: Wait): Promise<Answer> {
    const connected = async () => {
      if (this.#open === null) await this.#connect();
      return await work();
    };
    try {
      return await within(connected(), wait);
    } catch (error) {
      this[Symbol.dispose]();
      if (error === CLOSED) return { kind: "cut" };
      if (isAway(error)) return { kind: "away" };
      throw error;
    }
  }

  /** Says NOOP. */
  async noop(): Promise<Answer> {
    const wait = { what: "the answer to NOOP", withinMs: ANSWER_MS };
    return await this.#limited(() => this.#ask(octets("NOOP\r\n")), wait);
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    if (this.#open !== null) closeQuietly(this.#open.conn);
    this.#open = null;
  }

  async #send(mail: LoadMail): Promise<Answer> {
    const { reversePath = "notifier@proof.test", forwardPath = "operator@proof.test" } = mail;
    for (const line of [`MAIL FROM:<${reversePath}>`, `RCPT TO:<${forwardPath}>`, "DATA"]) {
      const refusal = await this.#ask(octets(`${line}\r\n`));
      if (!refusal.taken) return this.#end(refusal);
    }
    const message = proofMessage(mail.id, mail);
    const whole = new Uint8Array(message.length + 3);
    whole.set(message);
    whole.set(octets(".\r\n"), message.length);
    return this.#end(await this.#ask(whole));
  }

  async #connect(): Promise<void> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    conn.setNoDelay(true);
    this.#open = { conn, input: new OctetInput(conn) };
    this.#left = 1 + Math.floor(Math.random() * MAILS_PER_CONNECTION);
    const greeting = await this.#reply();
    if (!greeting.startsWith("220")) throw new Error(`The greeting was ${greeting}`);
    await this.#ask(octets("EHLO notifier.test\r\n"));
  }

  async #ask(words: Uint8Array): Promise<Answer & { readonly kind: "answered" }> {
    if (this.#open === null || !await writeAll(this.#open.conn, words)) throw CLOSED;
    const asked = performance.now();
    const reply = await this.#reply();
    return {
      kind: "answered",
      reply,
      taken: /^[23]/.test(reply),
      tookMs: performance.now() - asked,
    };
  }

  /** The last line of the next reply. */
  async #reply(): Promise<string> {
    for (;;) {
      const line = await this.#open?.input.readUntil(CRLF) ?? null;
      if (line === null) throw CLOSED;
      if (line[3] !== 0x2d) return latin1(line);
    }
  }

  /** A refusal ends the connection; so does the last mail of it. */
  #end(answer: Answer & { readonly kind: "answered" }): Answer {
    if (!answer.taken || --this.#left === 0) this[Symbol.dispose]();
    return answer;
  }
}

/** Nobody listens, or who listened was killed before the connection was made. */
function isAway(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused || isLostPeer(error);
}
