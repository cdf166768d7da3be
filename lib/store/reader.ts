/**
 * Reads a store from beside it, for the command line.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { StoreReader } from "./store.ts";

/**
 * Opens a store for reading, whether a relay works on it or not.
 *
 * @param store Its folder.
 * @throws {RelayError} `store-failed`: there is none, or it cannot be read.
 */
export function openReader(store: string): StoreReader {
  throw new RelayError("store-failed", `Cannot read the store ${store}: not written yet`);
}
