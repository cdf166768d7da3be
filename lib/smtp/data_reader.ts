/**
 * Reads the message after DATA: finds its end, unstuffs dots, mends newlines, counts octets.
 *
 * INVARIANTS
 *
 * 1. Only CR LF . CR LF ends a message, and only a CR LF from the wire makes a line whose first
 *    dot is stuffing. What other servers also take for an end (LF . LF and its kin) is content
 *    here: one server's content must not be the next one's command (SMTP smuggling,
 *    CVE-2023-51764 and its family).
 * 2. What comes out holds CR and LF only as pairs: a bare one becomes CR LF.
 * 3. What comes out depends on the octets alone, not on how they were cut into packets.
 * 4. Past the size limit it goes on reading, so that the dialogue stays in step, and yields nothing.
 *
 * NUL, 8-bit octets and lines of any length are kept as they are.
 *
 * @see RFC 5321 §4.1.1.4, §4.5.2
 * @module
 */

import { latin1 } from "../mail/latin1.ts";
import { BufferPool } from "./buffers.ts";

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** Where the reader stands: what it must know of the octets before. */
const LINE_START = 0;
const TEXT = 1;
const CR_SEEN = 2;
const DOT_SEEN = 3;
const DOT_CR_SEEN = 4;
const ENDED = 5;

/** How a message ends that its sender takes for ended and this reader does not. */
const BARE_ENDS = ["\n.\n", "\n.\r\n"] as const;

/** Octets of such an end that must be remembered to see it come. */
const BARE_END_OCTETS = 3;

/** So much of what follows such an end is looked at, with the end. */
const FAREWELL_OCTETS = 1_028;

/** Commands that may stand alone or have something behind a blank. */
const VERBS = [
  ...["EHLO", "HELO", "LHLO", "STARTTLS", "AUTH", "XCLIENT", "DATA", "BDAT"],
  ...["RSET", "NOOP", "HELP", "VRFY", "QUIT"],
];

/** Those that have a path behind a colon. */
const PATH_COMMANDS = ["MAIL[ \\t]+FROM", "RCPT[ \\t]+TO"];

/** A line that a client may send behind it without having waited for the answer. */
const COMMAND = new RegExp(
  [`(?:${VERBS.join("|")})(?:[ \\t][^\\r]*)?`, `(?:${PATH_COMMANDS.join("|")})[ \\t]*:[^\\r]*`]
    .map((line) => `^${line}\\r?$`).join("|"),
  "i",
);

const NOTHING = new Uint8Array(0);

/** Enough for what a session's inbox usually holds. */
const outputs = new BufferPool(2 * 4_096 + 2);

/** Reads one message. */
export class DataReader {
  readonly #maxOctets: number;
  #state = LINE_START;
  #output: Uint8Array<ArrayBuffer> = NOTHING;
  #octets = 0;
  #mended = 0;
  #used = 0;
  /**
   * The last octets that came: few, and many once there was a bare newline, without which no message
   * seems to end. A message begins as if after a line end.
   */
  #recent = "\n";

  /** Makes a reader for one message of at most `maxOctets` octets. */
  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  /** Octets of the message so far: without dot-stuffing, newlines mended, without the end mark. */
  get octets(): number {
    return this.#octets;
  }

  /** Newlines that were a bare CR or LF and have become CR LF. */
  get mended(): number {
    return this.#mended;
  }

  /** Whether the end of the message has come. */
  get ended(): boolean {
    return this.#state === ENDED;
  }

  /** Whether the message is larger than allowed; nothing comes out from then on. */
  get oversize(): boolean {
    return this.#octets > this.#maxOctets;
  }

  /** How many octets of the last input belonged to the message and its end mark. */
  get used(): number {
    return this.#used;
  }

  /**
   * Whether what has come so far ends with a line that is a lone dot, by newlines that are not both
   * CR LF (`LF . LF`, `LF . CR LF`, `CR LF . LF`), or with such a line and what looks like commands
   * behind it: if nothing more comes, the client waits for a reply. It is content all the same:
   * whoever took it for the end would let mail be smuggled.
   */
  get endsWithBareDot(): boolean {
    if (this.ended) return false;
    const recent = this.#recent;
    const at = Math.max(...BARE_ENDS.map((end) => recent.lastIndexOf(end)));
    if (at < 0) return false;
    const lines = recent.slice(recent.indexOf("\n", at + 1) + 1).split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.every((line) => COMMAND.test(line));
  }

  /**
   * Takes octets from the wire, up to the end of the message if that is among them.
   *
   * In one piece on purpose: every octet of every mail passes here, and a call for each state
   * costs throughput.
   *
   * @returns What they add to the message: a view, valid until the next call.
   */
  push(input: Uint8Array): Uint8Array {
    const output = this.#room(input.length);
    let state = this.#state;
    let from = 0;
    let to = 0;
    while (from < input.length && state !== ENDED) {
      const octet = input[from++];
      if (state === TEXT && octet !== CR && octet !== LF) {
        output[to++] = octet as number;
        continue;
      }
      if (octet === LF) {
        if (state === DOT_CR_SEEN) state = ENDED;
        else {
          if (state !== CR_SEEN) this.#mended++;
          output[to++] = CR;
          output[to++] = LF;
          // A bare LF makes a line, but not one that could end the message or be dot-stuffed.
          state = state === CR_SEEN ? LINE_START : TEXT;
        }
        continue;
      }
      if (state === CR_SEEN || state === DOT_CR_SEEN) {
        this.#mended++;
        output[to++] = CR;
        output[to++] = LF;
        state = TEXT;
      }
      if (octet === CR) state = state === DOT_SEEN ? DOT_CR_SEEN : CR_SEEN;
      else if (octet === DOT && state === LINE_START) state = DOT_SEEN;
      else {
        output[to++] = octet as number;
        state = TEXT;
      }
    }
    this.#state = state;
    this.#used = from;
    this.#octets += to;
    this.#remember(input.subarray(0, from));
    return this.oversize ? NOTHING : output.subarray(0, to);
  }

  /** Gives the output buffer back; nothing that `push` returned may be used any more. */
  release(): void {
    outputs.give(this.#output);
    this.#output = NOTHING;
  }

  #remember(octets: Uint8Array): void {
    const kept = this.#mended > 0 ? FAREWELL_OCTETS : BARE_END_OCTETS;
    const last = octets.subarray(Math.max(octets.length - kept, 0));
    this.#recent = (this.#recent + latin1(last)).slice(-kept);
  }

  /** A buffer that holds the output even if every octet is a bare newline, and a CR waits. */
  #room(inputOctets: number): Uint8Array {
    const needed = 2 * inputOctets + 2;
    if (this.#output.length < needed) {
      outputs.give(this.#output);
      this.#output = outputs.take(needed);
    }
    return this.#output;
  }
}
