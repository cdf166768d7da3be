/** A worker that takes mails into a database, one a commit, and says when it is done. @module */

import { openMailDatabase } from "../../lib/store/mail_database.ts";
import { accepted, queueIdOf } from "./stored_mails.ts";

/** What it is told to do. */
export interface OtherWriting {
  /** The database file. */
  readonly path: string;
  /** The number of its first mail. */
  readonly from: number;
  /** The number after that of its last. */
  readonly to: number;
}

// A worker's `self`; the compiler takes it for a window's.
const self: unknown = globalThis;
const port = self as {
  onmessage(event: MessageEvent<OtherWriting>): void;
  postMessage(message: "begun" | "done"): void;
};

port.onmessage = async ({ data: { path, from, to } }) => {
  const database = openMailDatabase(path);
  for (let number = from; number < to; number++) {
    accepted(database, queueIdOf(number));
    if (number === from) port.postMessage("begun");
    // Who writes without a pause starves the others: SQLite lets nobody queue.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  database.close();
  port.postMessage("done");
};
