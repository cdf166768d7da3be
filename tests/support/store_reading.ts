/** What a store holds, read from beside it, whether a relay works on it or not. @module */

import { openReader } from "../../lib/store/reader.ts";
import type { QueuedMail, StoreReader } from "../../lib/store/views.ts";

/** Where the store is when the configuration does not say: in the working folder. */
export const STORE = "mail2alert-store";

/** Asks a store something. */
export function readStore<T>(store: string, ask: (reader: StoreReader) => T): T {
  const reader = openReader(store);
  try {
    return ask(reader);
  } finally {
    reader.close();
  }
}

/** The mails that somebody is still to get, and the dead letters; oldest first. */
export function queueOf(store: string): readonly QueuedMail[] {
  return readStore(store, (reader) => reader.list());
}

/** The queue ids of those of them that wait; nothing is in a state that no test expects. */
export function waitingIn(store: string): readonly string[] {
  return queueOf(store).flatMap(({ queueId, state }) => state === "waiting" ? [queueId] : []);
}

/** The queue id that a reply to the end of data names. */
export function queueIdIn(reply: string): string {
  const id = /^250 2\.0\.0 (?:queued|Accepted) as ([0-9A-HJKMNP-TV-Z]{26})$/.exec(reply)?.[1];
  if (id === undefined) throw new Error(`No queue id in the reply "${reply}"`);
  return id;
}
