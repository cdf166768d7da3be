/**
 * What operations are called where people read of them: in the errors that callers of the store get.
 *
 * @module
 */

import type { Operation } from "./operations.ts";

/** What each operation does, to follow "Cannot". */
export const OPERATION_NAMES: Readonly<Record<Operation["kind"], string>> = {
  accept: "take mail into the store",
  note: "note a mail in the journal",
  append: "add to the journal of a mail",
  claim: "fetch mails that are due from the store",
  release: "give mails that were fetched back to the store",
  settle: "note in the store what became of a mail",
  hasten: "make the mails of a destination due in the store",
  destinations: "read from the store which destinations mails wait for",
  retry: "make mails in the store due again",
  drop: "drop a mail from the store",
  expire: "drop old dead letters from the store",
  counts: "count the mails in the store",
  "last-trace": "read from the store how a mail was routed",
  // The only state that is kept there, but for that of a probe.
  "read-state": "read the queue's clock from the store",
  "write-state": "keep the queue's clock in the store",
  "recent-mails": "read the mails of the last minutes from the store",
};
