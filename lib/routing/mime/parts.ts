/**
 * The parts of a mail (RFC 2046), found in one pass over its octets.
 *
 * This is our own instead of the MIME library's, which takes a promise a line, decodes what nobody
 * asks for, and gives up on a mail that is nested too deep: here such a mail is read as far as the
 * bounds go.
 *
 * INVARIANTS
 *
 * 1. Time and memory grow with the octets, whatever they are: at most 20 levels, 200 parts.
 * 2. A multipart without its boundary, or that boundary without a line of its own, is text.
 *
 * @module
 */

import { findHeaderEnd } from "../../mail/header.ts";
import { Header } from "./header.ts";
import { type Parameterised, readParameters } from "./parameters.ts";

/** Levels of multiparts and messages inside each other. */
const MAX_DEPTH = 20;
/** Parts that are looked at, multiparts included. */
const MAX_PARTS = 200;
/** Longest boundary that is looked for; RFC 2046 allows 70. */
const MAX_BOUNDARY_OCTETS = 200;

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const DASH = 0x2d;

/** A part that holds no other parts. */
export interface Leaf {
  /** Its media type and parameters. */
  readonly type: Parameterised;
  /** Its disposition and parameters. */
  readonly disposition: Parameterised;
  /** Its transfer encoding, in lower case. */
  readonly encoding: string;
  /** Its octets, still encoded. */
  readonly octets: Uint8Array;
  /** How many attached messages it is inside of. */
  readonly messages: number;
}

/** A boundary line, or the end of the octets. */
interface Delimiter {
  /** Where its line begins. */
  readonly at: number;
  /** Where the next line begins. */
  readonly next: number;
  /** Which of the open multiparts it belongs to; -1 for the end. */
  readonly level: number;
  /** Whether it closes that one. */
  readonly closing: boolean;
}

/** Where an entity stands. */
interface Place {
  readonly bodyAt: number;
  readonly messages: number;
  readonly depth: number;
}

/**
 * Finds the parts.
 *
 * @param header The header of the mail.
 * @param body What follows its blank line.
 * @returns Them in order; one for a mail that is no multipart.
 */
export function findParts(header: Header, body: Uint8Array): readonly Leaf[] {
  const walk = new Walk(body);
  walk.entity(header, { bodyAt: 0, messages: 0, depth: 0 });
  return walk.leaves;
}

class Walk {
  readonly leaves: Leaf[] = [];
  readonly #octets: Uint8Array;
  readonly #boundaries: string[] = [];
  #parts = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** Reads an entity and what is in it; gives the delimiter that ends it. */
  entity(header: Header, place: Place): Delimiter {
    this.#parts++;
    const type = readParameters(header.raw("content-type"));
    const encoding = readParameters(header.raw("content-transfer-encoding")).value;
    const boundary = type.raw("boundary")?.slice(0, MAX_BOUNDARY_OCTETS) ?? "";
    if (place.depth < MAX_DEPTH && type.value.startsWith("multipart/") && boundary !== "") {
      return this.#multipart(
        boundary,
        place,
        () => this.#leaf(header, readParameters(), "", place),
      );
    }
    const plain = encoding !== "base64" && encoding !== "quoted-printable";
    if (place.depth < MAX_DEPTH && type.value === "message/rfc822" && plain) {
      return this.#part(place.bodyAt, { ...place, messages: place.messages + 1 });
    }
    return this.#leaf(header, type, encoding, place);
  }

  #multipart(boundary: string, place: Place, asText: () => Delimiter): Delimiter {
    const level = this.#boundaries.push(boundary) - 1;
    let delimiter = this.#scan(place.bodyAt);
    const first = delimiter;
    while (delimiter.level === level && !delimiter.closing) {
      delimiter = this.#part(delimiter.next, place);
    }
    // After the closing one there is an epilogue, which belongs to nobody.
    this.#boundaries.length = level;
    if (first.level !== level) return asText();
    return delimiter.level === level ? this.#scan(delimiter.next) : delimiter;
  }

  /** Reads a part, or an attached message, that begins with its header. */
  #part(at: number, { messages, depth }: Omit<Place, "bodyAt">): Delimiter {
    const rest = this.#octets.subarray(at);
    const { fieldsEnd } = findHeaderEnd(rest) ?? { fieldsEnd: rest.length };
    let bodyAt = at + fieldsEnd;
    // The line end of a blank line that ends no header is kept: it may precede a boundary.
    if (this.#octets[bodyAt] === CR && this.#octets[bodyAt + 1] === LF) bodyAt += 2;
    else if (this.#octets[bodyAt] === LF) bodyAt += 1;
    return this.entity(new Header(rest.subarray(0, fieldsEnd)), {
      bodyAt,
      messages,
      depth: depth + 1,
    });
  }

  #leaf(header: Header, type: Parameterised, encoding: string, place: Place): Delimiter {
    const end = this.#scan(place.bodyAt);
    this.leaves.push({
      type,
      disposition: readParameters(header.raw("content-disposition")),
      encoding,
      octets: this.#octets.subarray(place.bodyAt, this.#withoutLineEnd(place.bodyAt, end)),
      messages: place.messages,
    });
    return end;
  }

  /** The line end before a boundary is the boundary's. */
  #withoutLineEnd(start: number, { at, level }: Delimiter): number {
    let end = at;
    if (level >= 0 && end > start && this.#octets[end - 1] === LF) end--;
    if (level >= 0 && end > start && end < at && this.#octets[end - 1] === CR) end--;
    return end;
  }

  /** Finds the next delimiter of any open multipart, from the begin of a line on. */
  #scan(from: number): Delimiter {
    const octets = this.#octets;
    const over = { at: octets.length, next: octets.length, level: -1, closing: true };
    if (this.#boundaries.length === 0) return over;
    for (let at = from; at >= 0 && at < octets.length; at++) {
      const delimiter = octets[at] === DASH && octets[at + 1] === DASH ? this.#match(at) : null;
      // Beyond the bound, what is left of the mail is not looked at.
      if (delimiter !== null) return this.#parts < MAX_PARTS ? delimiter : { ...over, at };
      while (at < octets.length && octets[at] !== LF) at++;
    }
    return over;
  }

  /** The delimiter in the line at `at`, of the innermost multipart that it fits. */
  #match(at: number): Delimiter | null {
    const found = this.#octets.indexOf(LF, at);
    const next = found < 0 ? this.#octets.length : found + 1;
    for (let level = this.#boundaries.length - 1; level >= 0; level--) {
      const closing = this.#fits(at + 2, next, this.#boundaries[level] ?? "");
      if (closing !== null) return { at, next, level, closing };
    }
    return null;
  }

  /** Whether a boundary and nothing else stands there, and whether it closes; `null`: it does not. */
  #fits(start: number, end: number, boundary: string): boolean | null {
    const octets = this.#octets;
    for (let index = 0; index < boundary.length; index++) {
      if (octets[start + index] !== boundary.charCodeAt(index)) return null;
    }
    let at = start + boundary.length;
    const closing = octets[at] === DASH && octets[at + 1] === DASH;
    if (closing) at += 2;
    while (at < end && isBlank(octets[at])) at++;
    return at === end ? closing : null;
  }
}

function isBlank(octet: number | undefined): boolean {
  return octet === SPACE || octet === TAB || octet === CR || octet === LF;
}
