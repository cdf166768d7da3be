/**
 * What the packs see of a mail: its subject as a person reads it, and how its body opens.
 *
 * Everything here comes from the peer, so everything is bounded and nothing fails: a subject
 * that cannot be decoded is shown raw.
 *
 * INVARIANTS
 *
 * 1. A subject is one line: no CR, LF or other control character survives decoding, also not
 *    one that was hidden in an encoded word (RFC 2047).
 * 2. No octets make these functions throw.
 *
 * @module
 */

import { decodeWords } from "postal-mime";
import { fieldValue } from "../mail/header.ts";
import type { Message } from "../mail/message.ts";

/** Octets of the field that are looked at; more is no subject but an attack. */
const MAX_FIELD_LENGTH = 65_536;

/** Characters of the subject that are kept. */
const MAX_SUBJECT_LENGTH = 8_192;

/** Octets of the body that {@link readOpening} looks at. */
const MAX_OPENING_OCTETS = 1_024;

const CR = 13;
const LF = 10;

/** What a pack may look at. */
export interface MailHead {
  /** The first Subject field, decoded, on one line; absent without such a field. */
  readonly subject?: string;
  /** The first octets of the body, as text. Never rejects: unreadable is empty. */
  opening(): Promise<string>;
}

/** Takes a message's head in hand; the body is not touched before `opening()` is called. */
export function readHead(message: Message): MailHead {
  const subject = readSubject(message.fields);
  const opening = () => readOpening(message);
  return subject === undefined ? { opening } : { subject, opening };
}

/**
 * Reads the first Subject field: unfolded (RFC 5322 §2.2.3), octets as UTF-8 if they are that,
 * else as windows-1252, encoded words decoded (RFC 2047), each run of blanks made one.
 *
 * @param fields Header fields, each ending in CR LF.
 * @returns The subject on one line, at most 8,192 characters; `undefined` without the field.
 */
export function readSubject(fields: Uint8Array): string | undefined {
  const value = fieldValue(fields, "subject")?.slice(0, MAX_FIELD_LENGTH);
  if (value === undefined) return undefined;
  const raw = decodeOctets(Uint8Array.from(value, (octet) => octet.charCodeAt(0)));
  return oneLine(decodeEncodedWords(raw)).slice(0, MAX_SUBJECT_LENGTH);
}

/** Octets as text: UTF-8 if they are valid UTF-8, else windows-1252, which never fails. */
export function decodeOctets(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder("windows-1252").decode(octets);
  }
}

function decodeEncodedWords(raw: string): string {
  if (!raw.includes("=?")) return raw;
  try {
    return decodeWords(raw);
  } catch {
    return raw; // Not worth a mail: the raw text is shown instead.
  }
}

/** Every control character and run of blanks becomes one blank. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** Reads how the body begins, at most 1,024 octets; a body that cannot be read is empty. */
async function readOpening(message: Message): Promise<string> {
  const pieces: number[] = [];
  try {
    for await (const piece of message.rest()) {
      pieces.push(...piece.subarray(0, MAX_OPENING_OCTETS - pieces.length));
      if (pieces.length >= MAX_OPENING_OCTETS) break;
    }
  } catch {
    return ""; // The delivery will meet the same fault and report it.
  }
  const octets = Uint8Array.from(pieces);
  // The rest starts with the CR LF of the blank line, unless the message is all header.
  const body = octets[0] === CR && octets[1] === LF ? octets.subarray(2) : octets;
  return decodeOctets(body);
}
