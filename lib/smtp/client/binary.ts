/**
 * Whether a message that was called binary (RFC 3030 §3) is so in fact. Mail programs say
 * BINARYMIME whenever it is offered; what they send is text as a rule, and every server takes that.
 *
 * @module
 */

import type { Content } from "../../mail/compose.ts";

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/** Longest line, without CR LF, in octets (RFC 5321 §4.5.3.1.6). */
const MAX_LINE_OCTETS = 998;

/**
 * Reads a message once to see whether it can follow DATA as it is: CR and LF in pairs only, no
 * NUL, no line of over 998 octets. A last line without its end passes: DATA ends it.
 *
 * @throws Whatever reading the message throws.
 */
export async function isFitForData(content: Content): Promise<boolean> {
  const lines = new LineCheck();
  for (const piece of content.head) if (!lines.take(piece)) return false;
  for await (const piece of content.rest()) if (!lines.take(piece)) return false;
  return lines.ended;
}

class LineCheck {
  /** Octets of the line so far; a CR that waits for its LF is not among them. */
  #length = 0;
  #afterCr = false;

  /** Whether no CR waits for its LF. */
  get ended(): boolean {
    return !this.#afterCr;
  }

  /** Takes a piece; false when it cannot follow DATA. */
  take(piece: Uint8Array): boolean {
    let length = this.#length;
    let afterCr = this.#afterCr;
    for (const octet of piece) {
      if (afterCr !== (octet === LF) || octet === NUL) return false;
      if (octet === LF) length = 0;
      else if (octet !== CR && ++length > MAX_LINE_OCTETS) return false;
      afterCr = octet === CR;
    }
    this.#length = length;
    this.#afterCr = afterCr;
    return true;
  }
}
