/**
 * What callers bring, as rows for the database's thread. Octets are packed into one piece of memory
 * a commit, which is handed over: to clone many small pieces would cost more than the mail does.
 *
 * @module
 */

import type { HistoryConfig } from "../config/types.ts";
import { redactFields } from "../mail/cron_env.ts";
import type { MailRow, MessageRow, Operation, RecordRow } from "./operations.ts";
import { copyOf } from "./slab.ts";
import type { SpooledMessage } from "./spooled_message.ts";
import type { NewJournalRecord, NewMail, StorableMail } from "./store.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A message as the spool makes it, or a plain one of our own. */
export type NewMessage = StorableMail["message"] & Pick<SpooledMessage, "place" | "held">;

/** What a row is made with. */
export interface RowOptions {
  /** What of a message the journal keeps. */
  readonly text: HistoryConfig["text"];
  /** The queue time. */
  readonly now: number;
}

/** What a row without its octets takes in memory, about, in octets. */
const ROW_OCTETS = 2_048;

/** Larger memory is not held on to for the sake of a few fields in it. */
const SHARED_OCTETS = 65_536;

/** About how much memory the row of a mail takes. */
export function rowOctets({ mail: { message } }: NewMail): number {
  return ROW_OCTETS + (message.file === undefined ? message.octets : message.fields.length);
}

/** About how much memory the row of a record takes. */
export function recordOctets({ fields, rest, events }: RecordRow): number {
  return ROW_OCTETS * (1 + events.length) + (fields?.length ?? 0) + (rest?.length ?? 0);
}

/** The row of a mail; `rest` is what follows its fields, `null` where it is in a file. */
export function mailRow(
  { mail, deliveries, settled, routedBy, acceptedAt, journal }: NewMail,
  rest: Uint8Array | null,
  options: RowOptions,
): MailRow {
  const { queueId, envelope, receivedAt, message } = mail;
  const { octets, digest, fields } = message;
  return {
    queueId,
    envelope,
    receivedAt,
    message: { octets, digest, fields, rest },
    deliveries,
    settled,
    routedBy,
    acceptedAt,
    journal: recordRow(journal, rest, options),
  };
}

/** The row of a record, with as much of the text as the journal keeps. */
export function recordRow(
  { entry, state, events, recent, message }: NewJournalRecord,
  rest: Uint8Array | null,
  { text, now }: RowOptions,
): RecordRow {
  const row: Mutable<RecordRow> = { entry, state, events, notedAt: now };
  if (recent) row.recent = recent;
  if (message === undefined || text === "none") return row;
  row.fields = redactFields(message.fields);
  if (text === "headers") return row;
  if (rest === null) row.inFile = true;
  else row.rest = rest;
  return row;
}

/** A row that may wait without holding on to more memory than its own. */
export function detached(row: RecordRow): RecordRow {
  const { fields } = row;
  if (fields === undefined || row.rest !== undefined) return row;
  return fields.buffer.byteLength > SHARED_OCTETS ? { ...row, fields: copyOf(fields) } : row;
}

/** What follows the fields of a message, in one piece; `null` where it is in a file. */
export function restOf(message: NewMessage): Uint8Array | null | Promise<Uint8Array> {
  if (message.file !== undefined) return null;
  return message.held ?? gathered(message);
}

async function gathered(message: NewMessage): Promise<Uint8Array> {
  const pieces = await Array.fromAsync(message.rest(), (piece) => piece.slice());
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

/**
 * Moves the octets of all rows into one new piece of memory, for the caller to hand over. The rows
 * are changed: they are ours, and nobody else's.
 */
export function packOctets(operations: readonly Operation[]): ArrayBuffer {
  const rows = operations.flatMap(rowsOf);
  const size = rows.reduce((sum, row) => sum + row.fields.length + (row.rest?.length ?? 0), 0);
  const packed = new Uint8Array(size);
  let used = 0;
  const put = (octets: Uint8Array): Uint8Array => {
    packed.set(octets, used);
    used += octets.length;
    return packed.subarray(used - octets.length, used);
  };
  for (const row of rows) {
    row.fields = put(row.fields);
    if (row.rest) row.rest = put(row.rest);
  }
  for (const { message, journal } of operations.flatMap(mailsOf)) share(message, journal);
  return packed.buffer;
}

type OctetRow = { fields: Uint8Array; rest?: Uint8Array | null };

/** Everything that holds octets; what the journal keeps of a mail is the mail's own. */
function rowsOf(operation: Operation): OctetRow[] {
  if (operation.kind !== "note") return mailsOf(operation).map(({ message }) => message);
  const { record } = operation;
  return record.fields === undefined ? [] : [record as OctetRow];
}

function mailsOf(operation: Operation): readonly MailRow[] {
  if (operation.kind === "accept") return operation.mails;
  return operation.kind === "settle" ? operation.settlement.mails : [];
}

function share({ fields, rest }: MessageRow, journal: Mutable<RecordRow>): void {
  if (journal.fields) journal.fields = fields;
  if (journal.rest && rest) journal.rest = rest;
}
