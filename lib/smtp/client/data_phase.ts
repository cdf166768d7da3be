/**
 * The message itself: from the 354 reply to the reply after the end of data.
 *
 * Invariant: the end of data is never sent for a message that is not whole; the connection is cut
 * instead, so that the server forgets it.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Content } from "../../mail/compose.ts";
import type { Reply } from "../../mail/reply.ts";
import { DataWriter } from "./data_writer.ts";
import { answer, type Dialog, PeerRefused, readReply, unexpected } from "./dialog.ts";

/** How the data phase ended. */
export interface DataEnd {
  /** 2xx, 4xx or 5xx. */
  readonly reply: Reply;
  /** Whether the reply came before the end of data was sent; the dialog is of no use then. */
  readonly early: boolean;
}

/** Longest wait for a reply that may explain why the server stopped taking octets, in ms. */
const LAST_WORDS_MS = 1_000;

/**
 * Sends a message and reads the answer.
 *
 * @param dialog The dialog, which has seen 354.
 * @param content The message.
 * @param onEnd Called as the end of data goes out: from now on the server may have the mail.
 * @throws {RelayError} As the dialog, or with the content's own failure.
 */
export async function sendMessage(
  dialog: Dialog,
  content: Content,
  onEnd: () => void,
): Promise<DataEnd> {
  try {
    await sendContent(dialog, content, onEnd);
  } catch (error) {
    if (error instanceof RelayError && error.code === "peer-closed") {
      return await lastWords(dialog, error);
    }
    throw error;
  }
  const reply = await readReply(dialog, "end of data", dialog.limits.endMs);
  if (reply.code < 400 && reply.code >= 300) throw unexpected("end of data", reply);
  return { reply, early: false };
}

async function sendContent(dialog: Dialog, content: Content, onEnd: () => void): Promise<void> {
  const { wire, limits, buffer } = dialog;
  const ear = new Ear(dialog);
  const writer = new DataWriter((block) => {
    ear.check();
    wire.limit(limits.blockMs, "progress in writing the message");
    return wire.write(block);
  }, buffer);
  ear.check();
  for (const piece of content.head) await writer.add(piece);
  for await (const piece of content.rest()) {
    const written = writer.add(piece);
    if (written === undefined) continue;
    ear.listen();
    await written;
  }
  if (writer.octets < content.octets) {
    const text = `message ends after ${writer.octets} of ${content.octets} octets`;
    throw new RelayError("store-failed", text);
  }
  ear.expectReply();
  // Before the write, not after it: once its octets are with the kernel nobody can call them back.
  onEnd();
  await writer.end();
  ear.close();
}

/**
 * Hears a reply in mid-message. Some servers refuse there and then read no more: without an ear
 * for that, the next write would wait for minutes.
 */
class Ear {
  readonly #dialog: Dialog;
  #heard: RelayError | undefined;
  #listening = false;
  #replyExpected = false;
  #closed = false;

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

/** The server takes no more. If it said why, that counts; accepting half a message does not. */
async function lastWords(dialog: Dialog, lost: RelayError): Promise<DataEnd> {
  if (dialog.wire.cutReason) throw dialog.wire.cutReason;
  let reply: Reply;
  try {
    reply = await readReply(dialog, "half the message", LAST_WORDS_MS);
  } catch (error) {
    throw error instanceof PeerRefused ? error : lost;
  }
  if (reply.code < 400) throw new RelayError("reply-invalid", answer("half the message", reply));
  return { reply, early: true };
}
