/**
 * A damaged database: out of the way with it, without losing an octet of it.
 *
 * @module
 */

import { dirname } from "node:path";
import { Connection } from "./connection.ts";
import { damagedFolder, databaseFile, messagesFolder } from "./layout.ts";
import { makeFolder, syncFolder } from "./folders.ts";
import { connect, makeFile } from "./open_database.ts";
import { unnamedIn } from "./orphans.ts";
import { isDamage } from "./sqlite_errors.ts";
import type { Tables } from "./tables.ts";

const HEADER_PAGE_OCTETS = 4_096;
/** Where the header of a database says how many pages there are, and which are free. */
const PAGE_COUNT_AT = 28;
const FREE_PAGES_AT = 32;

/**
 * Moves a database, which nobody has open, to a folder of its own.
 *
 * @returns The folder, `<store>/damaged-<UTC time>`.
 */
export function moveAside(path: string): string {
  const store = dirname(path);
  const folder = makeNewFolder(damagedFolder(store, Date.now()));
  for (const suffix of ["", "-wal", "-shm"]) {
    try {
      Deno.renameSync(`${path}${suffix}`, `${databaseFile(folder)}${suffix}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  syncFolder(folder);
  syncFolder(store);
  return folder;
}

function makeNewFolder(wanted: string): string {
  for (let number = 1;; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    if (makeFolder(folder)) return folder;
  }
}

/**
 * Gives message files that nothing names now a second name beside the damaged database: the mail
 * that they belong to may be what could not be read.
 */
export function linkUnnamed(tables: Tables, folder: string): void {
  for (const path of unnamedIn(tables)) {
    makeFolder(messagesFolder(folder));
    Deno.linkSync(path, `${messagesFolder(folder)}/${path.slice(path.lastIndexOf("/") + 1)}`);
  }
}

/**
 * Opens a database that was moved aside, for reading. Where its first page, which says where the
 * tables are, makes no sense or speaks of more pages than there are, a copy gets that of a new
 * database: both have been made by the same statements, and so their tables are at the same places.
 */
export function openDamaged(path: string): Connection {
  try {
    return opened(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return opened(withNewFirstPage(path));
  }
}

function opened(path: string): Connection {
  const connection = new Connection(path, { readOnly: true });
  try {
    connection.all("SELECT name FROM sqlite_schema");
    if (connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'mails'") > 0) {
      return connection;
    }
    throw Object.assign(new Error("file is not a database of ours"), { errcode: 26 });
  } catch (error) {
    connection.close();
    throw error;
  }
}

function withNewFirstPage(path: string): string {
  const copy = `${path}-repaired`;
  const fresh = `${path}-fresh`;
  makeFile(fresh);
  connect(fresh, HEADER_PAGE_OCTETS).close();
  const page = Deno.readFileSync(fresh).subarray(0, HEADER_PAGE_OCTETS);
  Deno.removeSync(fresh);
  Deno.copyFileSync(path, copy);
  try {
    Deno.copyFileSync(`${path}-wal`, `${copy}-wal`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const pages = Math.floor(Deno.statSync(copy).size / HEADER_PAGE_OCTETS);
  const header = new DataView(page.buffer, page.byteOffset);
  header.setUint32(PAGE_COUNT_AT, pages);
  header.setBigUint64(FREE_PAGES_AT, 0n);
  using file = Deno.openSync(copy, { write: true });
  file.writeSync(page);
  return copy;
}
