/**
 * Which function of the tables does which operation.
 *
 * @module
 */

import { append, lastTrace, note, recentMails } from "./journal_tables.ts";
import type { Answer, Operation } from "./operations.ts";
import { claim, release } from "./queue_claims.ts";
import { accept, settle } from "./queue_tables.ts";
import { counts, destinations, drop, expire, hasten, retry } from "./queue_upkeep.ts";
import type { Tables } from "./tables.ts";

/** Does one operation within the open transaction. */
export function perform(tables: Tables, operation: Operation): Answer {
  switch (operation.kind) {
    case "accept":
      return accept(tables, operation.mails);
    case "note":
      return nothing(note(tables, operation.record));
    case "append":
      return nothing(append(tables, operation.queueId, operation.events));
    case "claim":
      return claim(tables, operation.request);
    case "release":
      return nothing(release(tables, operation.claims));
    case "settle":
      return settle(tables, operation.settlement);
    case "hasten":
      return hasten(tables, operation);
    case "destinations":
      return destinations(tables);
    case "retry":
      return retry(tables, operation);
    case "drop":
      return drop(tables, operation);
    case "expire":
      return expire(tables, operation);
    case "counts":
      return counts(tables);
    case "last-trace":
      return lastTrace(tables, operation.queueId);
    case "read-state":
      return readState(tables, operation.key);
    case "write-state":
      return nothing(writeState(tables, operation));
    case "recent-mails":
      return recentMails(tables, operation);
  }
}

/** Whether an operation is there to take something in: such are refused first when space is scarce. */
export function lengthens({ kind }: Operation): boolean {
  return kind === "accept" || kind === "note";
}

function readState({ sql }: Tables, key: string): string | null {
  const value = sql.get("SELECT value FROM state WHERE key = ?", key)?.value;
  return typeof value === "string" ? value : null;
}

function writeState(
  { sql }: Tables,
  { key, value }: { readonly key: string; readonly value: string },
): void {
  sql.run("INSERT OR REPLACE INTO state (key, value) VALUES (?, ?)", key, value);
}

function nothing(_done: void): null {
  return null;
}
