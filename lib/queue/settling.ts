/**
 * Tells the store what became of a claimed delivery, again and again while its disk fails: what a
 * destination has taken must not be forgotten, or it gets a second copy; and a claim that is not
 * given back would keep the delivery from being tried for as long as the program runs.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ClaimId, Settlement, Store } from "../store/store.ts";

const records = log("queue");

/** Wait between two tries, in milliseconds. */
const WAIT_MS = 1_000;
/** Tries while the store says that it is ready: then it is not the disk, but a bug. */
const MOST_WHILE_READY = 5;

/**
 * Settles, however long the disk fails. The claim is held meanwhile, so nobody else tries the
 * delivery; the number of claims bounds what waits here.
 *
 * @param signal Aborted when the program ends.
 * @returns The claims on the replacements; `null` when it could not be told until the end.
 */
export async function settleSurely(
  store: Store,
  settlement: Settlement,
  signal: AbortSignal,
): Promise<readonly ClaimId[] | null> {
  const { queueId } = settlement;
  const act = () => store.settle(settlement);
  const claims = await surely(act, { store, queueId, what: "outcome not stored yet", signal });
  if (claims === null) {
    records.error("outcome not stored; it may be delivered again after a restart", {
      queueId,
      settled: settlement.settled.join(", "),
    });
  }
  return claims;
}

/** Gives a claim back, however long the disk fails: what stays claimed is tried by nobody. */
export async function releaseSurely(
  store: Store,
  { claim, queueId }: { readonly claim: ClaimId; readonly queueId: string },
  signal: AbortSignal,
): Promise<void> {
  const act = () => store.release([claim]).then(() => true);
  const done = await surely(act, { store, queueId, what: "claim not released yet", signal });
  // The end of the program ends its claims.
  if (done === null && !signal.aborted) {
    records.error("claim not released; the delivery waits for a restart", { queueId });
  }
}

interface Trouble {
  readonly store: Store;
  readonly queueId: string;
  readonly what: string;
  readonly signal: AbortSignal;
}

/** What it came to; `null` when it never worked. */
async function surely<Result>(
  act: () => Promise<Result>,
  { store, queueId, what, signal }: Trouble,
): Promise<Result | null> {
  let told = false;
  for (let whileReady = 0; whileReady < MOST_WHILE_READY;) {
    try {
      return await act();
    } catch (error) {
      const reason = reasonOf(error);
      // Once is enough: a disk may fail for days.
      records[told ? "debug" : "warning"](what, { queueId, reason });
      told = true;
    }
    if (store.health().kind === "ready") whileReady++;
    if (signal.aborted) break;
    await pause(signal);
  }
  return null;
}

function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const timer = setTimeout(end, WAIT_MS);
  signal.addEventListener("abort", end);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  });
}
