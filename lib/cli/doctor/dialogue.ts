/**
 * Follows a dialogue from outside, by the octets that go to and fro: which are commands, which belong
 * to a message, and which are none of anybody's business.
 *
 * What follows DATA, AUTH and STARTTLS means different things after different replies. The server
 * answers all that it has read before it reads on, so what came with such a command is held until
 * its reply is there. Each command has one reply, in order: that is how they find together.
 *
 * INVARIANT: no octet of a login is told to anybody.
 *
 * @module
 */

import { latin1 } from "../../mail/latin1.ts";
import { DataReader } from "../../smtp/data_reader.ts";
import { foreignOpening } from "../../smtp/foreign.ts";
import { LineCutter } from "./line_cutter.ts";
import { MessageExam, type MessageFacts } from "./message_exam.ts";
import {
  type ClientLine,
  mechanismOf,
  showLine,
  showOctets,
  showSecret,
  verbOf,
} from "./spoken.ts";

/** What is told of a dialogue. */
export interface Listener {
  /** The device has said this; a line without control characters. */
  said(text: string): void;
  /** It was told this: one line of a reply. */
  told(text: string): void;
  /** A message has come; `null` for its end when that did not. */
  message(facts: MessageFacts, ended: "whole" | "bare-dot" | null): void;
  /** It begins to log in; the mechanism, if it has named one. */
  login(mechanism: string | undefined): void;
}

/** What a reply is for. */
type Asked = "greeting" | "command" | "DATA" | "AUTH" | "STARTTLS" | "message";

/** What the next octets of the device are. */
type Mode =
  | { readonly kind: "commands" | "held" }
  | { readonly kind: "message"; readonly reader: DataReader; readonly exam: MessageExam }
  | { readonly kind: "chunk"; left: number; readonly last: boolean };

const COMMANDS: Mode = { kind: "commands" };
const HELD: Mode = { kind: "held" };

/** Most octets that are held: more than a session reads at once. */
const HELD_OCTETS = 262_144;

/** Follows one session. */
export class Dialogue {
  readonly #listener: Listener;
  readonly #maxOctets: number;
  readonly #lines = new LineCutter();
  #mode: Mode = COMMANDS;
  #begun = false;
  #held: Uint8Array[] = [];
  #heldOctets = 0;
  #asked: Asked[] = ["greeting"];
  #reply = "";
  #secretsMayCome = false;
  #loggingIn = false;
  #smtpUtf8 = false;
  /** A message that comes in chunks, and its octets so far. */
  #chunked: { readonly exam: MessageExam; octets: number } | null = null;

  /**
   * Begins with a connection on which nothing was said.
   *
   * @param listener Told of everything.
   * @param maxOctets The largest message that the server takes.
   */
  constructor(listener: Listener, maxOctets: number) {
    this.#listener = listener;
    this.#maxOctets = maxOctets;
  }

  /** Whether anything was said to the device that is not for a command of its. */
  get greeted(): boolean {
    return this.#asked[0] !== "greeting";
  }

  /** Octets have come from the device. */
  heard(octets: Uint8Array): void {
    // Nothing in a handshake is worth showing, nor is what follows it.
    if (!this.#begun && foreignOpening(octets) === "tls-at-once") {
      this.#listener.said("(the beginning of TLS)");
      this.#mode = HELD;
    }
    this.#begun = true;
    for (let at = 0; at < octets.length;) at += this.#take(octets.subarray(at));
  }

  /** Octets have gone to the device: replies, in pieces of any size. */
  answered(octets: Uint8Array): void {
    this.#reply += latin1(octets);
    for (let end; (end = this.#reply.indexOf("\r\n")) >= 0;) {
      const line = this.#reply.slice(0, end);
      this.#reply = this.#reply.slice(end + 2);
      this.#listener.told(showOctets(new TextEncoder().encode(line)));
      if (/^\d{3}(?: |$)/.test(line)) this.#settle(Number(line.slice(0, 3)));
    }
  }

  /** TLS is there: nothing that came in clear counts any more. */
  restart(): void {
    this.#lines.forget();
    this.#release();
    this.#mode = COMMANDS;
    if (this.greeted) this.#asked = [];
  }

  /** The connection is over. */
  end(): void {
    if (this.#mode.kind === "message") this.#endMessage(this.#mode, false);
    else if (this.#mode.kind !== "held" && this.#lines.unfinished > 0) {
      const { octets, length } = this.#lines.cut();
      const text = showLine({ octets, length, lfAlone: false }, this.#secretsMayCome);
      this.#listener.said(`${text}  (no line end)`);
    }
    this.#release();
  }

  /** Takes some octets; says how many. */
  #take(octets: Uint8Array): number {
    const mode = this.#mode;
    switch (mode.kind) {
      case "held":
        return this.#hold(octets);
      case "message": {
        const { reader, exam } = mode;
        exam.take(reader.push(octets));
        if (reader.ended) this.#endMessage(mode, true);
        return reader.used;
      }
      case "chunk":
        return this.#takeChunk(mode, octets);
      case "commands": {
        const count = this.#lines.measure(octets);
        const line = this.#lines.take(octets.subarray(0, count));
        if (line) this.#command(line);
        return count;
      }
    }
  }

  #hold(octets: Uint8Array): number {
    const room = octets.subarray(0, HELD_OCTETS - this.#heldOctets);
    this.#heldOctets += room.length;
    this.#held.push(room.slice());
    return octets.length;
  }

  #release(): Uint8Array[] {
    const held = this.#held;
    this.#held = [];
    this.#heldOctets = 0;
    return held;
  }

  #command(line: ClientLine): void {
    if (this.#loggingIn) {
      this.#listener.said(showSecret(line));
      return this.#ask("AUTH");
    }
    const verb = verbOf(line);
    if (verb === "AUTH") this.#secretsMayCome = true;
    this.#listener.said(showLine(line, this.#secretsMayCome));
    switch (verb) {
      case "AUTH":
        this.#listener.login(mechanismOf(line));
        return this.#ask("AUTH");
      case "DATA":
      case "STARTTLS":
        return this.#ask(verb);
      case "BDAT":
        this.#beginChunk(line);
        break;
      case "MAIL":
        this.#smtpUtf8 = / SMTPUTF8\b/i.test(showOctets(line.octets));
        this.#chunked = null;
    }
    this.#asked.push("command");
  }

  /** A command whose reply decides what comes next. */
  #ask(what: Asked): void {
    this.#asked.push(what);
    this.#mode = HELD;
  }

  #settle(code: number): void {
    const asked = this.#asked.shift();
    if (asked !== "DATA" && asked !== "AUTH" && asked !== "STARTTLS") return;
    this.#loggingIn = asked === "AUTH" && code === 334;
    // After 220 the handshake follows, of which nothing is shown.
    if (asked === "STARTTLS" && code === 220) return;
    this.#mode = asked === "DATA" && code === 354
      ? { kind: "message", reader: new DataReader(this.#maxOctets), exam: new MessageExam() }
      : COMMANDS;
    for (const octets of this.#release()) this.heard(octets);
  }

  #endMessage({ reader, exam }: Extract<Mode, { kind: "message" }>, whole: boolean): void {
    const facts = {
      octets: reader.octets,
      bareNewlines: reader.mended,
      oddities: exam.oddities(this.#smtpUtf8),
    };
    const bareDot = reader.endsWithBareDot;
    reader.release();
    this.#mode = COMMANDS;
    if (whole) this.#asked.push("message");
    this.#listener.message(facts, whole ? "whole" : bareDot ? "bare-dot" : null);
  }

  #beginChunk({ octets }: ClientLine): void {
    const [, size, last] = /^[ \t]*BDAT (\d{1,15})( LAST)?[ \t\r]*$/i.exec(showOctets(octets)) ??
      [];
    if (size === undefined) return;
    this.#mode = { kind: "chunk", left: Number(size), last: last !== undefined };
    this.#chunked ??= { exam: new MessageExam(), octets: 0 };
    if (Number(size) === 0) this.#endChunk(last !== undefined);
  }

  #takeChunk(mode: Extract<Mode, { kind: "chunk" }>, octets: Uint8Array): number {
    const piece = octets.subarray(0, mode.left);
    mode.left -= piece.length;
    this.#chunked?.exam.take(piece);
    if (this.#chunked) this.#chunked.octets += piece.length;
    if (mode.left === 0) this.#endChunk(mode.last);
    return piece.length;
  }

  #endChunk(last: boolean): void {
    this.#mode = COMMANDS;
    if (!last || !this.#chunked) return;
    const { exam, octets } = this.#chunked;
    this.#chunked = null;
    this.#listener.message(
      { octets, bareNewlines: 0, oddities: exam.oddities(this.#smtpUtf8) },
      "whole",
    );
  }
}
