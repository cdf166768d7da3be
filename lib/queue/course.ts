/**
 * Where a stored mail goes, decided after its answer: one that nobody has routed yet, or one that
 * waits while the configuration changes. Its line in the log comes only now.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { ClaimedDelivery } from "../store/store.ts";
import type { Attempt } from "./attempts.ts";
import type { QueueContext, Routed } from "./context.ts";
import { pastOf } from "./past.ts";
import { type Pauses, whyWaiting } from "./pauses.ts";
import { withoutSettled } from "./ruling.ts";
import { routedEvent } from "./tidings.ts";

const records = log("queue");

/** Where a mail goes, and what of that is not settled yet. */
export interface Course {
  /** The decision. */
  readonly routed: Routed;
  /** What the journal is told of that. */
  readonly event: JournalEvent;
  /** What is to be delivered. */
  readonly deliveries: readonly Delivery[];
}

/** What came of routing. */
export type Decided =
  | {
    /** It is decided, and told to the log. */
    readonly kind: "routed";
    /** Where it goes. */
    readonly course: Course;
  }
  | {
    /** The program ended meanwhile: nothing is decided. */
    readonly kind: "ended";
  }
  | {
    /** A bug in routing: the mail waits, as if its destination had deferred it. */
    readonly kind: "broke";
    /** What an attempt would have come to. */
    readonly attempt: Attempt;
  };

/** What is needed for that. */
export interface CourseOptions {
  /** The queue's parts. */
  readonly context: QueueContext;
  /** Says which destinations are paused. */
  readonly pauses: Pauses;
  /** Ends waiting. */
  readonly signal: AbortSignal;
}

/** Routes a claimed delivery. Never rejects. */
export async function decide(claimed: ClaimedDelivery, options: CourseOptions): Promise<Decided> {
  const { context, pauses, signal } = options;
  const { mail: { queueId } } = claimed;
  try {
    const routed = await context.route(claimed.mail, await pastOf(claimed, context));
    // The end cuts lookups off, and what was decided without them would be for good.
    if (signal.aborted) return { kind: "ended" };
    const event = await routedEvent(routed, context.wall());
    const deliveries = withoutSettled(routed.deliveries, claimed.settled);
    routed.tell?.();
    records.info("routed", { queueId, ...routed.why, paused: whyWaiting(deliveries, pauses) });
    return { kind: "routed", course: { routed, event, deliveries } };
  } catch (error) {
    records.error("routing broke", { queueId, stack: stackOf(error) });
    return { kind: "broke", attempt: brokenAttempt(claimed.delivery, context.wall()) };
  }
}

function brokenAttempt(delivery: Delivery, at: number): Attempt {
  const reason = "local error while it was being routed";
  const outcomes = new Map(
    delivery.recipients.map((to) => [to, { kind: "deferred", reason } as const]),
  );
  return { delivery, outcomes, event: { kind: "remark", at, text: reason } };
}
