/**
 * Reads a table of which some pages are damaged. A range of ids is read from its beginning up to the
 * damage, then from its end down to the damage; what is left between is cut in halves, and so on.
 * The wider ranges come first, so that what is sound is found before patience ends.
 *
 * @module
 */

import type { Connection, Row } from "./connection.ts";
import { isDamage, isDiskFailure } from "./sqlite_errors.ts";

/** Rows that are read at a time: a text may have a MiB. */
const ROWS_AT_A_TIME = 16;
/** Ranges without a row that can be read, one after the other, before a table is given up. */
const MOST_FRUITLESS_RANGES = 500;

/** Which rows to read. */
export interface Reading {
  /** A table whose rows have an `id`. */
  readonly table: string;
  /** The highest id. */
  readonly until: number;
  /** Told of every read that failed. */
  readonly damaged: () => void;
}

/** Those rows of a table that can be read, each once, in no order. */
export function* readableRows(source: Connection, reading: Reading): Generator<Row> {
  const ranges = [{ low: 0, high: reading.until }];
  let fruitless = 0;
  for (const { low, high } of ranges) {
    const first = yield* walk(source, reading, { low, high, order: "ASC" });
    if (first > high) continue;
    const last = yield* walk(source, reading, { low: first, high, order: "DESC" });
    fruitless = first > low || last < high ? 0 : fruitless + 1;
    if (fruitless > MOST_FRUITLESS_RANGES) return;
    if (first >= last) continue;
    const middle = Math.floor((first + last) / 2);
    ranges.push({ low: first, high: middle }, { low: middle + 1, high: last });
  }
}

/**
 * Reads from one end of a range until there is no more, or damage.
 *
 * @returns The first id that was not read; beyond the other end: all were.
 */
function* walk(
  source: Connection,
  { table, damaged }: Reading,
  { low, high, order }: {
    readonly low: number;
    readonly high: number;
    readonly order: "ASC" | "DESC";
  },
): Generator<Row, number> {
  const sql =
    `SELECT * FROM ${table} NOT INDEXED WHERE id BETWEEN ? AND ? ORDER BY id ${order} LIMIT ?`;
  const range = { low, high };
  for (let most = ROWS_AT_A_TIME;;) {
    const rows = readRows(() => source.all(sql, range.low, range.high, most));
    if (rows === null) {
      damaged();
      if (most === 1) return order === "ASC" ? range.low : range.high;
      most = 1;
      continue;
    }
    yield* rows;
    if (rows.length < most) return order === "ASC" ? high + 1 : low - 1;
    const next = Number(rows.at(-1)?.id);
    if (order === "ASC") range.low = next + 1;
    else range.high = next - 1;
  }
}

/** `null`: damaged. */
function readRows(read: () => readonly Row[]): readonly Row[] | null {
  try {
    return read();
  } catch (error) {
    if (isDiskFailure(error) && !isDamage(error)) throw error;
    return null;
  }
}
