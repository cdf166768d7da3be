/**
 * Where a message waits while it is being taken and delivered: in memory while small, in a file
 * of the store's folder when larger, so that a hundred large mails at once do not exhaust memory.
 *
 * INVARIANTS
 *
 * 1. At most `memoryOctets` of one message are held in memory; the rest is in `spool/ID.eml`.
 * 2. A file is named after the queue id, readable by its owner only, and never outlives the
 *    mail: `remove()` deletes it, and {@link MessageSpool.sweep} what a crash left behind.
 *    Nothing in here has been acknowledged, so deleting it loses nothing.
 * 3. A failed write is remembered and told by `finish()`; until then octets are swallowed, so
 *    that the dialogue stays in step (RFC 5321 §4.1.1.4).
 *
 * DIAGNOSTICS. `store-full` (no space), `store-failed` (anything else the disk says).
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { RelayError } from "../errors.ts";
import { findHeaderEnd } from "../mail/header.ts";
import type { Message } from "../mail/message.ts";
import { copyOf } from "./slab.ts";
import { storeError } from "./store_error.ts";

const MEBIBYTE = 1_048_576;
const CRLF = new Uint8Array([0x0d, 0x0a]);

/** A message in the spool; to be removed when nobody reads it any more. */
export interface SpooledMessage extends Message {
  /** Frees memory and file. Nothing may be read afterwards. Never rejects. */
  remove(): Promise<void>;
}

/** Takes one message, octet by octet. */
export interface MessageWriter {
  /** Takes the next octets; they are the caller's again once it resolves. Never rejects. */
  write(octets: Uint8Array): Promise<void> | void;
  /**
   * Ends the message.
   *
   * @throws {RelayError} `store-full` or `store-failed`: the disk failed. `header-too-large`: the
   * header section does not end within the first MiB. Nothing is kept in either case.
   */
  finish(): Promise<SpooledMessage>;
  /** Gives the message up. Never rejects. */
  abort(): Promise<void>;
}

/** Makes places for messages below one folder. */
export class MessageSpool {
  readonly #folder: string;
  readonly #memoryOctets: number;

  /**
   * Uses `store`/spool, which `prepare` makes, or the first large message.
   *
   * @param store The store's folder.
   * @param memoryOctets How much of one message may stay in memory; the header must fit in there.
   */
  constructor(store: string, memoryOctets = MEBIBYTE) {
    this.#folder = `${store}/spool`;
    this.#memoryOctets = memoryOctets;
  }

  /**
   * Makes the folder and tries whether it can be written to.
   *
   * @returns Why not; `null` when it can.
   */
  async prepare(): Promise<string | null> {
    try {
      await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await Deno.remove(await Deno.makeTempFile({ dir: this.#folder }));
      return null;
    } catch (error) {
      return storeError(`write to the folder ${this.#folder}`, error).message;
    }
  }

  /** Opens a place for one message; `name` becomes the file's name if it needs one. */
  open(name: string): MessageWriter {
    return new Writer(this.#folder, `${this.#folder}/${name}.eml`, this.#memoryOctets);
  }

  /**
   * Deletes files that a crash left behind: those not written to since `before`, in milliseconds
   * since the epoch. Files of another process that is still at work are younger than that.
   */
  async sweep(before: number): Promise<number> {
    let count = 0;
    try {
      for await (const entry of Deno.readDir(this.#folder)) {
        const path = `${this.#folder}/${entry.name}`;
        const { mtime } = await Deno.stat(path);
        if (!entry.name.endsWith(".eml") || (mtime?.getTime() ?? before) >= before) continue;
        await Deno.remove(path);
        count++;
      }
    } catch (error) {
      // No folder yet, or another process swept the same file first.
      if (!(error instanceof Deno.errors.NotFound)) throw storeError("sweep the spool", error);
    }
    return count;
  }
}

class Writer implements MessageWriter {
  readonly #folder: string;
  readonly #path: string;
  readonly #memoryOctets: number;
  /** Of what has gone to the file and what came before it; a message in memory is hashed when asked. */
  #hash: Hash | null = null;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #octets = 0;
  #file: Deno.FsFile | null = null;
  #failure: RelayError | null = null;

  constructor(folder: string, path: string, memoryOctets: number) {
    this.#folder = folder;
    this.#path = path;
    this.#memoryOctets = memoryOctets;
  }

  write(octets: Uint8Array): Promise<void> | void {
    this.#octets += octets.length;
    if (this.#failure) return;
    this.#hash?.update(octets);
    const room = this.#memoryOctets - this.#held;
    if (room > 0) {
      this.#pieces.push(copyOf(octets.subarray(0, room)));
      this.#held += Math.min(room, octets.length);
    }
    if (octets.length > room) return this.#spill(octets, Math.max(room, 0));
  }

  /** Writes what is beyond `from` to the file; the octets before it are in memory. */
  async #spill(piece: Uint8Array, from: number): Promise<void> {
    this.#hash ??= hashOf([...this.#pieces, piece.subarray(from)]);
    const octets = piece.subarray(from);
    try {
      this.#file ??= await this.#create();
      for (let sent = 0; sent < octets.length;) {
        sent += await this.#file.write(octets.subarray(sent));
      }
    } catch (error) {
      this.#failure = storeError("write the message to the spool", error);
      await this.abort();
    }
  }

  async #create(): Promise<Deno.FsFile> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return await Deno.open(this.#path, { write: true, createNew: true, mode: 0o600 });
  }

  async finish(): Promise<SpooledMessage> {
    if (this.#failure) throw this.#failure;
    this.#file?.close();
    const spilled = this.#file !== null;
    this.#file = null;
    const head = join(this.#pieces, this.#held);
    const end = findHeaderEnd(head);
    // An end at the very edge may be half a CR LF: what follows it is in the file.
    if (spilled && (end === null || end.fieldsEnd > head.length - 2)) {
      await remove(this.#path);
      throw new RelayError(
        "header-too-large",
        `Cannot read the header section: it does not end within ${this.#memoryOctets} octets`,
      );
    }
    const fieldsEnd = end?.fieldsEnd ?? head.length;
    const path = spilled ? this.#path : undefined;
    const hash = this.#hash;
    let digest: string | undefined;
    return {
      octets: this.#octets,
      get digest() {
        return digest ??= (hash ?? hashOf([head])).digest("hex");
      },
      fields: head.subarray(0, fieldsEnd),
      rest: () => readRest(head.subarray(fieldsEnd), end?.blankLine ?? true, path),
      remove: () => path === undefined ? Promise.resolve() : remove(path),
    };
  }

  async abort(): Promise<void> {
    this.#pieces = [];
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    file.close();
    await remove(this.#path);
  }
}

async function* readRest(
  held: Uint8Array,
  blankLine: boolean,
  path: string | undefined,
): AsyncGenerator<Uint8Array> {
  if (!blankLine) yield CRLF;
  if (held.length > 0) yield held;
  if (path === undefined) return;
  using file = await Deno.open(path, { read: true });
  for (;;) {
    const buffer = new Uint8Array(65_536);
    const count = await file.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

function hashOf(pieces: readonly Uint8Array[]): Hash {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash;
}

/** One array out of many; the one piece itself when there is only one. */
function join(pieces: readonly Uint8Array[], octets: number): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(octets);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // Gone already, or the disk is ill: the sweep at the next start takes it.
  }
}
