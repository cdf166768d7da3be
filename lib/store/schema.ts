/**
 * The tables, and how those of an older version become those of this one.
 *
 * INVARIANTS
 *
 * 1. `PRAGMA user_version` is the number of migrations that the database has been through. A
 *    migration is never changed once it has been released; a new one is added at the end.
 * 2. A mail, its text and its journal record have the same `id`; there is no mail without a record.
 * 3. The id of a delivery is never given again, so that an old claim cannot end a new delivery.
 * 4. `events` and `settled` are one JSON value a line: adding needs no reading, and a damaged line
 *    costs only itself.
 *
 * A text serves both the queue and the journal: it stays as long as the mail is in the queue, and
 * after that as far as the journal `keeps` it. `in_file`: the whole message is in `messages/`, and
 * `rest` is NULL.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { Connection } from "./connection.ts";

const FIRST = `
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  queue_id TEXT NOT NULL UNIQUE,
  received_at INTEGER NOT NULL,
  noted_at INTEGER NOT NULL,
  message_octets INTEGER NOT NULL,
  state TEXT NOT NULL,
  keeps TEXT NOT NULL,
  in_file INTEGER NOT NULL,
  octets INTEGER NOT NULL,
  recent_key TEXT,
  recent_at INTEGER,
  message_id TEXT,
  subject TEXT,
  envelope TEXT NOT NULL,
  addresses TEXT NOT NULL,
  events TEXT NOT NULL
) STRICT;
CREATE INDEX journal_received ON journal (received_at);
CREATE INDEX journal_message_id ON journal (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX journal_noted ON journal (noted_at, octets);
CREATE INDEX journal_recent ON journal (recent_at) WHERE recent_key IS NOT NULL;

CREATE TABLE mails (
  id INTEGER PRIMARY KEY,
  queue_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  octets INTEGER NOT NULL,
  in_file INTEGER NOT NULL,
  digest TEXT NOT NULL,
  envelope TEXT NOT NULL,
  settled TEXT NOT NULL,
  routed_by TEXT NOT NULL,
  ending TEXT
) STRICT;

CREATE TABLE texts (
  id INTEGER PRIMARY KEY,
  fields BLOB NOT NULL,
  rest BLOB
) STRICT;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  mail INTEGER NOT NULL,
  destination TEXT NOT NULL,
  recipients TEXT NOT NULL,
  rewrite TEXT,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  away INTEGER NOT NULL,
  delay_noticed INTEGER NOT NULL,
  reason TEXT NOT NULL,
  ending TEXT
) STRICT;
CREATE INDEX deliveries_mail ON deliveries (mail, state);
CREATE INDEX deliveries_due ON deliveries (destination, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_aged ON deliveries (delay_noticed, accepted_at) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (accepted_at) WHERE state = 'dead';

CREATE TABLE state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** In order; the first makes the tables. */
const MIGRATIONS: readonly string[] = [FIRST];

/** The version of the tables that this program writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Brings the tables to this program's version.
 *
 * @throws {RelayError} `store-failed`: they are of a newer version.
 */
export function migrate(connection: Connection): void {
  if (versionOf(connection) === SCHEMA_VERSION) return;
  connection.run("BEGIN IMMEDIATE");
  try {
    // Another process may have been here while we waited for the lock.
    for (const migration of MIGRATIONS.slice(versionOf(connection))) connection.script(migration);
    connection.script(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    connection.run("COMMIT");
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

/**
 * Which version the tables are of; 0: there are none yet.
 *
 * @throws {RelayError} `store-failed`: of a newer one than this program knows.
 */
export function versionOf(connection: Connection): number {
  const version = connection.number("PRAGMA user_version");
  if (version <= SCHEMA_VERSION) return version;
  throw new RelayError(
    "store-failed",
    `Cannot use the store: a newer version of this program has written it ` +
      `(its tables are of version ${version}, this program knows ${SCHEMA_VERSION})`,
  );
}
