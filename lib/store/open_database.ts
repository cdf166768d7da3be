/**
 * Opens the file of the database, and makes it where it is missing: modes, settings, tables.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { Connection } from "./connection.ts";
import { makeFolder, syncFolder } from "./folders.ts";
import { migrate, versionOf } from "./schema.ts";

/** Pages of 4,096 octets that the log may hold before it is moved into the database. */
const LOG_PAGES = 1_000;
/** The same where the disk is small. */
const SMALL_LOG_PAGES = 48;
const PAGE_OCTETS = 4_096;
/** Disks up to this size are small, in octets. */
const SMALL_DISK_OCTETS = 67_108_864;

/** How large the log may grow on the disk that a folder is on, in octets. */
export function logOctets(folder: string): number {
  return PAGE_OCTETS * (isSmallDisk(folder) ? SMALL_LOG_PAGES : LOG_PAGES);
}

/**
 * Makes folder and file where they are missing, both for the owner's eyes only, whatever the umask.
 */
export function makeFile(path: string): void {
  const folder = dirname(path);
  makeFolder(folder);
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
    syncFolder(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & 0o777) !== 0o600) Deno.chmodSync(path, 0o600);
}

/** Connects to the file, and brings its tables to this program's version. */
export function connect(path: string, logLimitOctets: number): Connection {
  const connection = new Connection(path);
  try {
    // Works only while there is no page yet, and writes to what is there.
    if (versionOf(connection) === 0) connection.get("PRAGMA auto_vacuum = INCREMENTAL");
    connection.get("PRAGMA journal_mode = WAL");
    connection.script("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
    limitLog(connection, logLimitOctets);
    migrate(connection);
    glance(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Bounds the log: a database on a full disk is helped by a short one. */
function limitLog(connection: Connection, octets: number): void {
  connection.get(`PRAGMA wal_autocheckpoint = ${Math.ceil(octets / PAGE_OCTETS)}`);
  connection.get(`PRAGMA journal_size_limit = ${octets}`);
}

/** A look at both ends of every table: damage to the whole file shows here, and costs no time. */
function glance(connection: Connection): void {
  for (const table of ["journal", "mails", "texts", "deliveries"]) {
    connection.get(`SELECT min(id), max(id) FROM ${table}`);
  }
  connection.get("SELECT * FROM state LIMIT 1");
}

/** Nobody is asked for the permission to look: what is not known to be small is not. */
function isSmallDisk(folder: string): boolean {
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return false;
  try {
    const { blocks, bsize } = statfsSync(folder);
    return blocks * bsize <= SMALL_DISK_OCTETS;
  } catch {
    return false;
  }
}
