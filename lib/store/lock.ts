/**
 * One program per store: a lock that lasts exactly as long as its process, however that ends.
 *
 * The lock is SQLite's own on an empty database (`lock` in the store's folder), taken by
 * `BEGIN EXCLUSIVE` and never ended: the kernel gives it back when the process is gone. Nothing is
 * written or synced for it.
 *
 * INVARIANTS
 *
 * 1. At most one holder of a store at a time, in all processes of a host and within one.
 * 2. No file but SQLite's is ever opened on `lock`: closing it would end the lock (POSIX `fcntl`).
 * 3. The holder's facts are removed before the lock is let go, so that they are never another's.
 *
 * DIAGNOSTICS. `store-in-use` names the holder. `store-failed`, `store-full`: the folder cannot be
 * made or written to. `aborted`: the signal.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { reasonOf, RelayError } from "../errors.ts";
import { log } from "../log.ts";
import {
  describeHolder,
  type Holder,
  nameOf,
  readHolder,
  removeHolder,
  writeHolder,
} from "./holder.ts";
import { makeFolder } from "./folders.ts";
import { lockFile } from "./layout.ts";
import { storeError } from "./store_error.ts";

export { type Holder, readHolder } from "./holder.ts";

/** A store that is ours. */
export interface StoreLock {
  /** Replaces the facts that others read of us. Rejects as the disk says; the lock stays. */
  update(holder: Holder): Promise<void>;
  /** Lets the store go. Never rejects. */
  release(): Promise<void>;
}

/** How long to try. */
export interface LockOptions {
  /** How long to wait for the holder to let go, in ms; not at all when absent. */
  readonly waitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** Pause between two tries, in ms. */
const POLL_MS = 20;

const records = log("store");

/** A database that the garbage collector took would take its lock along. */
const held = new Set<DatabaseSync>();

/**
 * Makes a store ours; its folder is made where it is missing.
 *
 * @param store The store's folder.
 * @param holder What others are to know of us.
 * @throws {RelayError} `store-in-use`, `store-failed`, `store-full` or `aborted`; nothing is held.
 */
export async function acquireLock(
  store: string,
  holder: Holder,
  { waitMs = 0, signal }: LockOptions = {},
): Promise<StoreLock> {
  try {
    makeFolder(store);
  } catch (error) {
    throw storeError(`make the folder ${store}`, error);
  }
  const deadline = performance.now() + waitMs;
  let database = tryLock(store);
  while (database === null) {
    if (performance.now() >= deadline) throw inUse(await nameOf(store), await readHolder(store));
    await pause(signal);
    if (signal?.aborted) {
      throw new RelayError("aborted", `Cannot use the store ${store}: given up waiting for it`);
    }
    database = tryLock(store);
  }
  held.add(database);
  await announce(store, holder);
  return lockOf(store, database);
}

function lockOf(store: string, database: DatabaseSync): StoreLock {
  let last: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;
  const release = async () => {
    await last;
    await removeHolder(store);
    held.delete(database);
    database.close();
  };
  return {
    update: (holder) => {
      // A late word of ours would be taken for one of the next holder.
      if (released) return released;
      const written = last.then(() => writeHolder(store, holder));
      // Whoever asked hears of a failure; the next one only waits for its turn.
      last = written.catch(() => null);
      return written;
    },
    release: () => released ??= release(),
  };
}

/** The database whose lock is the store's; `null` while another has it. */
function tryLock(store: string): DatabaseSync | null {
  let database: DatabaseSync | undefined;
  try {
    create(lockFile(store));
    database = new DatabaseSync(lockFile(store));
    // With the usual journal, a file of that would be written.
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof Error && error.message.includes("database is locked")) return null;
    throw storeError(`lock the store ${store}`, error);
  }
}

/**
 * Makes the file where there is none; SQLite would make it readable for others. In one go with what
 * follows, and never on a file that exists: invariant 2.
 */
function create(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** The lock counts, not the word that is left of it: a full disk does not keep us from working. */
async function announce(store: string, holder: Holder): Promise<void> {
  try {
    await writeHolder(store, holder);
  } catch (error) {
    await removeHolder(store);
    records.warning("the store's holder is not named", { reason: reasonOf(error) });
  }
}

function inUse(name: string, holder: Holder | null): RelayError {
  return new RelayError(
    "store-in-use",
    `Cannot use the store ${name}: ${describeHolder(holder)}; stop that one first, take its ` +
      "place without a gap by `serve --replace`, or give this one another folder (store.path)",
  );
}

function pause(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, POLL_MS);
    signal?.addEventListener("abort", end);
  });
}
