/**
 * The embedded database of the store, on the thread that owns it: operations become transactions.
 *
 * INVARIANTS
 *
 * 1. One call of `transact` is one transaction with one commit, which is on disk when it returns.
 * 2. An operation that fails for a reason of its own has changed nothing, and the others happened.
 * 3. When the disk fails nothing has happened, claims in memory included.
 * 4. On a full disk what shortens the queue goes on as long as the reserve lasts, while what
 *    lengthens it fails.
 *
 * DIAGNOSTICS. SQLite's own errors; `RelayError` for a database of a newer version.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { dirname } from "node:path";
import type { Connection } from "./connection.ts";
import { moveAside } from "./damage.ts";
import { giveBack, giveBackSurplus } from "./free_pages.ts";
import { type JournalLimits, prune } from "./journal_prune.ts";
import { databaseFile, reserveFile } from "./layout.ts";
import { connect, logOctets, makeFile } from "./open_database.ts";
import type { MailDatabase, Operation, Transacted } from "./operations.ts";
import { orphansIn } from "./orphans.ts";
import { lengthens, perform } from "./perform.ts";
import { Reserve } from "./reserve.ts";
import { salvage } from "./salvage.ts";
import { isDamage, isDiskFailure, isDiskFull, mayLackSpace, noSpace } from "./sqlite_errors.ts";
import type { Tables, Warn } from "./tables.ts";
import { TransactionMemory } from "./transaction_memory.ts";

/** Journal records that are deleted at a time where there is no space for more. */
const SCARCE_RECORDS = 20;

/** How to open a database. */
export interface DatabaseOptions {
  /** Told what the operator should know: a record set aside, a database that was damaged. */
  readonly warn?: Warn;
}

/**
 * Opens the database of a store, or makes it. One that is damaged is moved to
 * `<store>/damaged-<UTC time>/`, and what can still be read of it is saved.
 *
 * @param path `databaseFile(store)`; the folder is made where it is missing.
 * @throws {RelayError} `store-failed`: it was written by a newer version of this program.
 * @throws {Error} What SQLite or the disk says: full, read-only, broken.
 */
export function openMailDatabase(path: string, options: DatabaseOptions = {}): MailDatabase {
  try {
    return new SqliteMailDatabase(path, options.warn);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return replaceDamaged(path, options);
  }
}

/**
 * Moves a damaged database aside, makes a new one and saves into it what can still be read. The
 * damaged one must be closed. Claims made before do not hold any more, but settle as ever.
 */
export function replaceDamaged(path: string, options: DatabaseOptions = {}): MailDatabase {
  const { warn = () => {} } = options;
  const folder = moveAside(path);
  warn("the database is damaged: it was moved aside, what can be read of it is being saved", {
    folder,
  });
  const database = new SqliteMailDatabase(path, warn);
  database.salvage(folder);
  return database;
}

class SqliteMailDatabase implements MailDatabase {
  readonly #tables: Tables;
  readonly #warn: Warn;
  readonly #reserve: Reserve;

  constructor(path: string, warn: Warn = () => {}) {
    const store = dirname(path);
    makeFile(path);
    const limit = logOctets(store);
    this.#warn = warn;
    this.#reserve = new Reserve(reserveFile(store), limit);
    this.#tables = {
      sql: this.#connect(path, limit),
      memory: new TransactionMemory(),
      store,
    };
    this.#reserve.restore();
    for (const file of orphansIn(this.#tables)) this.#tables.memory.orphan(file);
    this.#tables.memory.settle(warn);
  }

  /** SQLite needs space to begin with: where the disk is full, that of the reserve. */
  #connect(path: string, limit: number): Connection {
    try {
      return connect(path, limit);
    } catch (error) {
      if (!mayLackSpace(error) || !this.#reserve.release()) throw error;
      return connect(path, limit);
    }
  }

  transact(operations: readonly Operation[]): readonly Transacted[] {
    if (operations.some(lengthens) && !this.#reserve.restore()) return this.#shorten(operations);
    try {
      return this.#together(operations);
    } catch (error) {
      if (!isDiskFull(error) || operations.every(lengthens)) throw error;
      return this.#shorten(operations);
    }
  }

  /** The usual way: nothing fails, and nothing needs to be taken back alone. */
  #together(operations: readonly Operation[]): readonly Transacted[] {
    try {
      return this.#commit(() =>
        operations.map((operation) => ({
          kind: "done",
          answer: perform(this.#tables, operation),
        }))
      );
    } catch (error) {
      if (isDiskFailure(error)) throw error;
      if (operations.length === 1) return [failed(error)];
    }
    return this.#apart(operations);
  }

  /** One of them fails: each gets a savepoint to go back to. */
  #apart(operations: readonly Operation[]): readonly Transacted[] {
    return this.#commit(() => operations.map((operation) => this.#alone(operation)));
  }

  #alone(operation: Operation): Transacted {
    const { sql, memory } = this.#tables;
    const mark = memory.mark();
    sql.run("SAVEPOINT operation");
    try {
      const answer = perform(this.#tables, operation);
      sql.run("RELEASE operation");
      return { kind: "done", answer };
    } catch (error) {
      if (isDiskFailure(error)) throw error;
      sql.run("ROLLBACK TO operation");
      sql.run("RELEASE operation");
      memory.rewind(mark);
      return failed(error);
    }
  }

  /** The disk is full: what shortens the queue gets the reserve, the rest is refused. */
  #shorten(operations: readonly Operation[]): readonly Transacted[] {
    const shortening = operations.filter((operation) => !lengthens(operation));
    if (shortening.length === 0) throw noSpace();
    if (this.#reserve.release()) this.checkpoint();
    const answers = this.#together(shortening).values();
    return operations.map((operation) =>
      lengthens(operation) ? failed(noSpace()) : answers.next().value ?? failed(noSpace())
    );
  }

  #commit<Result>(work: () => Result): Result {
    const { sql, memory } = this.#tables;
    const mark = memory.mark();
    let result: Result;
    try {
      sql.run("BEGIN IMMEDIATE");
      result = work();
      sql.run("COMMIT");
    } catch (error) {
      sql.rollback();
      memory.rewind(mark);
      throw error;
    }
    memory.settle(this.#warn);
    return result;
  }

  takeOrphans(): readonly string[] {
    return this.#tables.memory.takeOrphans();
  }

  prune(limits: JournalLimits): boolean {
    return this.#forget(limits) || giveBackSurplus(this.#tables.sql);
  }

  #forget(limits: JournalLimits): boolean {
    try {
      return this.#commit(() => prune(this.#tables, limits));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.checkpoint();
      return this.#commit(() => prune(this.#tables, limits, SCARCE_RECORDS));
    }
  }

  checkpoint(): void {
    giveBack(this.#tables.sql);
  }

  /** Saves what can be read of the damaged database in that folder. */
  salvage(folder: string): void {
    salvage(this.#tables, { path: databaseFile(folder), folder, warn: this.#warn });
  }

  close(): void {
    this.#tables.sql.close();
  }
}

function failed(error: unknown): Transacted {
  return { kind: "failed", reason: reasonOf(error) };
}
