/**
 * The journal forgets: what is too old, and the oldest of what is too much. Never a mail that is
 * still in the queue.
 *
 * @module
 */

import type { Row } from "./connection.ts";
import { messageFile } from "./layout.ts";
import type { Tables } from "./tables.ts";

/** Most records that one call forgets: others wait for the thread meanwhile. */
const RECORDS_A_CALL = 500;

/** What may stay. */
export interface JournalLimits {
  /** A queue time: what was noted before it goes. */
  readonly notedBefore: number;
  /** Most octets, all together. */
  readonly octets: number;
}

/** Forgets some records, oldest first; says whether more are to be forgotten. */
export function prune(
  tables: Tables,
  limits: JournalLimits,
  most: number = RECORDS_A_CALL,
): boolean {
  const { sql, memory } = tables;
  const total = memory.journalOctets(() => sql.number("SELECT total(octets) FROM journal"));
  let excess = total - limits.octets;
  const rows = sql.all(
    `SELECT id, queue_id, noted_at, octets, keeps, in_file FROM journal
    WHERE noted_at < ? AND NOT EXISTS (SELECT 1 FROM mails WHERE mails.id = journal.id)
    ORDER BY noted_at LIMIT ?`,
    excess > 0 ? Infinity : limits.notedBefore,
    most,
  );
  for (const row of rows) {
    if (excess <= 0 && Number(row.noted_at) >= limits.notedBefore) return false;
    forget(tables, row);
    excess -= Number(row.octets);
  }
  return rows.length === most;
}

function forget({ sql, memory, store }: Tables, row: Row): void {
  const id = Number(row.id);
  sql.run("DELETE FROM journal WHERE id = ?", id);
  if (row.keeps !== "none") sql.run("DELETE FROM texts WHERE id = ?", id);
  if (row.keeps === "full" && row.in_file === 1) {
    memory.orphan(messageFile(store, String(row.queue_id)));
  }
  memory.journalGrew(-Number(row.octets));
}
