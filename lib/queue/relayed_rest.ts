/**
 * `ack: relayed`: stores what has not become final within the budget, and what the answer promises.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Reply } from "../mail/reply.ts";
import type { ClaimId } from "../store/store.ts";
import { acceptedReply, queuedReply } from "./acknowledge.ts";
import type { Attempt } from "./attempts.ts";
import type { QueueContext } from "./context.ts";
import { type FreshMail, recordOf, storedOf, toBeRouted } from "./fresh_mail.ts";
import { withReasons } from "./pauses.ts";
import type { Queue } from "./queue.ts";
import { tellLog } from "./tidings.ts";
import type { Ruled, Trial } from "./trials.ts";

/** What is needed for that. */
export interface StoringOptions {
  /** The queue's parts. */
  readonly context: QueueContext;
  /** Takes over what is stored. */
  readonly queue: Queue;
  /** The event that tells of the answer. */
  answer(reply: Reply): JournalEvent;
}

/** Nobody knows yet where it goes: the budget was over too early, or routing broke. */
export async function storeUnrouted(
  fresh: FreshMail,
  { broken, mails, events }: Pick<Ruled, "mails" | "events"> & { readonly broken: boolean },
  { context: { store, clock, schedule }, queue, answer }: StoringOptions,
): Promise<Reply> {
  const reply = queuedReply(fresh.mail.queueId);
  const dueAt = clock.now() + (broken ? schedule.firstRetryMs : 0);
  const rest = storedOf(fresh, {
    deliveries: [toBeRouted(fresh.mail, dueAt, false)],
    settled: [],
    routedBy: "",
    journal: recordOf(fresh, "open", [...events, answer(reply)]),
  });
  await store.accept([rest, ...withReasons(mails, queue.attempts)]);
  queue.pump();
  return reply;
}

/**
 * Everything is final, and nothing of the mail is to be stored: but the reports of success that the
 * 2xx promises are. Nearly every mail has none, and waits for nothing.
 */
export async function storeReports(
  queueId: string,
  { mails, events }: Pick<Ruled, "mails" | "events">,
  { context: { store }, queue }: StoringOptions,
): Promise<void> {
  if (mails.length === 0) return;
  await store.accept(withReasons(mails, queue.attempts));
  tellLog(queueId, events);
  queue.pump();
}

/** Stores what is not final, with the notices; attempts under way settle it later. */
export async function storeRest(
  fresh: FreshMail,
  { deliveries, settled, events, end, mails, running, routedBy }: Ruled & {
    readonly routedBy: string;
  },
  { context: { store }, queue, answer, giveUp }: StoringOptions & {
    readonly giveUp: AbortController;
  },
): Promise<Reply> {
  const { queueId, message } = fresh.mail;
  const waits = deliveries.some(({ state }) => state === "waiting");
  const reply = waits ? queuedReply(queueId) : acceptedReply(queueId);
  const journal = recordOf(fresh, waits ? "open" : end, [...events, answer(reply)]);
  const rest = storedOf(fresh, { deliveries, settled, routedBy, journal });
  const claims = await store.accept([rest, ...withReasons(mails, queue.attempts)]);
  const octets = message.file === undefined ? message.octets : 0;
  const room = queue.hasRoom(octets);
  for (const { trial, index } of running) {
    settleLater(fresh, { trial, claim: claims[index], octets }, queue);
  }
  // A destination that says nothing for minutes must not fill the memory: the lanes have a bound.
  if (!room) giveUp.abort(new RelayError("aborted", "too many attempts under way"));
  tellLog(queueId, events);
  if (mails.length > 0) queue.pump();
  return reply;
}

/** An attempt that outlived the answer settles the delivery that was stored for it. */
function settleLater(
  { mail, acceptedAt }: FreshMail,
  { trial: { delivery, ended }, claim, octets }: {
    readonly trial: Trial;
    readonly claim: ClaimId | undefined;
    readonly octets: number;
  },
  queue: Queue,
): void {
  if (claim === undefined) return;
  const tried = { delivery, attempts: 0, acceptedAt, delayNoticed: false };
  const settled = ended.then((attempt: Attempt) =>
    queue.dispatch.settle({ claim, mail, tried, events: [] }, attempt)
  );
  queue.adopt(octets, settled);
}
