/**
 * Gives pages of the database that are not needed any more back to the disk, a bounded number at a
 * time. A busy database keeps some for what comes next: to give them back only to ask for them again
 * would write everything twice.
 *
 * @module
 */

import type { Connection } from "./connection.ts";
import { isDamage, isDiskFull } from "./sqlite_errors.ts";

/** Most pages that one call gives back. */
const MOST_PAGES = 2_000;
/** Where there is no space for so much at once: so few pages at a time, and so often. */
const SCARCE_PAGES = 16;
const SCARCE_TURNS = 25;
/** The share of its pages that a database may have free without being asked to shrink. */
const SPARE_SHARE = 1 / 8;
/** Fewer pages than that beyond the share are not worth the work. */
const LEAST_SURPLUS = 256;

/** Shortens the log, and gives back what is free. */
export function giveBack(sql: Connection): void {
  try {
    sql.checkpoint();
    if (vacuum(sql, MOST_PAGES)) return;
    for (let turn = 0; turn < SCARCE_TURNS && vacuum(sql, SCARCE_PAGES); turn++);
  } catch (error) {
    // Another process writes, or there is no space even for that: the next call may do better.
    if (isDamage(error)) throw error;
  }
}

/** Gives back what is more than a busy database needs; says whether there is more of it. */
export function giveBackSurplus(sql: Connection): boolean {
  const spare = sql.number("PRAGMA page_count") * SPARE_SHARE;
  const surplus = Math.floor(sql.number("PRAGMA freelist_count") - spare);
  if (surplus < LEAST_SURPLUS) return false;
  return vacuum(sql, Math.min(surplus, MOST_PAGES)) && surplus > MOST_PAGES;
}

/** Says whether there was anything to give back, and space to do it. */
function vacuum(sql: Connection, pages: number): boolean {
  if (sql.number("PRAGMA freelist_count") === 0) return false;
  try {
    // One row a page: only whoever reads them all gets them all done.
    sql.all(`PRAGMA incremental_vacuum(${pages})`);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    return false;
  }
  sql.checkpoint();
  return true;
}
