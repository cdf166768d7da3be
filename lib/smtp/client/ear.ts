/**
 * Hearing a server that answers before its turn: while a message is being written to it.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Reply } from "../../mail/reply.ts";
import { answer, type Dialog, PeerRefused, readReply } from "./dialog.ts";

/** Longest wait for a reply that may explain why the server stopped taking octets, in ms. */
const LAST_WORDS_MS = 1_000;

/**
 * Hears a reply in mid-message. Some servers refuse there and then read no more: without an ear
 * for that, the next write would wait for minutes.
 */
export class Ear {
  readonly #dialog: Dialog;
  #heard: RelayError | undefined;
  #listening = false;
  #replyExpected = false;
  #closed = false;

  /** Makes an ear that does not listen yet. */
  constructor(dialog: Dialog) {
    this.#dialog = dialog;
  }

  /** Starts listening; from now on a reply ends the write that is under way. */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#dialog.reader.fill().catch(() => false).then(() => this.#hear());
  }

  /** The end of data goes out now: the reply to it may well be heard before its write is done. */
  expectReply(): void {
    this.check();
    this.#replyExpected = true;
  }

  /** All is written: what comes now is the reply. */
  close(): void {
    this.#closed = true;
  }

  /** Rejects further writing once something was heard. */
  check(): void {
    if (this.#heard || (!this.#replyExpected && this.#dialog.reader.hasMore)) {
      throw this.#heard ?? new RelayError("peer-closed", "reply in mid-message");
    }
  }

  #hear(): void {
    const { wire } = this.#dialog;
    if (this.#closed) return;
    if (this.#replyExpected) {
      // Either the reply to the end of data, or a late refusal by a server that reads no more.
      wire.limit(LAST_WORDS_MS, "progress in writing the end of the message");
      return;
    }
    this.#heard = new RelayError("peer-closed", "connection closed in mid-message");
    wire.stopWriting(this.#heard);
  }
}

/**
 * What a server says that takes no more. If it said why, that counts; accepting half a message
 * does not.
 *
 * @param dialog The dialog.
 * @param lost How its taking no more showed.
 * @throws {RelayError} `lost`, when it says nothing; else what it did, when that makes no sense.
 */
export async function lastWords(dialog: Dialog, lost: RelayError): Promise<Reply> {
  if (dialog.wire.cutReason) throw dialog.wire.cutReason;
  let reply: Reply;
  try {
    reply = await readReply(dialog, "half the message", LAST_WORDS_MS);
  } catch (error) {
    throw error instanceof PeerRefused ? error : lost;
  }
  if (reply.code < 400) throw new RelayError("reply-invalid", answer("half the message", reply));
  return reply;
}
