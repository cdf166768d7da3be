/**
 * Files of messages that nothing in the database names: a crash came between their writing and the
 * commit, or between a commit and their deletion.
 *
 * @module
 */

import { messagesFolder } from "./layout.ts";
import type { Tables } from "./tables.ts";

/** A file this young may be about to be named by another process, in milliseconds. */
const YOUNG_MS = 3_600_000;

/** Files that nothing names, and nobody has written to for an hour. */
export function orphansIn(tables: Tables): readonly string[] {
  const before = Date.now() - YOUNG_MS;
  return unnamedIn(tables).filter((path) => {
    const { mtime } = Deno.statSync(path);
    return mtime !== null && mtime.getTime() < before;
  });
}

/** Files that nothing names. */
export function unnamedIn({ sql, store }: Tables): readonly string[] {
  const folder = messagesFolder(store);
  const names = namesIn(folder).filter((name) => name.endsWith(".eml"));
  return names.filter((name) =>
    sql.get(
      `SELECT 1 FROM journal LEFT JOIN mails USING (id) WHERE journal.queue_id = ?
      AND (mails.in_file = 1 OR (keeps = 'full' AND journal.in_file = 1))`,
      name.slice(0, -".eml".length),
    ) === undefined
  ).map((name) => `${folder}/${name}`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
