/**
 * A connection to the database: statements prepared once, transactions, and nothing of our tables.
 *
 * INVARIANTS
 *
 * 1. The file is made readable by its owner only before SQLite first sees it; SQLite gives `-wal`
 *    and `-shm` the same mode.
 * 2. A file that exists is never opened but by SQLite: closing it would end the locks of every
 *    other connection of this program (POSIX).
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";

/** What a column holds. */
export type Column = null | number | bigint | string | Uint8Array;

/** One row, by the names of its columns. */
export type Row = Readonly<Record<string, Column>>;

/** How long to wait for another process that is writing, in milliseconds. */
const BUSY_MS = 5_000;
/** While the log is being shortened nobody shall wait long for a reader, in milliseconds. */
const CHECKPOINT_BUSY_MS = 50;

/** A connection of this thread. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #readOnly: boolean;

  /**
   * Connects to a file.
   *
   * @param options `readOnly`: neither makes the file nor writes to it; numbers that are too large
   * for JavaScript, which are damage, are rounded and no reason to throw.
   */
  constructor(path: string, options: { readonly readOnly?: boolean } = {}) {
    this.#readOnly = options.readOnly ?? false;
    this.#database = new DatabaseSync(path, {
      readOnly: this.#readOnly,
      timeout: BUSY_MS,
      enableForeignKeyConstraints: false,
    });
  }

  /** Executes a statement, and says how many rows it changed and the id of the last one it made. */
  run(sql: string, ...values: Column[]): { readonly changes: number; readonly id: number } {
    const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  /** The first row of an answer. */
  get(sql: string, ...values: Column[]): Row | undefined {
    const row = this.#prepare(sql).get(...values);
    return this.#readOnly && row !== undefined ? rounded(row) : row;
  }

  /** All rows of an answer. */
  all(sql: string, ...values: Column[]): readonly Row[] {
    const rows = this.#prepare(sql).all(...values);
    return this.#readOnly ? rows.map(rounded) : rows;
  }

  /** The first column of the first row, as a number; 0 where there is none. */
  number(sql: string, ...values: Column[]): number {
    const [first] = Object.values(this.get(sql, ...values) ?? {});
    return Number(first ?? 0);
  }

  /** Executes statements that are not worth keeping. */
  script(sql: string): void {
    this.#database.exec(sql);
  }

  /** Undoes the transaction, where one is open: some failures of the disk have undone it already. */
  rollback(): void {
    if (this.#database.isTransaction) this.run("ROLLBACK");
  }

  /** Moves the log into the database and shortens it, as far as readers let it. */
  checkpoint(): void {
    this.script(`PRAGMA busy_timeout = ${CHECKPOINT_BUSY_MS}`);
    try {
      this.get("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      this.script(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }

  /** Closes it; once is enough. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#readOnly) statement.setReadBigInts(true);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, column]) => [
      name,
      typeof column === "bigint" ? Number(column) : column,
    ]),
  );
}
