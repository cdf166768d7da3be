/**
 * What has come of a fresh mail's deliveries when its notifier is answered: what is final, what is
 * to be stored, what is still under way.
 *
 * @module
 */

import type { Details } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import { type JournalEvent, type MailEnd, worseEnd } from "../mail/journal.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { NewDelivery, NewMail } from "../store/store.ts";
import type { Attempt } from "./attempts.ts";
import type { QueueContext } from "./context.ts";
import type { FreshMail } from "./fresh_mail.ts";
import { inOneLine, type Pauses } from "./pauses.ts";
import { ruleOnAttempt } from "./ruling.ts";

/** One delivery's first attempt. */
export interface Trial {
  /** Where it goes. */
  readonly delivery: Delivery;
  /** What it came to; `null` while it is under way. */
  done: Attempt | null;
  /** Settles when it is over. */
  readonly ended: Promise<Attempt>;
}

/** What is to be done with a fresh mail. */
export interface Ruled {
  /** What is to be stored. */
  readonly deliveries: readonly NewDelivery[];
  /** Who is settled. */
  readonly settled: readonly string[];
  /** What happened so far. */
  readonly events: readonly JournalEvent[];
  /** What it came to, when nothing waits. */
  readonly end: MailEnd;
  /** Notices of our own. */
  readonly mails: readonly NewMail[];
  /** The trials under way, each with the index of its delivery. */
  readonly running: readonly { readonly trial: Trial; readonly index: number }[];
  /** Set when everyone refused it for good, and nobody had it: the notifier is told, and keeps it. */
  readonly refusal: Extract<Outcome, { kind: "failed" }> | null;
}

/** Rules on all trials of a fresh mail. */
export function ruleOnFresh(
  fresh: FreshMail,
  trials: readonly Trial[],
  context: QueueContext,
): Ruled {
  const refusal = fresh.settled.size > 0 ? null : findRefusal(trials);
  const deliveries: NewDelivery[] = [];
  const settled: string[] = [];
  const events: JournalEvent[] = [];
  const mails: NewMail[] = [];
  const running: { trial: Trial; index: number }[] = [];
  let end: MailEnd = "delivered";
  for (const trial of trials) {
    if (trial.done === null) {
      running.push({ trial, index: deliveries.length });
      deliveries.push(underWay(trial, context));
      continue;
    }
    if (refusal !== null) {
      if (trial.done.event) events.push(trial.done.event);
      continue;
    }
    const tried = {
      delivery: trial.delivery,
      attempts: 0,
      acceptedAt: fresh.acceptedAt,
      delayNoticed: false,
    };
    const { mail, whole } = fresh;
    const about = { mail, tried, ...whole && { whole } };
    const ruling = ruleOnAttempt(about, trial.done, context);
    deliveries.push(...ruling.replacements);
    settled.push(...ruling.settled);
    events.push(...ruling.events);
    mails.push(...ruling.mails);
    end = worseEnd(end, ruling.end);
  }
  return { deliveries, settled, events, end, mails, running, refusal };
}

function findRefusal(trials: readonly Trial[]): Ruled["refusal"] {
  let refusal: Ruled["refusal"] = null;
  for (const { done } of trials) {
    if (done === null) return null;
    for (const outcome of done.outcomes.values()) {
      if (outcome.kind !== "failed") return null;
      refusal ??= outcome;
    }
  }
  return refusal;
}

/**
 * Stored while its attempt goes on, and claimed; after a crash it waits a while, because the
 * destination may still be at it.
 */
function underWay({ delivery }: Trial, { clock, schedule }: QueueContext): NewDelivery {
  return {
    delivery,
    state: "waiting",
    attempts: 0,
    dueAt: clock.now() + schedule.firstRetryMs,
    destinationAway: false,
    reason: "under way",
    delayNoticed: false,
    claim: true,
  };
}

/**
 * Who had the mail and what the destinations said to that; the others have records of their own, but
 * for those whose destination is paused.
 */
export function summarize(trials: readonly Trial[], pauses: Pauses): Details {
  const outcomes: Outcome[] = trials.flatMap(({ done }) => [...done?.outcomes.values() ?? []]);
  const said = outcomes.flatMap((outcome) => outcome.kind === "delivered" ? [outcome.detail] : []);
  const all = trials.reduce((sum, { delivery }) => sum + delivery.recipients.length, 0);
  return {
    delivered: `${said.length}/${all}`,
    said: inOneLine(said),
    paused: inOneLine(trials.map((trial) => whyPaused(trial, pauses))),
  };
}

/** Why a destination was not asked, or asked by a probe, of whose failure the log says nothing. */
function whyPaused({ delivery, done }: Trial, pauses: Pauses): string | undefined {
  const outcomes = [...done?.outcomes.values() ?? []];
  const deferred = outcomes.find(({ kind }) => kind === "deferred");
  if (done !== null && deferred === undefined) return undefined;
  // It may have come back since then.
  if (done?.event === undefined && deferred?.kind === "deferred") return deferred.reason;
  return pauses.whyPaused(delivery.destination);
}
