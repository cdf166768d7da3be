/**
 * Tells the store what became of a delivery, again and again while its disk fails: what a
 * destination has taken must not be forgotten, or it gets a second copy.
 *
 * @module
 */

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
  for (let whileReady = 0; whileReady < MOST_WHILE_READY;) {
    try {
      return await store.settle(settlement);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { queueId } = settlement;
      records.warning("outcome not stored yet", { queueId, reason });
    }
    if (store.health().kind === "ready") whileReady++;
    if (signal.aborted) break;
    await pause(signal);
  }
  records.error("outcome not stored; it may be delivered again after a restart", {
    queueId: settlement.queueId,
    settled: settlement.settled.join(", "),
  });
  return null;
}

function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, WAIT_MS);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
