/**
 * What the disk said, in our words.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";

/** SQLite's words for SQLITE_FULL (13), beside the system's. */
const FULL = /ENOSPC|No space left|EDQUOT|quota|database or disk is full/i;

/**
 * Names a failure of the disk.
 *
 * @param what What was being done, to follow "Cannot".
 * @param error What the system, or SQLite, threw. A `RelayError` stays what it is.
 * @returns `store-full` when there is no space (or quota) left, else `store-failed`.
 */
export function storeError(what: string, error: unknown): RelayError {
  if (error instanceof RelayError) return error;
  const reason = reasonOf(error);
  return new RelayError(
    FULL.test(reason) ? "store-full" : "store-failed",
    `Cannot ${what}: ${reason}`,
    { cause: error },
  );
}

/** Ways a store fails that the operator can mend, by what the system or SQLite says of them. */
const REMEDIES: readonly (readonly [RegExp, (path: string) => string])[] = [
  [FULL, (path) => `make space on the disk of ${path}; service returns by itself`],
  [
    /EROFS|Read-only file system|readonly database/i,
    (path) => `make ${path} writable for the user that runs mail2alert`,
  ],
  [
    /ENOTDIR|EEXIST|Not a directory|File exists/i,
    (path) => `${path} must be a folder: move the file away, or name another one as store.path`,
  ],
  [
    /EACCES|EPERM|denied|not permitted|NotCapable|Requires (read|write) access/i,
    (path) => `let the user that runs mail2alert read and write the folder ${path}`,
  ],
  [
    // SQLite does not tell which of the two it is.
    /unable to open/i,
    (path) =>
      `let the user that runs mail2alert read and write the folder ${path}, ` +
      `and see that its disk is not read-only`,
  ],
  [/disk I\/O error|EIO|Input\/output error/i, (path) => `check the disk of ${path}`],
];

/**
 * What whoever looks into a store from beside the relay can do about a failure; it may be empty.
 *
 * @param reason What was said.
 */
export function readingRemedy(reason: string): string {
  if (/EACCES|Permission denied/i.test(reason)) {
    return "; ask as the user that runs mail2alert, or as root";
  }
  // SQLite shares memory with the relay through a file in the folder: for reading, too.
  return /unable to open/i.test(reason)
    ? "; ask as the user that runs mail2alert; where the disk is read-only, copy the folder " +
      "elsewhere and name the copy with --store"
    : "";
}

/**
 * What the operator can do about a failure of the store.
 *
 * @param path The store's folder.
 * @param reason What was said.
 */
export function remedyFor(path: string, reason: string): string {
  const [, remedy] = REMEDIES.find(([said]) => said.test(reason)) ?? [];
  return remedy?.(path) ?? `check ${path} and its disk`;
}
