/**
 * What crashes leave behind in a store whose mails have all been delivered: there must be nothing.
 *
 * @module
 */

import { messagesFolder, spoolFolder } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import { until } from "./wait.ts";

/** Over the age from which a file that nobody names is nobody's, in ms. */
const OLD_MS = 2 * 3_600_000;

/** Mails that are still in the queue, in words. */
export function queueOf(store: string): string[] {
  const reader = openReader(store);
  try {
    return reader.list().map(({ queueId, state }) => `${queueId} ${state}`);
  } finally {
    reader.close();
  }
}

/** Makes what lies about look old, for the next start to clear away; says how much there is. */
export function ageLitter(store: string): number {
  const files = litterOf(store);
  const then = (Date.now() - OLD_MS) / 1_000;
  for (const file of files) Deno.utimeSync(file, then, then);
  return files.length;
}

/** Files of messages that are still there when they should be gone. */
export async function litterLeft(store: string): Promise<string[]> {
  const none = () => litterOf(store).length === 0;
  await until(none, { what: "the end of the litter" }).catch(() => null);
  return litterOf(store);
}

function litterOf(store: string): string[] {
  return [messagesFolder(store), spoolFolder(store)].flatMap((folder) =>
    [...Deno.readDirSync(folder)].map(({ name }) => `${folder}/${name}`)
  );
}
