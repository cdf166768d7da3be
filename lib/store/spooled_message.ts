/**
 * The two forms of a message that the spool hands out: in memory, or in a file of which only the
 * header section is in memory.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { HeaderEnd } from "../mail/header.ts";
import type { Message } from "../mail/message.ts";
import type { MessagePlace } from "./message_place.ts";

const CR = 0x0d;
const LF = 0x0a;
const CRLF = new Uint8Array([CR, LF]);
const PIECE_OCTETS = 65_536;

/** A message in the spool; to be removed when nobody reads it any more. */
export interface SpooledMessage extends Message {
  /** The file with the whole message as received, wherever it is now; absent: it is in memory. */
  readonly file?: string;
  /** Where the file is, for the store that takes it over; absent: it is in memory. */
  readonly place?: MessagePlace;
  /** All that `rest()` would yield, where that is in memory. */
  readonly held?: Uint8Array;
  /**
   * Frees memory and file; a file that the store has taken over stays. Nothing may be read
   * afterwards. Never rejects.
   */
  remove(): Promise<void>;
}

/** A message in memory. */
export function inMemory(whole: Uint8Array, { fieldsEnd, blankLine }: HeaderEnd): SpooledMessage {
  const body = whole.subarray(fieldsEnd);
  const held = blankLine ? body : afterBlankLine(body);
  let digest: string | undefined;
  return {
    octets: whole.length,
    get digest() {
      return digest ??= createHash("sha256").update(whole).digest("hex");
    },
    fields: whole.subarray(0, fieldsEnd),
    held,
    rest: () => onePiece(held),
    remove: () => Promise.resolve(),
  };
}

function afterBlankLine(body: Uint8Array): Uint8Array {
  const held = new Uint8Array(CRLF.length + body.length);
  held.set(CRLF);
  held.set(body, CRLF.length);
  return held;
}

/** A message in a file, with what the spool knows of it. */
export function inFile(
  { octets, digest, fields, place }:
    & Pick<Message, "octets" | "digest" | "fields">
    & { readonly place: MessagePlace },
): SpooledMessage {
  return {
    octets,
    digest,
    fields,
    get file() {
      return place.path;
    },
    place,
    rest: () => readRest(() => place.open(), fields.length),
    remove: () => place.remove(),
  };
}

/** What `rest()` is for octets in memory. */
export async function* onePiece(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  if (octets.length > 0) yield octets;
}

/**
 * What `rest()` is for a message in a file: what follows the fields, with a blank line before it
 * where the message has none (RFC 5322 §2.1). Each piece overwrites the one before.
 */
export async function* readRest(
  open: () => Promise<Deno.FsFile>,
  fieldsOctets: number,
): AsyncGenerator<Uint8Array> {
  using file = await open();
  await file.seek(fieldsOctets, Deno.SeekMode.Start);
  // One for all pieces: the collector is in no hurry, and a large mail would pile up tens of MB.
  const buffer = new Uint8Array(PIECE_OCTETS);
  for (let first = true;; first = false) {
    const count = await file.read(buffer);
    if (count === null) return;
    if (first && !(buffer[0] === CR && buffer[1] === LF)) yield CRLF;
    yield buffer.subarray(0, count);
  }
}
