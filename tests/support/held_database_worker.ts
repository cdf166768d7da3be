/**
 * A Worker with a real database whose commits a test can hold, as a disk does that takes its time.
 * The first message is the memory that both share; see `held_database.ts`.
 *
 * @module
 */

import { serveDatabase, type SourceOf, type WorkerPort } from "../../lib/store/database_service.ts";
import type { MailDatabase, Operation } from "../../lib/store/operations.ts";
import { sqliteSource } from "../../lib/store/sqlite_source.ts";
import { COMMITS, CRASH, CRASH_KEY, HOLD, OPERATIONS } from "./held_database.ts";

const port: unknown = self;
const start = port as { onmessage: ((event: MessageEvent<Int32Array>) => void) | null };
start.onmessage = ({ data }) => serveDatabase(port as WorkerPort, sourceWith(data));

/** SQLite's databases, held where the shared memory says so. */
function sourceWith(shared: Int32Array): SourceOf {
  return (store, tell) => {
    const source = sqliteSource(store, tell);
    return {
      ...source,
      open: () => held(source.open(), shared),
      isDamage(error) {
        // The keeper does not expect anything to be thrown here: a bug.
        if (String(error).includes(CRASH)) throw error;
        return source.isDamage(error);
      },
    };
  };
}

function held(database: MailDatabase, shared: Int32Array): MailDatabase {
  return {
    transact(operations) {
      Atomics.add(shared, COMMITS, 1);
      Atomics.store(shared, OPERATIONS, operations.length);
      Atomics.wait(shared, HOLD, 1);
      if (operations.some(isCrash)) throw new Error(CRASH);
      return database.transact(operations);
    },
    takeOrphans: () => database.takeOrphans(),
    prune: (limits) => database.prune(limits),
    checkpoint: () => database.checkpoint(),
    close: () => database.close(),
  };
}

function isCrash(operation: Operation): boolean {
  return operation.kind === "write-state" && operation.key === CRASH_KEY;
}
