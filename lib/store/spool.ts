/**
 * Where a message waits while it is being taken and delivered: in memory while small, in a file
 * of the store's folder when larger, so that a hundred large mails at once do not exhaust memory.
 *
 * INVARIANTS
 *
 * 1. At most `memoryOctets` of one message are held in memory. One that is larger is in
 *    `spool/ID.eml` whole, from its first octet; memory keeps its header section only.
 * 2. A file is named after the queue id, readable by its owner only, and never outlives the
 *    mail: `remove()` deletes it, unless the store has taken it over (`message_files.ts`), and
 *    {@link MessageSpool.sweep} what a crash left behind. Nothing in `spool/` has been
 *    acknowledged, so deleting it loses nothing.
 * 3. A failed write is remembered and told by `finish()`; until then octets are swallowed, so
 *    that the dialogue stays in step (RFC 5321 §4.1.1.4).
 *
 * DIAGNOSTICS. `store-full` (no space), `store-failed` (anything else the disk says).
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { RelayError } from "../errors.ts";
import { findHeaderEnd, type HeaderEnd } from "../mail/header.ts";
import { spoolFolder } from "./layout.ts";
import { MessagePlace } from "./message_place.ts";
import { copyOf } from "./slab.ts";
import { inFile, inMemory, type SpooledMessage } from "./spooled_message.ts";
import { storeError } from "./store_error.ts";

export type { SpooledMessage };

const MEBIBYTE = 1_048_576;

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
    this.#folder = spoolFolder(store);
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
  /** Of what has gone to the file; a message in memory is hashed when asked. */
  #hash: Hash | null = null;
  #pieces: Uint8Array[] = [];
  #octets = 0;
  #file: Deno.FsFile | null = null;
  /** The header section of a message in a file. */
  #fields: Uint8Array | null = null;
  #failure: RelayError | null = null;

  constructor(folder: string, path: string, memoryOctets: number) {
    this.#folder = folder;
    this.#path = path;
    this.#memoryOctets = memoryOctets;
  }

  write(octets: Uint8Array): Promise<void> | void {
    const before = this.#octets;
    this.#octets += octets.length;
    if (this.#failure) return;
    if (this.#octets > this.#memoryOctets) return this.#spill(octets, before);
    this.#pieces.push(copyOf(octets));
  }

  /** Writes to the file; the first time also what has been held in memory until now. */
  async #spill(octets: Uint8Array, before: number): Promise<void> {
    try {
      if (this.#file === null) {
        const room = octets.subarray(0, this.#memoryOctets - before);
        const head = join([...this.#pieces, room], this.#memoryOctets);
        this.#fields = this.#fieldsOf(head);
        this.#pieces = [];
        this.#hash = createHash("sha256");
        this.#file = await this.#create();
        await this.#append(head);
        await this.#append(octets.subarray(room.length));
      } else {
        await this.#append(octets);
      }
    } catch (error) {
      this.#failure = error instanceof RelayError
        ? error
        : storeError("write the message to the spool", error);
      await this.abort();
    }
  }

  /** A copy of the header section, which must end in the octets that memory may hold. */
  #fieldsOf(head: Uint8Array): Uint8Array {
    const end = findHeaderEnd(head);
    // An end at the very edge may be half a CR LF: what follows it has not come yet.
    if (end === null || end.fieldsEnd > head.length - 2) {
      throw new RelayError(
        "header-too-large",
        `Cannot read the header section: it does not end within ${this.#memoryOctets} octets`,
      );
    }
    return head.slice(0, end.fieldsEnd);
  }

  async #create(): Promise<Deno.FsFile> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return await Deno.open(this.#path, { write: true, createNew: true, mode: 0o600 });
  }

  async #append(octets: Uint8Array): Promise<void> {
    this.#hash?.update(octets);
    for (let sent = 0; sent < octets.length;) {
      sent += await this.#file?.write(octets.subarray(sent)) ?? octets.length;
    }
  }

  finish(): Promise<SpooledMessage> {
    if (this.#failure) return Promise.reject(this.#failure);
    const octets = this.#octets;
    if (this.#hash !== null && this.#fields !== null) {
      this.#file?.close();
      this.#file = null;
      const digest = this.#hash.digest("hex");
      const place = new MessagePlace(this.#path);
      return Promise.resolve(inFile({ octets, digest, fields: this.#fields, place }));
    }
    const whole = join(this.#pieces, octets);
    const all: HeaderEnd = { fieldsEnd: octets, blankLine: true };
    return Promise.resolve(inMemory(whole, findHeaderEnd(whole) ?? all));
  }

  async abort(): Promise<void> {
    this.#pieces = [];
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    file.close();
    await new MessagePlace(this.#path).remove();
  }
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
