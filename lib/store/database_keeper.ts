/**
 * Keeps the database at work, on the thread that owns it: opens it, commits, judges what the disk
 * says, tries again, replaces it when it is damaged. Every call blocks.
 *
 * INVARIANTS
 *
 * 1. What `commit` answers as done is on disk; otherwise nothing of it is.
 * 2. While the disk is full, `commit` is still tried: what shortens the queue fits into the space
 *    that `mail_database.ts` holds back.
 * 3. Nothing here throws: a broken disk is a value.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { statfsSync } from "node:fs";
import { databaseFile } from "./layout.ts";
import type { MailDatabase, Operation, Transacted } from "./operations.ts";
import { remedyFor, storeError } from "./store_error.ts";
import type { Problem, PruneLimits, WorkerRecord } from "./worker_messages.ts";

/** From here on the log is shortened when there is nothing else to do, in octets. */
const LONG_LOG_OCTETS = 1_048_576;

/** Less than that, in octets, is no space: SQLite does not always say so when it finds none. */
const NO_SPACE_OCTETS = 65_536;

/** Share of the disk that the journal may take, so that it never keeps mail out. */
const JOURNAL_SHARE = 1 / 8;

/** What a probe writes, and nobody reads. */
const PROBE_KEY = "store.probe";

/** How databases are had: `mail_database.ts`, or what a test puts in its place. */
export interface DatabaseSource {
  /** Opens the database of the store. Throws what the disk says. */
  open(): MailDatabase;
  /** Whether an error says that the database is damaged. */
  isDamage(error: unknown): boolean;
  /** Moves the damaged one aside, and opens a new one. */
  replace(): MailDatabase;
}

/** What a commit came to. */
export type CommitResult =
  | {
    readonly kind: "committed";
    readonly results: readonly Transacted[];
    /** Some of it found no space. */
    readonly problem: Problem | null;
  }
  | { readonly kind: "not-committed"; readonly problem: Problem };

/** The keeper of one store. */
export class DatabaseKeeper {
  readonly #store: string;
  readonly #source: DatabaseSource;
  readonly #tell: (record: Omit<WorkerRecord, "kind">) => void;
  #database: MailDatabase | null = null;
  #problem: Problem = { code: "store-failed", reason: "Cannot use the store: it is closed" };

  /** For the store in this folder; `open` opens it, `tell` is told what belongs into the log. */
  constructor(
    store: string,
    source: DatabaseSource,
    tell: (record: Omit<WorkerRecord, "kind">) => void,
  ) {
    this.#store = store;
    this.#source = source;
    this.#tell = tell;
  }

  /** Opens it, or tries whether it can be written to; says why not. */
  open(): Problem | null {
    try {
      this.#database ??= this.#source.open();
    } catch (error) {
      return this.#problem = this.#problemOf("open the store", error);
    }
    this.#checkpoint();
    // The first asks for the space that a mail would need: it makes the reserve again.
    const { problem } = this.commit([
      { kind: "accept", mails: [] },
      { kind: "write-state", key: PROBE_KEY, value: "" },
    ]);
    if (problem !== null || spaceOf(this.#store).free >= NO_SPACE_OCTETS) return problem;
    return this.#problemOf("write to the store", new Error("No space left on device"));
  }

  /** Does all of it as one transaction, or nothing. */
  commit(operations: readonly Operation[]): CommitResult {
    if (this.#database === null) return { kind: "not-committed", problem: this.#problem };
    try {
      return this.#committed(this.#database.transact(operations));
    } catch (error) {
      if (!this.#source.isDamage(error)) return this.#failed(error);
    }
    const database = this.#replace();
    if (database === null) return { kind: "not-committed", problem: this.#problem };
    try {
      return this.#committed(database.transact(operations));
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** What may wait until the callers have their answers: deletes files that no mail needs. */
  tidy(): void {
    for (const path of this.#database?.takeOrphans() ?? []) this.#removeFile(path);
  }

  /** Deletes a few journal records; says whether there are more. */
  prune(limits: PruneLimits): boolean {
    const octets = Math.min(limits.octets, spaceOf(this.#store).total * JOURNAL_SHARE);
    try {
      return this.#database?.prune({ ...limits, octets }) ?? false;
    } catch (error) {
      this.#warn("journal not pruned", error);
      return false;
    }
  }

  /** Shortens the log, and the database with it, where that is worth it or space is scarce. */
  shorten(scarce: boolean): void {
    if (scarce || sizeOf(`${databaseFile(this.#store)}-wal`) >= LONG_LOG_OCTETS) this.#checkpoint();
  }

  /** Closes it. */
  close(): void {
    try {
      this.#database?.close();
    } catch (error) {
      this.#warn("store not closed well", error);
    }
    this.#database = null;
  }

  #committed(results: readonly Transacted[]): CommitResult {
    const problems = results
      .filter((result) => result.kind === "failed")
      .map(({ reason }) => this.#problemOf("write to the store", new Error(reason)));
    const problem = problems.find(({ code }) => code === "store-full") ?? null;
    return { kind: "committed", results, problem };
  }

  /** What a transaction that threw means. */
  #failed(error: unknown): CommitResult {
    this.#checkpoint();
    return { kind: "not-committed", problem: this.#problemOf("write to the store", error) };
  }

  #replace(): MailDatabase | null {
    this.close();
    const details = { path: databaseFile(this.#store) };
    this.#tell({ level: "error", event: "database damaged, a new one takes its place", details });
    try {
      return this.#database = this.#source.replace();
    } catch (error) {
      this.#problem = this.#problemOf("replace the damaged database", error);
      return null;
    }
  }

  #checkpoint(): void {
    try {
      this.#database?.checkpoint();
    } catch {
      // A disk that fails says so to the next commit, and that is told.
    }
  }

  #removeFile(path: string): void {
    try {
      Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) this.#warn("message file not deleted", error);
    }
  }

  #problemOf(what: string, error: unknown): Problem {
    const { code, message } = storeError(what, error);
    const full = code === "store-full" ||
      /disk I\/O error|unable to open/i.test(message) &&
        spaceOf(this.#store).free < NO_SPACE_OCTETS;
    return {
      code: full ? "store-full" : "store-failed",
      reason: `${message}; ${remedyFor(this.#store, full ? "ENOSPC" : message)}`,
    };
  }

  #warn(event: string, error: unknown): void {
    const reason = reasonOf(error);
    this.#tell({ level: "warning", event, details: { reason } });
  }
}

/** The disk that a folder is on, in octets; where nobody may ask it has no end. */
function spaceOf(folder: string): { readonly total: number; readonly free: number } {
  try {
    const { bsize, blocks, bavail } = statfsSync(folder);
    return { total: bsize * blocks, free: bsize * bavail };
  } catch {
    return { total: Infinity, free: Infinity };
  }
}

/** Size of a file in octets; 0 where there is none. */
function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
