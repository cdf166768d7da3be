/**
 * Saves what can still be read of a damaged database: row by row, and what belongs together is put
 * together again.
 *
 * Rows that the tables do not take have been read wrongly, and are passed over like those that
 * cannot be read at all. What is copied is not looked into: a record that makes no sense is set aside
 * when it is claimed.
 *
 * @module
 */

import type { Connection, Row } from "./connection.ts";
import { linkUnnamed, openDamaged } from "./damage.ts";
import { readableRows } from "./readable_rows.ts";
import { joinAgain, type Losses } from "./rejoin.ts";
import { isDamage, isDiskFailure } from "./sqlite_errors.ts";
import type { Tables, Warn } from "./tables.ts";

/** Tables whose rows have an `id`. */
const TABLES = ["journal", "mails", "texts", "deliveries"];
const LAST_MAIL = ["journal", "mails", "texts"].map((table) => `SELECT max(id) FROM ${table}`);
const LAST_DELIVERY = [
  "SELECT max(id) FROM deliveries",
  "SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'",
];
/** Rows of one commit. */
const ROWS_A_COMMIT = 500;
/** Ids left out after those of the damaged database, in case its last ones could not be read. */
const ID_GAP = 1_000;
/** Where no highest id can be read, it is below this. */
const HIGHEST_ID = 2 ** 48;

/** Saves into new, empty tables what can be read of a database that was moved to a folder. */
export function salvage(
  tables: Tables,
  { path, folder, warn }: { readonly path: string; readonly folder: string; readonly warn: Warn },
): void {
  let source: Connection;
  try {
    source = openDamaged(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    linkUnnamed(tables, folder);
    return warn("nothing of the damaged database could be read", { folder }, "error");
  }
  try {
    const failures = copyRows(source, tables.sql);
    const losses = joinAgain(tables.sql);
    linkUnnamed(tables, folder);
    const mails = tables.sql.number("SELECT count(*) FROM mails");
    tell(warn, losses, { mails, failures, folder });
  } finally {
    source.close();
  }
}

/** Whoever sent a lost mail has been told that it was taken: nobody else knows that it is missing. */
function tell(
  warn: Warn,
  { lost, queueIds }: Losses,
  saved: { readonly mails: number; readonly failures: number; readonly folder: string },
): void {
  const details = { ...saved, lost };
  const rest = "what could be read of the damaged database was saved";
  if (lost > 0) {
    return warn(`mails were lost; ${rest}`, { ...details, queueIds: queueIds.join(" ") }, "error");
  }
  // A mail of which nothing could be read is in no count.
  if (saved.failures > 0) return warn(`mails may have been lost; ${rest}`, details, "error");
  warn(rest, details);
}

/** Copies all rows that can be read; says how many reads failed. */
function copyRows(source: Connection, target: Connection): number {
  // A mail has the same id in three tables: one that can be read tells for all of them.
  const last = highest(source, LAST_MAIL);
  const lastDelivery = highest(source, LAST_DELIVERY);
  let failures = 0;
  const damaged = () => ++failures;
  for (const table of TABLES) {
    const until = (table === "deliveries" ? lastDelivery : last) ?? HIGHEST_ID;
    copyTable(target, table, readableRows(source, { table, until, damaged }));
  }
  copyTable(target, "state", stateRows(source, damaged));
  // No claim of before may name a delivery of later.
  target.run("DELETE FROM sqlite_sequence");
  target.run(
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', ?)",
    lastDelivery === null ? Date.now() : lastDelivery + ID_GAP,
  );
  return failures;
}

/** The highest number that any of these queries finds; `null` where none can be answered. */
function highest(source: Connection, queries: readonly string[]): number | null {
  const found = queries.flatMap((query) => {
    try {
      return source.number(query);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return [];
    }
  });
  return found.length > 0 ? Math.max(...found) : null;
}

function* stateRows(source: Connection, damaged: () => void): Generator<Row> {
  try {
    yield* source.all("SELECT * FROM state");
  } catch (error) {
    if (!isDamage(error)) throw error;
    damaged();
  }
}

function copyTable(target: Connection, table: string, rows: Iterable<Row>): void {
  let waiting: Row[] = [];
  for (const row of rows) {
    waiting.push(row);
    if (waiting.length < ROWS_A_COMMIT) continue;
    writeRows(target, table, waiting);
    waiting = [];
  }
  writeRows(target, table, waiting);
}

function writeRows(target: Connection, table: string, rows: readonly Row[]): void {
  target.run("BEGIN IMMEDIATE");
  try {
    for (const row of rows) writeRow(target, table, row);
    target.run("COMMIT");
  } catch (error) {
    target.rollback();
    throw error;
  }
}

/** A row that the tables do not take has been read wrongly. */
function writeRow(target: Connection, table: string, row: Row): void {
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const sql = `INSERT OR IGNORE INTO ${table} (${names.join(", ")}) VALUES (${marks})`;
  try {
    target.run(sql, ...Object.values(row));
  } catch (error) {
    if (isDiskFailure(error)) throw error;
  }
}
