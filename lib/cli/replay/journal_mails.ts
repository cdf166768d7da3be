/**
 * The mails of the journal as they came, as far as it has kept them.
 *
 * INVARIANTS
 *
 * 1. In memory are one page of records and one message, however many mails there are.
 * 2. A relay may work on the store meanwhile: a text that goes while it is read is one not kept.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RelayError } from "../../errors.ts";
import type { JournalRecord } from "../../mail/journal.ts";
import type { Mail, Message } from "../../mail/message.ts";
import type { StoreReader } from "../../store/views.ts";
import { heldMessage } from "../held_message.ts";

/** Records that are in memory at a time; each may have a trace of a thousand rules. */
const PAGE = 100;

/** Most octets of a text that are read: a whole header section, and of the body what rules see. */
const MAX_OCTETS = 2_097_152;

/** A mail of the journal. */
export interface JournalMail {
  /** The mail; of its message as much as has been kept. */
  readonly mail: Mail;
  /** What the journal says about it. */
  readonly record: JournalRecord;
  /** How much of the message is there. */
  readonly text: "full" | "headers" | "none";
}

/** Every mail that was routed since then, newest first; notices of our own never are. */
export async function* journalMails(
  reader: StoreReader,
  since: number,
): AsyncGenerator<JournalMail> {
  for (const record of records(reader, since)) {
    // No peer: a notice of our own, or a record whose envelope cannot be read.
    if (record.envelope.session.peer !== "") yield await mailOf(reader, record);
  }
}

function* records(reader: StoreReader, since: number): Generator<JournalRecord> {
  let until: number | undefined;
  let known: ReadonlySet<string> = new Set();
  while (true) {
    const limit = PAGE + known.size;
    const page = reader.search({ since, limit, ...until !== undefined && { until } });
    const fresh = page.filter(({ queueId }) => !known.has(queueId));
    yield* fresh;
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
  const { octets, text } = await keptOf(reader, queueId) ??
    { octets: headOf(record), text: "none" };
  const held = await heldMessage(octets);
  const message: Message = {
    // As it came, not as much as is kept: conditions may ask for it.
    octets: record.octets,
    digest: held.digest,
    fields: held.fields,
    rest: () => held.rest(),
  };
  return { mail: { queueId, envelope, receivedAt, message }, record, text };
}

/** What there is of a mail's text; `null`: nothing. */
async function keptOf(
  reader: StoreReader,
  queueId: string,
): Promise<{ readonly octets: Uint8Array; readonly text: "full" | "headers" } | null> {
  try {
    const kept = reader.kept(queueId);
    if (kept?.text === "full") return { octets: await readAtMost(kept.octets()), text: "full" };
    // As long as a mail is in the queue all of it is there, whatever will be kept.
    const queued = reader.message(queueId);
    if (queued !== null) return { octets: await readAtMost(queued), text: "full" };
    return kept && { octets: await readAtMost(kept.octets()), text: "headers" };
  } catch (error) {
    // The relay has delivered or forgotten it between two steps here.
    if (error instanceof RelayError && error.code === "store-failed") return null;
    throw error;
  }
}

/** Of a mail whose text is not kept the journal still knows some of its header. */
function headOf({ subject, messageId, envelope: { reversePath } }: JournalRecord): Uint8Array {
  const lines = Object.entries({
    "From": reversePath === "" ? undefined : `<${reversePath}>`,
    "Subject": subject,
    "Message-ID": messageId,
  }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value.replace(/\p{Cc}+/gu, " ")}\r\n`]
  );
  return new TextEncoder().encode(`${lines.join("")}\r\n`);
}

async function readAtMost(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of pieces) {
    const room = piece.slice(0, MAX_OCTETS - octets);
    kept.push(room);
    octets += room.length;
    if (octets === MAX_OCTETS) break;
  }
  // Not by way of a `Blob`: the runtime holds what is in it outside of the heap, for long.
  return new Uint8Array(Buffer.concat(kept));
}
