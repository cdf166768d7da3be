/**
 * What the journal and people are told of a message: its Subject and its Message-ID. Pure; runs
 * once for every mail, so what is usual takes a few microseconds.
 *
 * @module
 */

import { fieldValue } from "./header.ts";
import type { JournalEntry } from "./journal.ts";
import type { Mail } from "./message.ts";
import { clip } from "./printable.ts";
import { readSubject } from "./subject.ts";

/** Most characters of either: what one line of a message may hold (RFC 5322 §2.1.1). */
const MAX_CHARACTERS = 998;

/** What the journal knows of a mail from its arrival. */
export function journalEntry(mail: Mail): JournalEntry {
  const { fields, octets } = mail.message;
  const messageId = messageIdOf(fields);
  const subject = subjectOf(fields);
  return {
    queueId: mail.queueId,
    receivedAt: mail.receivedAt,
    envelope: mail.envelope,
    ...(messageId !== undefined && { messageId }),
    ...(subject !== undefined && { subject }),
    octets,
  };
}

/** The first Subject, decoded, on one line of at most 998 characters; absent without the field. */
export function subjectOf(fields: Uint8Array): string | undefined {
  const subject = readSubject(fields);
  return subject === undefined ? undefined : clip(subject, MAX_CHARACTERS);
}

/**
 * The first Message-ID with its angle brackets, which are added where the sender left them out;
 * printable ASCII, at most 998 characters; absent without a field that says something.
 */
export function messageIdOf(fields: Uint8Array): string | undefined {
  const value = fieldValue(fields, "message-id");
  if (value === undefined || value === "") return undefined;
  // Gateways write comments behind it.
  const id = /<[^<>]*>/.exec(value)?.[0] ?? `<${value.replace(/[<>]/g, "")}>`;
  return clip(id.replace(/[^ -~]/g, "?"), MAX_CHARACTERS);
}
