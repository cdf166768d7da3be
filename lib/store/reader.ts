/**
 * Reads a store from beside it, for the command line: with the relay at work, or after it.
 *
 * INVARIANTS
 *
 * 1. Nothing is made and nothing is written but what SQLite needs for the reading itself.
 * 2. Every call sees one moment of the store, whatever is being written meanwhile.
 * 3. What cannot be read is shown as damaged; it is never a reason to show nothing.
 *
 * DIAGNOSTICS. `store-failed`: there is no store, it is of a newer version, or SQLite cannot read it.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";
import { redactMessage } from "../mail/cron_env.ts";
import type { JournalRecord } from "../mail/journal.ts";
import { Connection, type Row } from "./connection.ts";
import { searchJournal } from "./journal_search.ts";
import { databaseFile, messageFile } from "./layout.ts";
import { listQueue } from "./queue_listing.ts";
import { versionOf } from "./schema.ts";
import { readingRemedy } from "./store_error.ts";
import type { JournalQuery, KeptText, QueuedMail, StoreReader } from "./views.ts";

const PIECE_OCTETS = 65_536;

/**
 * Opens a store for reading, whether a relay works on it or not.
 *
 * @param store Its folder.
 * @throws {RelayError} `store-failed`: there is none, or it cannot be read.
 */
export function openReader(store: string): StoreReader {
  const path = databaseFile(store);
  if (!isFile(path)) {
    throw new RelayError("store-failed", `Cannot read the store ${store}: there is none`);
  }
  const sql = told(store, () => new Connection(path, { readOnly: true }));
  try {
    if (told(store, () => versionOf(sql)) > 0) return new SqliteReader(store, sql);
    throw new RelayError("store-failed", `Cannot read the store ${store}: it has not been set up`);
  } catch (error) {
    sql.close();
    throw error;
  }
}

class SqliteReader implements StoreReader {
  readonly #store: string;
  readonly #sql: Connection;

  constructor(store: string, sql: Connection) {
    this.#store = store;
    this.#sql = sql;
  }

  list(): readonly QueuedMail[] {
    return this.#atOnce(() => listQueue(this.#sql));
  }

  find(queueId: string): QueuedMail | null {
    return this.#atOnce(() => listQueue(this.#sql, queueId)[0] ?? null);
  }

  message(queueId: string): AsyncIterable<Uint8Array> | null {
    const row = this.#atOnce(() =>
      this.#sql.get(
        `SELECT mails.in_file, fields, rest FROM journal JOIN mails USING (id)
        LEFT JOIN texts USING (id) WHERE journal.queue_id = ?`,
        queueId,
      )
    );
    if (row === undefined) return null;
    return this.#octets(queueId, row, row.in_file === 1);
  }

  search(query: JournalQuery): readonly JournalRecord[] {
    return this.#atOnce(() => searchJournal(this.#sql, query));
  }

  kept(queueId: string): KeptText | null {
    const row = this.#atOnce(() =>
      this.#sql.get(
        `SELECT keeps, in_file, fields, rest FROM journal JOIN texts USING (id) WHERE queue_id = ?`,
        queueId,
      )
    );
    if (row === undefined || row.keeps === "none") return null;
    const full = row.keeps === "full";
    // While the mail is in the queue its whole text is there, whatever will be kept of it.
    const text = full ? row : { ...row, rest: null };
    return {
      text: full ? "full" : "headers",
      octets: () => redactMessage(this.#octets(queueId, text, full && row.in_file === 1)),
    };
  }

  close(): void {
    this.#sql.close();
  }

  #octets(queueId: string, text: Row, inFile: boolean): AsyncIterable<Uint8Array> {
    return inFile ? fileOctets(messageFile(this.#store, queueId)) : heldOctets(text);
  }

  #atOnce<Result>(read: () => Result): Result {
    return told(this.#store, () => {
      this.#sql.run("BEGIN");
      try {
        return read();
      } finally {
        this.#sql.rollback();
      }
    });
  }
}

/** SQLite's errors in our words. */
function told<Result>(store: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof RelayError) throw error;
    const reason = reasonOf(error);
    const remedy = readingRemedy(reason);
    throw new RelayError("store-failed", `Cannot read the store ${store}: ${reason}${remedy}`, {
      cause: error,
    });
  }
}

async function* heldOctets({ fields, rest }: Row): AsyncGenerator<Uint8Array> {
  for (const part of [fields, rest]) {
    if (part instanceof Uint8Array && part.length > 0) yield await Promise.resolve(part);
  }
}

async function* fileOctets(path: string): AsyncGenerator<Uint8Array> {
  using file = await openFile(path);
  for (;;) {
    const piece = new Uint8Array(PIECE_OCTETS);
    const count = await file.read(piece);
    if (count === null) return;
    yield piece.subarray(0, count);
  }
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    const reason = reasonOf(error);
    throw new RelayError("store-failed", `Cannot read the message: ${reason}`, { cause: error });
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
