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
import { type Dialog, readReply, unexpected } from "./dialog.ts";
import { Ear, lastWords } from "./ear.ts";

/** How the message ended. */
export interface DataEnd {
  /** 2xx, 4xx or 5xx. */
  readonly reply: Reply;
  /** What it answers, as reasons name it. */
  readonly command: string;
  /** Whether the reply came before the end of data was sent; the dialog is of no use then. */
  readonly early: boolean;
}

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
      const reply = await lastWords(dialog, error);
      return { reply, command: "half the message", early: true };
    }
    throw error;
  }
  const command = "end of data";
  const reply = await readReply(dialog, command, dialog.limits.endMs);
  if (reply.code < 400 && reply.code >= 300) throw unexpected(command, reply);
  return { reply, command, early: false };
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
