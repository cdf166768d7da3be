/**
 * Takes CR LF lines out of the inbox. A peer can never make the relay hold more than one line
 * of bounded length: the rest of a longer one is dropped as it comes.
 *
 * INVARIANT: the results depend on the octets alone, not on how they were cut into packets.
 *
 * @module
 */

import type { Inbox } from "./inbox.ts";

/** What the next line of a client is. */
export type Line =
  | {
    /** A line that may be parsed. */
    readonly kind: "line";
    /** Its text without CR LF; may hold control characters. */
    readonly text: string;
  }
  | {
    /**
     * `bare-newline`: LF without CR, or CR without LF: how mail gets smuggled.
     * `too-long`: over the limit, dropped to its end. `not-utf8`: neither ASCII nor UTF-8.
     * `endless`: over 1 MiB; the reader is of no use afterwards.
     */
    readonly kind: "bare-newline" | "too-long" | "not-utf8" | "endless";
  };

/** Longest line that is read to its end in order to refuse it, in octets. */
const ENDLESS_OCTETS = 1_048_576;

const CR = 0x0d;
const LF = 0x0a;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads lines of bounded length; strict about their ends. */
export class LineReader {
  readonly #inbox: Inbox;
  readonly #maxOctets: number;
  /** Octets dropped of a line that is too long, and the last of them. */
  #dropped = 0;
  #lastDropped = 0;

  /**
   * Reads from `inbox`.
   *
   * @param inbox What has come; its buffer must hold more than `maxOctets`.
   * @param maxOctets Longest line taken, CR LF included (RFC 5321 §4.5.3.1.4: 512 at least).
   */
  constructor(inbox: Inbox, maxOctets: number) {
    this.#inbox = inbox;
    this.#maxOctets = maxOctets;
  }

  /** Takes the next line; `null` when its end has not come yet. */
  next(): Line | null {
    const octets = this.#inbox.octets;
    const end = octets.indexOf(LF);
    const length = this.#dropped + (end < 0 ? octets.length : end + 1);
    if (length > ENDLESS_OCTETS) return { kind: "endless" };
    if (end < 0) {
      if (length >= this.#maxOctets) this.#drop(octets);
      return null;
    }
    const line = octets.subarray(0, end);
    const beforeEnd = end > 0 ? octets[end - 1] : this.#lastDropped;
    this.#inbox.use(end + 1);
    this.#dropped = this.#lastDropped = 0;
    if (beforeEnd !== CR) return { kind: "bare-newline" };
    return length > this.#maxOctets ? { kind: "too-long" } : read(line);
  }

  /** The line is too long already: its end will be one octet more at least. */
  #drop(octets: Uint8Array): void {
    this.#dropped += octets.length;
    this.#lastDropped = octets.at(-1) ?? this.#lastDropped;
    this.#inbox.use(octets.length);
  }
}

/** Reads a line that still has its CR. */
function read(line: Uint8Array): Line {
  const octets = line.subarray(0, -1);
  if (octets.includes(CR)) return { kind: "bare-newline" };
  // Far the most lines are short and ASCII, for which this is several times faster than decoding.
  if (octets.length < 512) {
    const text = String.fromCharCode(...octets);
    // deno-lint-ignore no-control-regex -- all of ASCII is meant
    if (/^[\x00-\x7f]*$/.test(text)) return { kind: "line", text };
  }
  try {
    return { kind: "line", text: strictUtf8.decode(octets) };
  } catch (error) {
    if (error instanceof TypeError) return { kind: "not-utf8" };
    throw error;
  }
}
