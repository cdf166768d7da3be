/**
 * What the disk said, in our words.
 *
 * @module
 */

import { RelayError } from "../errors.ts";

/**
 * Names a failure of the disk.
 *
 * @param what What was being done, to follow "Cannot".
 * @param error What the system threw.
 * @returns `store-full` when there is no space (or quota) left, else `store-failed`.
 */
export function storeError(what: string, error: unknown): RelayError {
  const reason = error instanceof Error ? error.message : String(error);
  const full = /ENOSPC|No space left|EDQUOT|quota/i.test(reason);
  return new RelayError(full ? "store-full" : "store-failed", `Cannot ${what}: ${reason}`, {
    cause: error,
  });
}
