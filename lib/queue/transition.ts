/**
 * What an attempt makes of a delivery: who has had it, who waits on, who is given up. Pure.
 *
 * INVARIANTS
 *
 * 1. Every recipient of the delivery is in exactly one of `remaining`, `dead` and `delivered`.
 * 2. Nobody is given up who was deferred before the mail's time is over, and everybody then.
 * 3. `settled` names all but those who wait on.
 *
 * @module
 */

import type { QueueConfig } from "../config/types.ts";
import { attemptKey, type Delivery } from "../mail/delivery.ts";
import type { Outcome, Spoken } from "../mail/outcome.ts";
import type { NewDelivery } from "../store/store.ts";
import { nextAttempt } from "./backoff.ts";
import { isDestinationAway } from "./gate.ts";

/** A delivery and its history. */
export interface Tried {
  /** Where it goes. */
  readonly delivery: Delivery;
  /** How often it had been tried before this attempt. */
  readonly attempts: number;
  /** When the mail was accepted, in queue time. */
  readonly acceptedAt: number;
  /** Whether a delay notice has been sent. */
  readonly delayNoticed: boolean;
}

/** What decides beside the outcomes. */
export interface Rules {
  /** The configured waits. */
  readonly queue: QueueConfig;
  /** The queue time. */
  readonly now: number;
  /** Draws from [0, 1). */
  readonly random: () => number;
}

/** Somebody who does not get the mail. */
export interface Failure extends Spoken {
  /** Who. */
  readonly recipient: string;
  /** Why, without secrets. */
  readonly reason: string;
  /** What was said last, where the reason is the mail's age. */
  readonly lastReason?: string;
  /** Whether the reply is our own, to a server that was not asked. */
  readonly ownReply?: true;
  /** Whether it is given up because of its age. */
  readonly expired: boolean;
}

/** Somebody who has had the mail. */
export interface Reached extends Spoken {
  /** Who. */
  readonly recipient: string;
  /** What the destination said. */
  readonly reason: string;
  /** Whether the next server has it and will report no success (RFC 3461 §5.2.2). */
  readonly relayed?: "without-dsn";
}

/** Somebody who waits for the mail longer than usual. */
export interface Late extends Spoken {
  /** Who. */
  readonly recipient: string;
  /** Why, without secrets. */
  readonly reason: string;
}

/** What becomes of a delivery. */
export interface Transition {
  /** What still waits; `null`: nothing. */
  readonly remaining: NewDelivery | null;
  /** What is given up, to be kept as a dead letter; `null`: nothing. */
  readonly dead: NewDelivery | null;
  /** Who has had it. */
  readonly delivered: readonly Reached[];
  /** Who does not get it. */
  readonly failures: readonly Failure[];
  /** `attemptKey` of all that are settled: delivered and failed. */
  readonly settled: readonly string[];
  /** The reverse-path is to be told that these are late; `remaining` is marked so already. */
  readonly late: readonly Late[];
}

type Deferred = Extract<Outcome, { kind: "deferred" }>;

/** What is known once the outcomes have been sorted. */
interface Sorted {
  readonly delivered: readonly Reached[];
  readonly failures: readonly Failure[];
  readonly waiting: readonly Late[];
  /** When those are due; `null`: their time is over. */
  readonly dueAt: number | null;
  readonly attempts: number;
  readonly destinationAway: boolean;
}

/** Settles a delivery after an attempt. A recipient without an outcome counts as deferred. */
export function settleAttempt(
  tried: Tried,
  outcomes: ReadonlyMap<string, Outcome>,
  rules: Rules,
): Transition {
  const { destination } = tried.delivery;
  const delivered: Reached[] = [];
  const failures: Failure[] = [];
  const deferred = new Map<string, Deferred>();
  for (const recipient of new Set(tried.delivery.recipients)) {
    const outcome = outcomes.get(recipient) ??
      { kind: "deferred", reason: `${destination} gave no outcome` };
    switch (outcome.kind) {
      case "delivered":
        delivered.push(reached(recipient, outcome));
        break;
      case "failed":
        failures.push({
          ...said(recipient, outcome),
          ...outcome.ownReply && { ownReply: true },
          expired: false,
        });
        break;
      case "deferred":
        deferred.set(recipient, outcome);
        break;
    }
  }
  const attempts = tried.attempts + 1;
  return transition(tried, {
    delivered,
    failures,
    waiting: [...deferred].map(([recipient, outcome]) => said(recipient, outcome)),
    dueAt: dueAfter([...deferred.values()], { ...tried, attempts }, rules),
    attempts,
    destinationAway: [...deferred.values()].every(isDestinationAway),
  }, rules);
}

/**
 * Settles a delivery without an attempt: its destination has been away until the end of the mail's
 * time, or until a delay notice is due. One that waits on is due at once, because when it was due
 * before is not known here; its destination's gate and the number of attempts hold all the same.
 */
export function settleAged(tried: Tried & { readonly reason: string }, rules: Rules): Transition {
  const reason = tried.reason || `${tried.delivery.destination} could not be tried`;
  const { acceptedAt, attempts } = tried;
  return transition(tried, {
    delivered: [],
    failures: [],
    waiting: [...new Set(tried.delivery.recipients)].map((recipient) => ({ recipient, reason })),
    dueAt: rules.now >= acceptedAt + rules.queue.giveUpAfterMs ? null : rules.now,
    attempts,
    destinationAway: true,
  }, rules);
}

/** The next attempt is for all of them: nobody who asked for time is asked before. */
function dueAfter(deferred: readonly Deferred[], tried: Tried, { queue, now, random }: Rules) {
  const retryAfterMs = Math.max(0, ...deferred.map(({ retryAfterMs = 0 }) => retryAfterMs));
  const { attempts, acceptedAt } = tried;
  return nextAttempt(queue, { attempts, now, acceptedAt, retryAfterMs }, random);
}

function transition(tried: Tried, sorted: Sorted, rules: Rules): Transition {
  const { delivery, delayNoticed } = tried;
  const { delivered, waiting, dueAt, attempts } = sorted;
  const failures = dueAt === null
    ? [...sorted.failures, ...waiting.map((one) => giveUp(one, rules.queue))]
    : sorted.failures;
  const late = dueAt !== null && isLate(tried, rules) ? waiting : [];
  const remaining = dueAt === null ? null : part(delivery, waiting, {
    state: "waiting",
    attempts,
    dueAt,
    destinationAway: sorted.destinationAway,
    delayNoticed: delayNoticed || late.length > 0,
  });
  const dead = part(delivery, failures, {
    state: "dead",
    attempts,
    dueAt: rules.now,
    destinationAway: false,
    delayNoticed,
  });
  const settled = [...delivered, ...failures]
    .map(({ recipient }) => attemptKey(delivery.destination, recipient));
  return { remaining, dead, delivered, failures, settled, late };
}

/** The delivery for some of its recipients; the first one's reason speaks for all. */
function part(
  delivery: Delivery,
  whom: readonly Late[],
  state: Omit<NewDelivery, "delivery" | "reason" | "claim">,
): NewDelivery | null {
  const [first] = whom;
  if (first === undefined) return null;
  const recipients = whom.map(({ recipient }) => recipient);
  return { ...state, delivery: { ...delivery, recipients }, reason: first.reason, claim: false };
}

function isLate({ acceptedAt, delayNoticed }: Tried, { queue, now }: Rules): boolean {
  return !delayNoticed && queue.delayNoticeMs > 0 && now - acceptedAt >= queue.delayNoticeMs;
}

function giveUp(late: Late, { giveUpAfterMs }: QueueConfig): Failure {
  const reason = `given up after ${age(giveUpAfterMs)}: ${late.reason}`;
  return { ...late, reason, lastReason: late.reason, expired: true };
}

function reached(
  recipient: string,
  { detail, relayed, ...spoken }: Extract<Outcome, { kind: "delivered" }>,
): Reached {
  return { recipient, reason: detail, ...spokenOf(spoken), ...relayed && { relayed } };
}

function said(recipient: string, outcome: Exclude<Outcome, { kind: "delivered" }>): Late {
  return { recipient, reason: outcome.reason, ...spokenOf(outcome) };
}

function spokenOf({ reply, server }: Spoken): Spoken {
  return { ...reply && { reply }, ...server !== undefined && { server } };
}

/** A length of time in the largest unit that leaves no fraction: `5 d`, `36 h`, `90 s`. */
function age(ms: number): string {
  const units = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]] as const;
  const [size, unit] = units.find(([size]) => ms > 0 && ms % size === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}
