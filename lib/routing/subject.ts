/**
 * What the packs see of a mail: its subject as a person reads it, and how its body opens.
 *
 * Everything here comes from the peer, so everything is bounded and nothing fails: no octets make
 * these functions throw.
 *
 * @module
 */

import type { Message } from "../mail/message.ts";
import { decodeOctets, readSubject } from "../mail/subject.ts";

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
