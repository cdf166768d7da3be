/**
 * The journal's side of the tables: taking note, adding events.
 *
 * A record is written once with what is known by then; later events are added to its end. A mail may
 * be noted more than once: what is new is added, and while it is in the queue its state is the
 * queue's business.
 *
 * @module
 */

import type { JournalEvent, MailState } from "../mail/journal.ts";
import type { RecordRow } from "./operations.ts";
import { eventsOf, whole } from "./stored_rows.ts";
import { toLines } from "./shapes.ts";
import type { RecentMail } from "./store.ts";
import type { Tables } from "./tables.ts";

/** What a record takes beside its texts: columns and indexes, roughly, in octets. */
const RECORD_OCTETS = 200;
/** Events beyond this are not added, in octets: no mail's life may fill the disk. */
const MOST_EVENT_OCTETS = 1_048_576;

/** What the journal keeps of a mail's text. */
type Keeps = "none" | "headers" | "full";

/** Takes note of a mail that is not, or not only, in the queue. */
export function note(tables: Tables, record: RecordRow): void {
  const keeps = keepsOf(record);
  const { id, fresh } = noteRecord(tables, record, record.state);
  if (keeps === "none" || (!fresh && !keepMore(tables, id, record))) return;
  tables.sql.run(
    "INSERT INTO texts (id, fields, rest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    id,
    record.fields ?? new Uint8Array(0),
    record.rest ?? null,
  );
}

/**
 * Writes a record without its text, or adds to the one that there is.
 *
 * @returns Its id, and whether it is new.
 */
export function noteRecord(
  { sql, memory }: Tables,
  record: RecordRow,
  state: MailState,
): { readonly id: number; readonly fresh: boolean } {
  const { entry, events, recent } = record;
  const envelope = JSON.stringify(entry.envelope);
  const addresses = addressesOf(record);
  const lines = toLines(events);
  const octets = RECORD_OCTETS + envelope.length + addresses.length + lines.length +
    (entry.subject?.length ?? 0) + (entry.messageId?.length ?? 0) + keptOctets(record);
  const { changes, id } = sql.run(
    `INSERT INTO journal (queue_id, received_at, noted_at, message_octets, state, keeps, in_file,
      octets, recent_key, recent_at, message_id, subject, envelope, addresses, events)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    entry.queueId,
    whole(entry.receivedAt),
    whole(record.notedAt),
    whole(entry.octets),
    state,
    keepsOf(record),
    record.inFile === true ? 1 : 0,
    octets,
    recent?.key ?? null,
    recent === undefined ? null : whole(recent.at),
    entry.messageId ?? null,
    entry.subject ?? null,
    envelope,
    addresses,
    lines,
  );
  if (changes === 0) return { id: noteAgain({ sql, memory }, record, state), fresh: false };
  memory.journalGrew(octets);
  return { id, fresh: true };
}

/** The mail is in the queue, or was noted before: its record is completed. */
function noteAgain(
  tables: Pick<Tables, "sql" | "memory">,
  { entry: { queueId }, events, recent }: RecordRow,
  state: MailState,
): number {
  const { sql } = tables;
  append(tables, queueId, events);
  sql.run(
    `UPDATE journal SET recent_key = coalesce(?, recent_key), recent_at = coalesce(?, recent_at),
      state = CASE WHEN EXISTS (SELECT 1 FROM mails WHERE mails.id = journal.id) THEN state ELSE ? END
    WHERE queue_id = ?`,
    recent?.key ?? null,
    recent === undefined ? null : whole(recent.at),
    state,
    queueId,
  );
  return sql.number("SELECT id FROM journal WHERE queue_id = ?", queueId);
}

/** Keeps the text of a mail of which nothing was kept so far; says whether it was so. */
function keepMore({ sql, memory }: Tables, id: number, record: RecordRow): boolean {
  const octets = keptOctets(record);
  const { changes } = sql.run(
    "UPDATE journal SET keeps = ?, in_file = ?, octets = octets + ? WHERE id = ? AND keeps = 'none'",
    keepsOf(record),
    record.inFile === true ? 1 : 0,
    octets,
    id,
  );
  if (changes > 0) memory.journalGrew(octets);
  return changes > 0;
}

/** Adds events to a mail's record; where there is none, nothing happens. */
export function append(
  { sql, memory }: Pick<Tables, "sql" | "memory">,
  queueId: string,
  events: readonly JournalEvent[],
): void {
  if (events.length === 0) return;
  const lines = toLines(events);
  const addresses = recipientsOf(events).map((address) => `${address}\n`).join("");
  const octets = lines.length + addresses.length;
  const { changes } = sql.run(
    `UPDATE journal SET events = events || ?, addresses = addresses || ?, octets = octets + ?
    WHERE queue_id = ? AND length(events) < ${MOST_EVENT_OCTETS}`,
    lines,
    addresses,
    octets,
    queueId,
  );
  if (changes > 0) memory.journalGrew(octets);
}

/** The trace of a mail's last routing; `null` where there is none, or none that can be read. */
export function lastTrace({ sql }: Tables, queueId: string): unknown {
  const row = sql.get("SELECT events FROM journal WHERE queue_id = ?", queueId);
  const routed = row && eventsOf(row).events.findLast(({ kind }) => kind === "routed");
  return routed?.kind === "routed" ? routed.trace ?? null : null;
}

/** The keys of mails taken lately, newest first. */
export function recentMails(
  { sql }: Tables,
  { since, limit }: { readonly since: number; readonly limit: number },
): readonly RecentMail[] {
  const rows = sql.all(
    `SELECT recent_key, recent_at, queue_id FROM journal
    WHERE recent_key IS NOT NULL AND recent_at >= ? ORDER BY recent_at DESC, id DESC LIMIT ?`,
    since,
    limit,
  );
  return rows.map((row) => ({
    key: String(row.recent_key),
    queueId: String(row.queue_id),
    at: Number(row.recent_at),
  }));
}

/** What the journal is to keep of a mail's text. */
function keepsOf({ fields, rest, inFile }: RecordRow): Keeps {
  if (fields === undefined) return "none";
  return rest !== undefined || inFile === true ? "full" : "headers";
}

function keptOctets(record: RecordRow): number {
  switch (keepsOf(record)) {
    case "none":
      return 0;
    case "headers":
      return record.fields?.length ?? 0;
    case "full":
      return record.entry.octets;
  }
}

/** Everybody whom a mail has to do with, one a line, in small letters: what a search looks through. */
function addressesOf({ entry: { envelope }, events }: RecordRow): string {
  const all = [envelope.reversePath, ...envelope.forwardPaths, ...recipientsOf(events)];
  return [...new Set(all)].map((address) => `${address.toLowerCase()}\n`).join("");
}

/** Whoever is tried has been routed to, or is a forward-path. */
function recipientsOf(events: readonly JournalEvent[]): readonly string[] {
  const routed = events.flatMap((event) => event.kind === "routed" ? event.deliveries : []);
  return [...new Set(routed.flatMap(({ recipients }) => recipients))].map((to) => to.toLowerCase());
}
