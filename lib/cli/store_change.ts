/**
 * Changes a store: through the relay that works on it, or, where none does, by our own hand.
 *
 * INVARIANT: nothing is written beside a relay at work. The lock tells whether there is one.
 *
 * @module
 */

import type { HistoryConfig } from "../config/types.ts";
import { askControl } from "../control/client.ts";
import { RelayError } from "../errors.ts";
import { startLog } from "../log.ts";
import { openQueueClock } from "../queue/queue_clock.ts";
import { CLOCK_KEY } from "../queue/sweeps.ts";
import { describeHolder, type Holder, readHolder } from "../store/holder.ts";
import { controlSocket } from "../store/layout.ts";
import { acquireLock, type StoreLock } from "../store/lock.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import { VERSION } from "../version.ts";
import type { Terminal } from "./terminal.ts";

/** What to change. */
export type Change =
  /** To try a mail again at once; without an id, every mail. */
  | { readonly command: "retry"; readonly queueId?: string | undefined }
  /** To drop a mail. */
  | { readonly command: "drop"; readonly queueId: string };

/** What came of it. */
export interface Changed {
  /** Who did it: the relay at work, or this program. */
  readonly by: "relay" | "us";
  /** The mails that were found. */
  readonly queueIds: readonly string[];
  /** Whether a delivery of a dropped mail was being tried at the time. */
  readonly underWay: boolean;
}

/** How long to wait, in milliseconds: for the relay's answer, and for a command like this one. */
const WAIT = { answerMs: 35_000, lockMs: 1_000 } as const;

/** The journal is the relay's to shorten: we may not know what its configuration says. */
const ALL: HistoryConfig = {
  text: "none",
  keepMs: Number.MAX_SAFE_INTEGER,
  sizeOctets: Number.MAX_SAFE_INTEGER,
};

/**
 * Changes the store in a folder.
 *
 * @throws {RelayError} `store-in-use`: somebody holds it, and does not answer.
 */
export async function changeStore(
  folder: string,
  change: Change,
  terminal: Terminal,
): Promise<Changed> {
  let unanswered: RelayError;
  try {
    return { by: "relay", ...await ask(controlSocket(folder), change) };
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== "control-failed") throw error;
    unanswered = error;
  }
  const lock = await lockFor(change, folder, unanswered);
  // The store tells of damage in the log.
  startLog(terminal.env("LOGLEVEL") ?? "WARNING", (line) => terminal.err(line));
  try {
    return { by: "us", ...await withStore(folder, (store) => apply(store, change)) };
  } finally {
    await lock.release();
  }
}

async function lockFor(
  { command }: Change,
  folder: string,
  unanswered: RelayError,
): Promise<StoreLock> {
  try {
    return await acquireLock(folder, us(), { waitMs: WAIT.lockMs });
  } catch (error) {
    if (!(error instanceof RelayError) || error.code !== "store-in-use") throw error;
    throw new RelayError(
      "store-in-use",
      `Cannot ${command} mail in ${folder}: ${describeHolder(await readHolder(folder))}, and did ` +
        `not do it when asked (${unanswered.message}); try again, or stop it first`,
      { cause: unanswered },
    );
  }
}

async function ask(socket: string, change: Change): Promise<Omit<Changed, "by">> {
  const limit = { timeoutMs: WAIT.answerMs };
  switch (change.command) {
    case "retry": {
      const { queueIds } = await askControl(socket, change, limit);
      return { queueIds, underWay: false };
    }
    case "drop": {
      const { found, underWay } = await askControl(socket, change, limit);
      return { queueIds: found ? [change.queueId] : [], underWay };
    }
  }
}

async function apply(store: Store, change: Change): Promise<Omit<Changed, "by">> {
  switch (change.command) {
    case "retry": {
      const { now } = openQueueClock(await store.readState(CLOCK_KEY));
      const { queueId } = change;
      const queueIds = await store.retry({ now: now(), ...queueId !== undefined && { queueId } });
      return { queueIds, underWay: false };
    }
    case "drop": {
      const { found, underWay } = await store.drop(change.queueId);
      return { queueIds: found ? [change.queueId] : [], underWay };
    }
  }
}

async function withStore<T>(folder: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = openSqliteStore({ path: folder, minFreeOctets: 0, history: ALL, now: Date.now });
  try {
    await store.opened;
    return await use(store);
  } finally {
    await store.close();
  }
}

/** What others read of us while we hold the lock. */
function us(): Holder {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return {
    pid: Deno.pid,
    hostname: state === "granted" ? Deno.hostname() : "localhost",
    version: VERSION,
    startedAt: Date.now(),
    listening: [],
  };
}
