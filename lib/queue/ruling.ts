/**
 * From what an attempt came to, to what the store is told of it: the pure rules of `transition.ts`
 * and `notices.ts`, applied with the clocks and names of the context.
 *
 * @module
 */

import { attemptKey } from "../mail/delivery.ts";
import type { JournalEvent, MailEnd } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import { newQueueId } from "../mail/queue_id.ts";
import type { ClaimedDelivery, NewDelivery, NewMail } from "../store/store.ts";
import type { Attempt } from "./attempts.ts";
import type { QueueContext } from "./context.ts";
import { noticesFor } from "./notices.ts";
import { settleAged, settleAttempt, type Transition, type Tried } from "./transition.ts";

/** What the store is told of one delivery. */
export interface Ruling {
  /** What is left of it: what still waits, what is given up. */
  readonly replacements: readonly NewDelivery[];
  /** Who is settled. */
  readonly settled: readonly string[];
  /** What happened. */
  readonly events: readonly JournalEvent[];
  /** What it came to. */
  readonly end: MailEnd;
  /** Notices of our own. */
  readonly mails: readonly NewMail[];
  /** How many had it. */
  readonly delivered: number;
}

/** What is ruled on. */
export interface Case<Delivered extends Tried = Tried> {
  /** The mail. */
  readonly mail: Mail;
  /** Where it was to go, and what had happened to it before. */
  readonly tried: Delivered;
  /** All octets of the mail, where a bounce is to give them back (`whole_mail.ts`). */
  readonly whole?: Uint8Array;
}

/** Rules on an attempt. */
export function ruleOnAttempt(
  { tried, ...rest }: Case,
  attempt: Attempt,
  context: QueueContext,
): Ruling {
  if (attempt.event === undefined) return untouched(tried, attempt, context);
  const transition = settleAttempt(tried, attempt.outcomes, rulesOf(context));
  return ruling({ tried, ...rest }, { transition, events: [attempt.event] }, context);
}

/** Rules on a delivery that has grown too old while its destination was away. */
export function ruleOnAge(
  { tried, ...rest }: Case<Tried & { readonly reason: string }>,
  context: QueueContext,
): Ruling {
  const transition = settleAged(tried, rulesOf(context));
  return ruling({ tried, ...rest }, { transition, events: [] }, context);
}

/** What is left where the rules themselves broke: whoever had it is settled, the others wait long. */
export function ruleOnBug(
  { delivery, attempts, delayNoticed }: Tried,
  { outcomes }: Attempt,
  { clock, schedule }: QueueContext,
): Ruling {
  const had = (recipient: string) => outcomes.get(recipient)?.kind === "delivered";
  const delivered = delivery.recipients.filter(had);
  const recipients = delivery.recipients.filter((recipient) => !had(recipient));
  const waiting: NewDelivery = {
    delivery: { ...delivery, recipients },
    state: "waiting",
    attempts: attempts + 1,
    dueAt: clock.now() + schedule.maxRetryMs,
    destinationAway: false,
    reason: "local error after the attempt",
    delayNoticed,
    claim: false,
  };
  return {
    replacements: recipients.length > 0 ? [waiting] : [],
    settled: delivered.map((recipient) => attemptKey(delivery.destination, recipient)),
    events: [],
    end: "delivered",
    mails: [],
    delivered: delivered.length,
  };
}

function ruling(
  { mail, tried, whole }: Case,
  { transition, events }: { readonly transition: Transition; readonly events: JournalEvent[] },
  context: QueueContext,
): Ruling {
  const { remaining, dead, delivered, settled } = transition;
  const wallNow = context.wall();
  const leftMs = tried.acceptedAt + context.schedule.giveUpAfterMs - context.clock.now();
  const { destination } = tried.delivery;
  const remoteMta = context.mailServers.get(destination);
  const notices = noticesFor({ mail, destination, ...whole && { whole } }, transition, {
    hostname: context.hostname,
    ...remoteMta !== undefined && { remoteMta },
    onFailure: context.onFailure,
    queueNow: context.clock.now(),
    wallNow,
    newQueueId,
    giveUpAt: wallNow + leftMs,
  });
  return {
    replacements: [remaining, dead].filter((delivery) => delivery !== null),
    settled,
    events: [...events, ...notices.events],
    end: notices.end,
    mails: notices.mails,
    delivered: delivered.length,
  };
}

/** The destination is paused and was not asked: the delivery waits on for it, and nothing counts. */
function untouched(tried: Tried, attempt: Attempt, { clock }: QueueContext): Ruling {
  const [outcome] = attempt.outcomes.values();
  return {
    replacements: [{
      delivery: tried.delivery,
      state: "waiting",
      attempts: tried.attempts,
      dueAt: clock.now(),
      destinationAway: true,
      reason: outcome?.kind === "deferred" ? outcome.reason : "",
      delayNoticed: tried.delayNoticed,
      claim: false,
    }],
    settled: [],
    events: [],
    end: "delivered",
    mails: [],
    delivered: 0,
  };
}

function rulesOf({ schedule, clock, random }: QueueContext) {
  return { queue: schedule, now: clock.now(), random };
}

/** A claimed delivery that waits on, for somewhere else. */
export function waiting(
  { attempts, delayNoticed }: ClaimedDelivery,
  rest: Pick<NewDelivery, "delivery" | "dueAt" | "claim" | "reason">,
): NewDelivery {
  return { ...rest, state: "waiting", attempts, destinationAway: false, delayNoticed };
}

/** What is left of deliveries once those who are settled are taken out. */
export function withoutSettled(
  deliveries: readonly Tried["delivery"][],
  settled: ReadonlySet<string>,
): readonly Tried["delivery"][] {
  if (settled.size === 0) return deliveries;
  return deliveries.flatMap((delivery) => {
    const recipients = delivery.recipients.filter((recipient) =>
      !settled.has(attemptKey(delivery.destination, recipient))
    );
    return recipients.length > 0 ? [{ ...delivery, recipients }] : [];
  });
}
