/**
 * Reads the replies of a mail server (RFC 5321 §4.2), whatever it sends.
 *
 * Invariants: what one server can make us hold is one buffer of {@link MAX_LINE_OCTETS} and one
 * reply of {@link MAX_REPLY_OCTETS}; a reply that leaves here is printable ASCII, so that it may
 * be logged and be passed back to a notifier (a reply is where OpenSMTPD's CVE-2020-8794 came in).
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Reply } from "../../mail/reply.ts";
import { Secrets } from "./secrets.ts";

/** Longest line taken, its end included. RFC 5321 §4.5.3.1.5 says 512; real servers say more. */
export const MAX_LINE_OCTETS = 4096;
/** Most lines of one reply. */
export const MAX_LINES = 128;
/** Most octets of one reply. */
export const MAX_REPLY_OCTETS = 65_536;

/** Longest text of a line that is kept: with code and status it still makes a line of 512. */
const MAX_TEXT_CHARACTERS = 480;

const CR = 0x0d;
const LF = 0x0a;
const DECODER = new TextDecoder("latin1");

/** The only thing that the reader needs of a connection. */
export interface OctetSource {
  /** Reads up to `buffer.length` octets; `null` at the end of the stream. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** How a reply is read. */
export interface ReadOptions {
  /** The code of the reply whose text is not looked through for secrets. */
  readonly asItCame?: "250" | "334";
}

/** Reads replies one by one; several may lie in one packet. */
export class ReplyReader {
  readonly #source: OctetSource;
  readonly #buffer = new Uint8Array(MAX_LINE_OCTETS);
  #start = 0;
  #end = 0;
  readonly #secrets: Secrets;
  #filling: Promise<boolean> | undefined;

  /** Reads from `source`, which nobody else reads from; `secrets` do not get through. */
  constructor(source: OctetSource, secrets = new Secrets()) {
    this.#source = source;
    this.#secrets = secrets;
  }

  /** Whether octets have arrived that no reply has used. */
  get hasMore(): boolean {
    return this.#start < this.#end;
  }

  /**
   * Waits for more octets, and keeps them for the next reply; while one such wait runs, all
   * callers share it. Resolves to false at the end of the stream. Lets an idle connection hear
   * its server hang up, and a sender of a long message hear an early refusal.
   */
  fill(): Promise<boolean> {
    return this.#filling ??= this.#fill();
  }

  /**
   * Reads one reply.
   *
   * @param options `asItCame`: a reply with this code is for us alone, and must not be shown: what
   * looks like a secret stays in it. A challenge (334, RFC 4954 §4) and the keywords of EHLO may hold
   * words that are somebody's password.
   * @throws {RelayError} `reply-invalid` when it breaks the grammar or a bound, `peer-closed` when
   * the stream ends before it does.
   */
  async readReply(options: ReadOptions = {}): Promise<Reply> {
    const texts: string[] = [];
    let code = "";
    for (let octets = 0;;) {
      const line = this.#takeLine() ?? await this.#waitForLine();
      octets += line.length;
      const [, digits = "", separator = "", text = ""] =
        /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line) ??
          [];
      if (digits === "" || (code !== "" && digits !== code)) {
        throw new RelayError(
          "reply-invalid",
          `Cannot read reply: got ${quote(this.#secrets.hide(line))}`,
        );
      }
      code = digits;
      texts.push(options.asItCame === code ? text : this.#secrets.hide(text));
      if (separator !== "-") return replyOf(code, texts);
      if (texts.length >= MAX_LINES || octets > MAX_REPLY_OCTETS) {
        throw new RelayError(
          "reply-invalid",
          `Cannot read reply: over ${MAX_LINES} lines or ${MAX_REPLY_OCTETS} octets`,
        );
      }
    }
  }

  async #waitForLine(): Promise<string> {
    for (;;) {
      if (!await this.fill()) {
        throw new RelayError("peer-closed", "connection closed by the mail server");
      }
      const line = this.#takeLine();
      if (line !== null) return line;
    }
  }

  /**
   * Removes one line from the buffer; `null` when its end has not come yet. A lone LF ends a line
   * too: here it can smuggle nothing, and some devices send it.
   */
  #takeLine(): string | null {
    const pending = this.#buffer.subarray(this.#start, this.#end);
    const length = pending.indexOf(LF);
    if (length < 0) {
      if (pending.length < MAX_LINE_OCTETS) return null;
      throw new RelayError(
        "reply-invalid",
        `Cannot read reply: a line of over ${MAX_LINE_OCTETS} octets`,
      );
    }
    this.#start += length + 1;
    return DECODER.decode(pending.subarray(0, pending[length - 1] === CR ? length - 1 : length));
  }

  async #fill(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    try {
      const count = await this.#source.read(this.#buffer.subarray(this.#end));
      this.#end += count ?? 0;
      return count !== null;
    } finally {
      this.#filling = undefined;
    }
  }
}

function replyOf(code: string, texts: readonly string[]): Reply {
  const status = statusOf(code, texts[0] ?? "");
  const [first = "", ...others] = texts.map((text) =>
    clean(status && statusOf(code, text) ? text.replace(/^\S+ ?/, "") : text)
  );
  const lines = [first, ...others] as const;
  return status ? { code: Number(code), status, lines } : { code: Number(code), lines };
}

/** The enhanced status code at the start of a line (RFC 2034 §4); of the code's class, or none. */
function statusOf(code: string, text: string): Reply["status"] {
  const status = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(text)?.[1];
  return status?.[0] === code[0] ? status as Reply["status"] : undefined;
}

/** RFC 5321 §4.2 allows printable ASCII and the tab in a reply, and passing it on allows no more. */
function clean(text: string): string {
  const printable = /^[ -~]*$/.test(text)
    ? text
    : text.replaceAll("\t", " ").replace(/[^ -~]/g, "?");
  return printable.slice(0, MAX_TEXT_CHARACTERS);
}

function quote(line: string): string {
  return `"${clean(line).slice(0, 60)}"`;
}
