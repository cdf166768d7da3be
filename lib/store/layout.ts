/**
 * Where things are in the folder of the store. Everybody who names a file of it asks here.
 *
 * @module
 */

/** The database: queue, state and journal. SQLite keeps `-wal` and `-shm` beside it. */
export function databaseFile(store: string): string {
  return `${store}/queue.db`;
}

/** The folder of messages that are too large for the database. */
export function messagesFolder(store: string): string {
  return `${store}/messages`;
}

/** A message that is too large for the database: all of it, as received. */
export function messageFile(store: string, queueId: string): string {
  return `${messagesFolder(store)}/${queueId}.eml`;
}

/** The folder of messages that are on their way in. */
export function spoolFolder(store: string): string {
  return `${store}/spool`;
}

/** The lock of the process that works on the store. */
export function lockFile(store: string): string {
  return `${store}/lock`;
}

/** Who holds the lock, for others to read. */
export function holderFile(store: string): string {
  return `${store}/holder.json`;
}

/** Space held back, so that what shortens the queue can be written when the disk is full. */
export function reserveFile(store: string): string {
  return `${store}/reserve`;
}

/**
 * Where a damaged database is moved to.
 *
 * @param at When, in milliseconds since the epoch.
 */
export function damagedFolder(store: string, at: number): string {
  return `${store}/damaged-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, "")}`;
}

/** The socket on which the process that works on the store can be asked. */
export function controlSocket(store: string): string {
  return `${store}/control.sock`;
}
