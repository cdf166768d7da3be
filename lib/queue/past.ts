/**
 * What is known of a mail that was routed before.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ClaimedDelivery } from "../store/store.ts";
import type { QueueContext } from "./context.ts";

const records = log("queue");

/**
 * The trace of a mail's earlier routing: what a stage stood for then, nobody else may know any more.
 * Without it, which a broken disk may cause, the mail is read anew.
 */
export async function pastOf(
  { routedBy, mail: { queueId } }: ClaimedDelivery,
  { store }: Pick<QueueContext, "store">,
): Promise<unknown> {
  if (routedBy === "") return undefined;
  try {
    return await store.lastTrace(queueId);
  } catch (error) {
    records.warning("earlier routing not read", { queueId, reason: reasonOf(error) });
    return undefined;
  }
}
