/**
 * A claimed delivery with a message that can be read, out of the row that the database's thread
 * sends.
 *
 * @module
 */

import type { Message } from "../mail/message.ts";
import { messageFile } from "./layout.ts";
import type { ClaimedRow, MessageRow } from "./operations.ts";
import { onePiece, readRest } from "./spooled_message.ts";
import type { ClaimedDelivery } from "./store.ts";

/** A claimed delivery out of its row; `store` is the folder where large messages are. */
export function claimedDelivery(row: ClaimedRow, store: string): ClaimedDelivery {
  const { mail, settled } = row;
  const message = storedMessage(mail.message, messageFile(store, mail.queueId));
  return { ...row, mail: { ...mail, message }, settled: new Set(settled) };
}

function storedMessage({ octets, digest, fields, rest }: MessageRow, file: string): Message {
  if (rest !== null) return { octets, digest, fields, rest: () => onePiece(rest) };
  const open = () => Deno.open(file, { read: true });
  return { octets, digest, fields, rest: () => readRest(open, fields.length) };
}
