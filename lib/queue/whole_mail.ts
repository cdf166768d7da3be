/**
 * Reads a mail that a bounce is to give back whole: the rules that write the bounce are pure, and a
 * message may be on the disk.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import { asksForWhole } from "../mail/returned.ts";

const records = log("queue");

/**
 * All octets of a mail, where its sender wants them back and somebody will not get it; `undefined`
 * for nearly every mail, and where they cannot be read: then its header does.
 *
 * @param outcomes What an attempt came to; absent: the mail is given up because of its age.
 */
export async function wholeMail(
  mail: Mail,
  outcomes?: Iterable<Outcome>,
): Promise<Uint8Array | undefined> {
  if (!asksForWhole(mail)) return undefined;
  // One that is only deferred may have been deferred for the last time.
  if (outcomes && [...outcomes].every(({ kind }) => kind === "delivered")) return undefined;
  const { queueId, message } = mail;
  try {
    const pieces = [message.fields];
    for await (const piece of message.rest()) pieces.push(piece.slice());
    return joined(pieces);
  } catch (error) {
    records.warning("mail not given back whole", { queueId, reason: reasonOf(error) });
    return undefined;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
