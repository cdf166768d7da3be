/**
 * `ack: queued`: the mail is on disk before the notifier hears of it, and everything else happens
 * afterwards, as from the queue.
 *
 * @module
 */

import type { JournalEvent } from "../mail/journal.ts";
import type { Reply } from "../mail/reply.ts";
import { queuedReply } from "./acknowledge.ts";
import type { QueueContext } from "./context.ts";
import { claimedOf, type FreshMail, recordOf, storedOf, toBeRouted } from "./fresh_mail.ts";
import type { Answered } from "./intake.ts";
import type { Queue } from "./queue.ts";

/** What a mail is stored with. */
export interface StoreOptions {
  /** The queue's parts. */
  readonly context: Pick<QueueContext, "store" | "clock">;
  /** Takes it over. */
  readonly queue: Queue;
  /** The event that tells of the answer. */
  answer(reply: Reply): JournalEvent;
}

/**
 * Stores a mail, and lets the queue have it.
 *
 * @throws {RelayError} `store-full` or `store-failed`: nothing is stored.
 */
export async function storeFirst(
  fresh: FreshMail,
  { context: { store, clock }, queue, answer }: StoreOptions,
): Promise<Answered> {
  const { mail } = fresh;
  const reply = queuedReply(mail.queueId);
  const octets = mail.message.file === undefined ? mail.message.octets : 0;
  const claim = queue.hasRoom(octets);
  const placeholder = toBeRouted(mail, clock.now(), claim);
  const [id] = await store.accept([
    storedOf(fresh, {
      deliveries: [placeholder],
      settled: [],
      routedBy: "",
      journal: recordOf(fresh, "open", [answer(reply)]),
    }),
  ]);
  // Meanwhile the queue may have been left to another process, which knows nothing of our claim.
  const ours = claim && queue.working;
  if (ours && id !== undefined) queue.deliverFresh(claimedOf(fresh, id, placeholder), octets);
  else queue.pump();
  return { reply, details: {}, stored: true };
}
