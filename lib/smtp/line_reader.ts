/**
 * Takes CR LF lines out of the inbox. A peer can never make the relay hold more than one line
 * of bounded length: the rest of a longer one is dropped as it comes.
 *
 * INVARIANT: the results depend on the octets alone, not on how they were cut into packets.
 *
 * @module
 */

import { latin1 } from "../mail/latin1.ts";
import { MAX_AUTH_LINE_OCTETS } from "./auth/sasl.ts";
import type { Inbox } from "./inbox.ts";

/** What the next line of a client is. */
export type Line =
  | {
    /** A line that may be parsed. */
    readonly kind: "line";
    /** Its text without its end; may hold control characters. */
    readonly text: string;
    /** It ended with LF alone, which only a lenient reader takes. */
    readonly bareNewline?: true;
  }
  | {
    /**
     * `bare-newline`: LF without CR, or CR without LF: how mail gets smuggled.
     * `too-long`: over the limit, dropped to its end; `auth-too-long`: the same of an AUTH command.
     * `not-utf8`: neither ASCII nor UTF-8.
     * `endless`: over 1 MiB; the reader is of no use afterwards.
     */
    readonly kind: "bare-newline" | "too-long" | "auth-too-long" | "not-utf8" | "endless";
    /** It ended with LF alone: a lenient reader would take it, unless there is more to it. */
    readonly lfAlone?: true;
  };

/** How lines are read. */
export interface LineReading {
  /** Whether LF alone ends a line too; CR alone never does. */
  readonly lenient?: boolean;
}

/** Longest line that is read to its end in order to refuse it, in octets. */
const ENDLESS_OCTETS = 1_048_576;

const CR = 0x0d;
const LF = 0x0a;

/** `AUTH`, and what makes a letter a capital. */
const AUTH = [0x41, 0x55, 0x54, 0x48];
const CAPITAL = 0xdf;

/** A command whose argument is only a name. */
const HELLO = /^(?:EHLO|HELO) /i;
const HELLO_OCTETS = "EHLO ".length;

const looseUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads lines of bounded length; strict about their ends, unless told otherwise. */
export class LineReader {
  /** Whether LF alone ends a line too; whoever speaks for another is read as that one is. */
  lenient: boolean;
  readonly #inbox: Inbox;
  readonly #maxOctets: number;
  /** Octets dropped of a line that is too long, the last of them, and what is to be said of it. */
  #dropped = 0;
  #lastDropped = 0;
  #droppedKind: "too-long" | "auth-too-long" = "too-long";

  /**
   * Reads from `inbox`, whose buffer grows while a longer line comes than it was made for.
   *
   * @param inbox What has come; its buffer must hold more than `maxOctets`.
   * @param maxOctets Longest line taken, CR LF included (RFC 5321 §4.5.3.1.4: 512 at least).
   * @param reading How to read.
   */
  constructor(inbox: Inbox, maxOctets: number, { lenient = false }: LineReading = {}) {
    this.#inbox = inbox;
    this.#maxOctets = maxOctets;
    this.lenient = lenient;
  }

  /** Whether the next octets are in the middle of a line, of which the beginning was dropped. */
  get midLine(): boolean {
    return this.#dropped > 0;
  }

  /**
   * Takes the next line; `null` when its end has not come yet. An AUTH command may be longer than
   * others (RFC 4954 §4).
   *
   * @param maxOctets Longest line taken this time, under 65,536; the same until the line has come.
   */
  next(maxOctets: number = this.#maxOctets): Line | null {
    const octets = this.#inbox.octets;
    const end = octets.indexOf(LF);
    const length = this.#dropped + (end < 0 ? octets.length : end + 1);
    if (length > ENDLESS_OCTETS) return { kind: "endless" };
    if (end < 0) {
      this.#wait(octets, maxOctets);
      return null;
    }
    const pair = (end > 0 ? octets[end - 1] : this.#lastDropped) === CR;
    const tooLong = this.#isTooLong(octets, length, maxOctets);
    this.#inbox.use(end + 1);
    this.#dropped = this.#lastDropped = 0;
    if (!pair && !this.lenient) return { kind: "bare-newline", lfAlone: true };
    if (tooLong) return { kind: this.#droppedKind };
    return pair ? read(octets.subarray(0, end - 1)) : readBare(octets.subarray(0, end));
  }

  /** Drops a line that is too long already: its end will be one octet more at least. */
  #wait(octets: Uint8Array, maxOctets: number): void {
    const length = this.#dropped + octets.length;
    if (this.#isTooLong(octets, length + 1, maxOctets)) {
      this.#dropped = length;
      this.#lastDropped = octets.at(-1) ?? this.#lastDropped;
      this.#inbox.use(octets.length);
    } else if (length < this.#maxOctets) this.#inbox.narrow();
    else this.#inbox.widen();
  }

  /** Decides it once for a line: when the first octet is dropped, its beginning is there. */
  #isTooLong(octets: Uint8Array, length: number, maxOctets: number): boolean {
    if (this.#dropped > 0) return true;
    if (length <= maxOctets) return false;
    const auth = AUTH.every((octet, index) => octet === ((octets[index] ?? 0) & CAPITAL));
    this.#droppedKind = auth ? "auth-too-long" : "too-long";
    return !auth || length > MAX_AUTH_LINE_OCTETS;
  }
}

/** Reads a line that LF alone has ended. */
function readBare(octets: Uint8Array): Line {
  const line = read(octets);
  return line.kind === "line" ? { ...line, bareNewline: true } : line;
}

/** Reads a line without its end. */
function read(octets: Uint8Array): Line {
  if (octets.includes(CR)) return { kind: "bare-newline" };
  // Far the most lines are short and ASCII, for which this is several times faster than decoding.
  if (octets.length < 512) {
    const text = latin1(octets);
    // deno-lint-ignore no-control-regex -- all of ASCII is meant
    if (/^[\x00-\x7f]*$/.test(text)) return { kind: "line", text };
  }
  try {
    return { kind: "line", text: strictUtf8.decode(octets) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // A device named in Latin-1: a name that is none is the parser's business, and no address.
    if (HELLO.test(latin1(octets.subarray(0, HELLO_OCTETS)))) {
      return { kind: "line", text: looseUtf8.decode(octets) };
    }
    return { kind: "not-utf8" };
  }
}
