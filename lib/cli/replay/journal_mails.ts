/**
 * The mails of the journal as they came, oldest text aside: as far as it has kept them.
 *
 * @module
 */

import type { JournalRecord } from "../../mail/journal.ts";
import type { Mail } from "../../mail/message.ts";
import type { StoreReader } from "../../store/views.ts";
import { heldMessage } from "../held_message.ts";

/** Mails that are in memory at a time. */
const PAGE = 500;

/** Most octets of a kept text that are read: no rule looks further. */
const MAX_OCTETS = 1_048_576;

/** A mail of the journal. */
export interface JournalMail {
  /** The mail; of its message as much as has been kept. */
  readonly mail: Mail;
  /** What the journal says about it. */
  readonly record: JournalRecord;
  /** How much of the message is there. */
  readonly text: "full" | "headers" | "none";
}

/** Every mail that somebody sent us since then, newest first; notices of our own are left out. */
export async function* journalMails(
  reader: StoreReader,
  since: number,
): AsyncGenerator<JournalMail> {
  let until: number | undefined;
  let known: ReadonlySet<string> = new Set();
  while (true) {
    const limit = PAGE + known.size;
    const page = reader.search({ since, limit, ...until !== undefined && { until } });
    const fresh = page.filter(({ queueId }) => !known.has(queueId));
    for (const record of fresh) {
      if (record.envelope.session.peer !== "") yield await mailOf(reader, record);
    }
    const oldest = fresh.at(-1);
    if (oldest === undefined || page.length < limit) return;
    // Those of the same millisecond may be on both pages.
    until = oldest.receivedAt + 1;
    known = new Set(
      page.flatMap(({ queueId, receivedAt }) => receivedAt === oldest.receivedAt ? [queueId] : []),
    );
  }
}

async function mailOf(reader: StoreReader, record: JournalRecord): Promise<JournalMail> {
  const { queueId, envelope, receivedAt } = record;
  const kept = reader.kept(queueId);
  const octets = kept === null ? headOf(record) : await readAtMost(kept.octets());
  const message = await heldMessage(octets);
  return { mail: { queueId, envelope, receivedAt, message }, record, text: kept?.text ?? "none" };
}

/** Of a mail whose text is not kept the journal still knows the subject. */
function headOf({ subject }: JournalRecord): Uint8Array {
  const line = subject === undefined ? "" : `Subject: ${subject.replace(/\p{Cc}+/gu, " ")}\r\n`;
  return new TextEncoder().encode(`${line}\r\n`);
}

async function readAtMost(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array<ArrayBuffer>[] = [];
  let octets = 0;
  for await (const piece of pieces) {
    const room = piece.slice(0, MAX_OCTETS - octets);
    kept.push(room);
    octets += room.length;
    if (octets === MAX_OCTETS) break;
  }
  return new Uint8Array(await new Blob(kept).arrayBuffer());
}
