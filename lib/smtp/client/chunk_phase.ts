/**
 * The message itself as BDAT chunks (RFC 3030 §2): octets as they are, nothing doubled, no line
 * ends needed.
 *
 * A chunk is announced with its size and read by the server whatever it thinks of it; the next one
 * goes out when this one has its 250. Chunks are long, so that the round trips cost little, and
 * bounded, so that a refusal is heard in time.
 *
 * Invariants: what was announced is what is sent, or the connection is cut. `LAST` is announced
 * only for the chunk that ends the message, and its last octets go out only once the message is
 * known to be whole.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Content } from "../../mail/compose.ts";
import type { Reply } from "../../mail/reply.ts";
import type { DataEnd } from "./data_phase.ts";
import { type Dialog, readReply, unexpected } from "./dialog.ts";
import { Ear, lastWords } from "./ear.ts";

/** Size of a chunk but for the last one, in octets. */
export const CHUNK_OCTETS = 1_048_576;

/**
 * Sends a message and reads the answers.
 *
 * @param dialog The dialog; somebody must have been accepted as recipient.
 * @param content The message.
 * @param onEnd Called as the last octets go out: from now on the server may have the mail.
 * @throws {RelayError} As the dialog, or with the content's own failure; the dialog is of no use
 * then.
 */
export async function sendChunks(
  dialog: Dialog,
  content: Content,
  onEnd: () => void,
): Promise<DataEnd> {
  const sender = new ChunkSender(dialog, content.octets, onEnd);
  try {
    for (const piece of content.head) await sender.add(piece);
    for await (const piece of content.rest()) await sender.add(piece);
    return { reply: await sender.end(), command: "BDAT", early: false };
  } catch (error) {
    if (error instanceof Refusal) return { reply: error.reply, command: "BDAT", early: false };
    if (error instanceof RelayError && error.code === "peer-closed") {
      const reply = await lastWords(dialog, error);
      return { reply, command: "half the message", early: true };
    }
    throw error;
  }
}

/** Leaves the loop over the content; nobody else sees it. */
class Refusal extends Error {
  constructor(readonly reply: Reply) {
    super("chunk refused");
  }
}

/** Cuts a message of known size into chunks, and those into blocks of the dialog's buffer. */
class ChunkSender {
  readonly #dialog: Dialog;
  readonly #octets: number;
  readonly #onEnd: () => void;
  /** Octets of the message that no chunk has announced yet. */
  #unannounced: number;
  /** Octets of this chunk that are still to come. */
  #missing = 0;
  #used = 0;
  #taken = 0;
  #ear: Ear;

  constructor(dialog: Dialog, octets: number, onEnd: () => void) {
    this.#dialog = dialog;
    this.#octets = this.#unannounced = octets;
    this.#onEnd = onEnd;
    this.#ear = new Ear(dialog);
    this.#announce();
  }

  /** Adds a piece. What is left in the buffer goes out with the next octets, or at the end. */
  async add(piece: Uint8Array): Promise<void> {
    this.#taken += piece.length;
    if (this.#taken > this.#octets) throw this.#notWhole("is longer than its");
    const { buffer } = this.#dialog;
    for (let at = 0; at < piece.length;) {
      if (this.#missing === 0) await this.#endChunk();
      else if (this.#used === buffer.length) await this.#write();
      const room = Math.min(this.#missing, buffer.length - this.#used);
      const slice = piece.subarray(at, at + room);
      buffer.set(slice, this.#used);
      this.#used += slice.length;
      this.#missing -= slice.length;
      at += slice.length;
    }
  }

  /** Ends the last chunk, and reads the reply about the whole message. */
  async end(): Promise<Reply> {
    if (this.#taken < this.#octets) throw this.#notWhole(`ends after ${this.#taken} of`);
    this.#ear.check();
    this.#onEnd();
    return await this.#finishChunk(this.#dialog.limits.endMs);
  }

  /** The command stands in the buffer before its octets, so that they go out together. */
  #announce(): void {
    this.#missing = Math.min(this.#unannounced, CHUNK_OCTETS);
    this.#unannounced -= this.#missing;
    const last = this.#unannounced === 0 ? " LAST" : "";
    const command = new TextEncoder().encode(`BDAT ${this.#missing}${last}\r\n`);
    this.#dialog.buffer.set(command);
    this.#used = command.length;
    this.#ear = new Ear(this.#dialog);
  }

  async #endChunk(): Promise<void> {
    const reply = await this.#finishChunk(this.#dialog.limits.blockMs);
    if (reply.code >= 400) throw new Refusal(reply);
    this.#announce();
  }

  async #finishChunk(limitMs: number): Promise<Reply> {
    this.#ear.expectReply();
    await this.#write();
    this.#ear.close();
    const reply = await readReply(this.#dialog, "BDAT", limitMs);
    if (reply.code >= 300 && reply.code < 400) throw unexpected("BDAT", reply);
    return reply;
  }

  async #write(): Promise<void> {
    const { wire, limits, buffer } = this.#dialog;
    this.#ear.check();
    wire.limit(limits.blockMs, "progress in writing the message");
    const written = wire.write(buffer.subarray(0, this.#used));
    this.#used = 0;
    this.#ear.listen();
    await written;
  }

  #notWhole(how: string): RelayError {
    return new RelayError("store-failed", `message ${how} ${this.#octets} octets`);
  }
}
