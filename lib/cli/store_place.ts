/**
 * Where the store is, and reading it: for commands that look into it from beside the relay.
 *
 * @module
 */

import { isAbsolute, resolve } from "node:path";
import { reasonOf, RelayError } from "../errors.ts";
import { databaseFile } from "../store/layout.ts";
import { openReader } from "../store/reader.ts";
import { readingRemedy } from "../store/store_error.ts";
import type { StoreReader } from "../store/views.ts";
import { readConfiguration } from "./configuration.ts";
import { printable } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

/** What the command line says about where the store is. */
export interface PlaceOptions {
  /** The configuration file. */
  readonly config?: string;
  /** The store's folder itself; the configuration is not read then. */
  readonly store?: string;
  /** JSON instead of text. */
  readonly json?: boolean;
}

/**
 * The store's folder.
 *
 * @throws {RelayError} `config-invalid`: the configuration does not say.
 */
export async function storeFolder(
  { config, store }: PlaceOptions,
  terminal: Terminal,
): Promise<string> {
  if (store !== undefined) return store;
  try {
    return (await readConfiguration(config, terminal)).configuration.store.path;
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== "config-invalid") throw error;
    // Secrets may be in the relay's environment only, and a queue wants looking after all the same.
    const hint = "to look into a store without its configuration, name it: --store FOLDER";
    throw new RelayError(error.code, `${error.message}\n${hint}`, { cause: error });
  }
}

/**
 * Reads the store that the options name.
 *
 * @param read Is given `null` where no relay has ever run.
 * @throws {RelayError} `store-failed`: there is one, and it cannot be read.
 */
export async function withReader<T>(
  options: PlaceOptions,
  terminal: Terminal,
  read: (reader: StoreReader | null, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await storeFolder(options, terminal);
  if (!await hasStore(folder)) return await read(null, folder);
  const reader = openReader(folder);
  try {
    return await read(reader, folder);
  } finally {
    reader.close();
  }
}

/** Whether a relay has ever worked on the folder. */
export async function hasStore(folder: string): Promise<boolean> {
  try {
    await Deno.stat(databaseFile(folder));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    const reason = reasonOf(error);
    const remedy = readingRemedy(reason);
    throw new RelayError("store-failed", `Cannot read the store ${folder}: ${reason}${remedy}`, {
      cause: error,
    });
  }
}

/** Says that there is nothing to look into, and where that is. */
export function tellNoStore(folder: string, terminal: Terminal): void {
  terminal.err(`${noStore(folder)}\n`);
}

/** A relative name is taken from another working folder than the relay's more often than not. */
function noStore(folder: string): string {
  const said = `there is no store in ${resolve(folder)}: no relay has run there yet`;
  return isAbsolute(folder) ? said : `${said} (${folder} begins at the working folder)`;
}

/** A queue id as people paste it: in any case, with blanks around it. */
export function queueIdOf(text: string): string {
  return text.trim().toUpperCase();
}

/**
 * Says that a mail is not in the queue, and what the journal knows of it.
 *
 * @returns The exit code.
 */
export function tellNotQueued(
  queueId: string,
  { reader, folder }: { readonly reader: StoreReader | null; readonly folder: string },
  terminal: Terminal,
): number {
  const shown = printable(queueId);
  const [record] = reader?.search({ queueId, limit: 1 }) ?? [];
  const where = reader === null
    ? noStore(folder)
    : record === undefined
    ? `neither queue nor journal in ${folder} know it`
    : `its state is ${record.state}; \`mail2alert history --id ${shown}\` tells what became of it`;
  terminal.err(`${shown} is not in the queue: ${where}\n`);
  return 1;
}
