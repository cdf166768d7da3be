/**
 * Looks at a message while it passes, for what devices leave out or do wrong in one. None of it keeps
 * a relay from taking the mail. Pure; it keeps the header section and forgets the rest.
 *
 * @module
 */

import { fieldValue, findHeaderEnd } from "../../mail/header.ts";

/** What a message is like. */
export interface MessageFacts {
  /** Its octets: newlines mended, dots unstuffed. */
  readonly octets: number;
  /** Newlines that were a bare CR or LF. */
  readonly bareNewlines: number;
  /** What is odd about it, apart from those: `no Date`, `a line of 20,480 octets`. */
  readonly oddities: readonly string[];
}

/** Most of the header section that is kept, in octets. */
const HEADER_OCTETS = 65_536;

/** Longest line of a message, without its CR LF (RFC 5322 §2.1.1). */
const LINE_OCTETS = 998;

const LF = 0x0a;

/** Fields that a mail should have (RFC 5322 §3.6), or that people miss. */
const WANTED = ["Date", "Message-ID", "From", "Subject"] as const;
const ADDRESSED = ["To", "Cc", "Bcc"] as const;

/** One message. */
export class MessageExam {
  readonly #kept: Uint8Array[] = [];
  #keptOctets = 0;
  #lineOctets = 0;
  #longestLine = 0;
  #eightBit = false;
  #nul = false;

  /** Takes the next octets, CR LF throughout, dots unstuffed. */
  take(octets: Uint8Array): void {
    this.#keep(octets);
    for (let at = 0; at < octets.length;) {
      const end = octets.indexOf(LF, at);
      const stop = end < 0 ? octets.length : end;
      this.#lineOctets += stop - at;
      if (end >= 0) {
        // The CR belongs to the line end.
        this.#longestLine = Math.max(this.#longestLine, this.#lineOctets - 1);
        this.#lineOctets = 0;
      }
      at = stop + 1;
    }
    this.#eightBit ||= octets.some((octet) => octet > 0x7f);
    this.#nul ||= octets.includes(0);
  }

  /**
   * Says what is odd about what has come.
   *
   * @param smtpUtf8 Whether UTF-8 in the header section was announced (RFC 6531).
   */
  oddities(smtpUtf8: boolean): readonly string[] {
    const header = this.#header();
    const end = findHeaderEnd(header)?.fieldsEnd ?? header.length;
    const fields = header.subarray(0, end);
    const lineOctets = Math.max(this.#longestLine, this.#lineOctets);
    return [
      ...end === 0 ? ["no header section"] : missing(fields),
      ...fields.some((octet) => octet > 0x7f) && !smtpUtf8
        ? ["8-bit text in the header section"]
        : [],
      ...this.#eightBit && !declares(fields) ? ["8-bit text without a declaration"] : [],
      ...lineOctets > LINE_OCTETS ? [`a line of ${lineOctets.toLocaleString("en")} octets`] : [],
      ...this.#nul ? ["NUL octets"] : [],
    ];
  }

  #keep(octets: Uint8Array): void {
    const room = HEADER_OCTETS - this.#keptOctets;
    if (room <= 0) return;
    const piece = octets.slice(0, room);
    this.#kept.push(piece);
    this.#keptOctets += piece.length;
  }

  #header(): Uint8Array {
    const header = new Uint8Array(this.#keptOctets);
    let at = 0;
    for (const piece of this.#kept) {
      header.set(piece, at);
      at += piece.length;
    }
    return header;
  }
}

function missing(fields: Uint8Array): string[] {
  const has = (name: string) => fieldValue(fields, name) !== undefined;
  return [
    ...WANTED.filter((name) => !has(name)).map((name) => `no ${name}`),
    ...ADDRESSED.some(has) ? [] : ["no To"],
  ];
}

/** Whether it is said how 8-bit text is to be read; of what parts say nothing is known here. */
function declares(fields: Uint8Array): boolean {
  const type = fieldValue(fields, "Content-Type") ?? "";
  if (/^multipart\//i.test(type)) return true;
  const encoding = fieldValue(fields, "Content-Transfer-Encoding") ?? "7bit";
  return /^(?:8bit|binary)$/i.test(encoding) &&
    (/;\s*charset=/i.test(type) || !/^text\//i.test(type));
}
