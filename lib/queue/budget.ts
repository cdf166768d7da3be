/**
 * Routing and attempts under the budget of the notifier's patience.
 *
 * When the budget is spent, attempts are told to give up. One that has already handed over the
 * end of data may not: the destination may have taken the mail, so it waits on for the reply,
 * and what it learns is remembered for when the notifier comes again.
 *
 * @module
 */

import { type Details, log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { Reply } from "../mail/reply.ts";
import { acknowledge } from "./acknowledge.ts";
import { attemptKey, startAttempts, type Target } from "./attempts.ts";
import type { Budgets } from "./budgets.ts";
import type { Unfinished } from "./resends.ts";

const records = log("queue");

/** Whose fault it is (RFC 3463 §3.4): ours. */
const BUG: Reply = { code: 451, status: "4.3.0", lines: ["Local error"] };

/** One mail to be delivered. */
export interface Work {
  /** The mail. */
  readonly mail: Mail;
  /** Who had it when it came before; takes in who has it now. */
  readonly unfinished: Unfinished;
  /** Called once the last attempt has ended, which may be after the answer. */
  finished(): Promise<void>;
}

/** Where a mail goes, and the reason for the log. */
export interface Routed {
  /** Where it goes; empty when it goes nowhere, for the reason in `why`. */
  readonly deliveries: readonly Delivery[];
  /** Who decided so and why. */
  readonly why: Details;
}

/** What became of a mail within the budget. */
export interface Answered {
  /** What the notifier is told. */
  readonly reply: Reply;
  /** How it came to that: who decided, who had the mail, what the destinations said. */
  readonly details: Details;
}

/** What the work is done with. */
export interface BudgetOptions {
  /** Decides where a mail goes. Rejects only for bugs. */
  route(mail: Mail): Promise<Routed>;
  /** The destinations by name. */
  readonly targets: ReadonlyMap<string, Target>;
}

/**
 * Runs everything that may take long, and answers when it is done or the budget is spent.
 *
 * @param work The mail, and what is known of it from when it came before.
 * @param options Routing and destinations.
 * @param budgets Where the mail's budget comes from.
 */
export async function deliverWithin(
  work: Work,
  options: BudgetOptions,
  budgets: Budgets,
): Promise<Answered> {
  const { mail, unfinished, finished } = work;
  const budget = budgets.start();
  const { signal } = budget;
  const progress: Progress = { settled: new Map(), expected: null, why: {}, broken: false };
  const running = run(work, progress, { ...options, signal }).finally(finished);
  unfinished.running = running;
  await Promise.race([running, budget.spent]);
  budget.stop();
  const outcomes = tally(progress, signal);
  return {
    reply: acknowledge(mail.queueId, outcomes),
    details: { ...progress.why, ...summarize(outcomes) },
  };
}

/** Who had the mail and what the destinations said to that; the others have records of their own. */
function summarize(outcomes: readonly Outcome[]): Details {
  const said = outcomes.flatMap((outcome) => outcome.kind === "delivered" ? [outcome.detail] : []);
  return {
    delivered: `${said.length}/${outcomes.length}`,
    said: [...new Set(said)].slice(0, 3).join("; ") || undefined,
  };
}

/** How far a mail has come: what is settled, and who is to be settled at all once routing has said so. */
interface Progress {
  settled: ReadonlyMap<string, Outcome>;
  expected: readonly string[] | null;
  why: Details;
  broken: boolean;
}

async function run(
  { mail, unfinished }: Pick<Work, "mail" | "unfinished">,
  progress: Progress,
  options: BudgetOptions & { signal: AbortSignal },
): Promise<void> {
  // An attempt from when the mail came before may still learn that it succeeded.
  await unfinished.running;
  if (options.signal.aborted) return;
  let deliveries: readonly Delivery[];
  try {
    ({ deliveries, why: progress.why } = await options.route(mail));
  } catch (error) {
    records.error("routing broke", {
      queueId: mail.queueId,
      stack: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    progress.broken = true;
    return;
  }
  const remaining = withoutDelivered(deliveries, unfinished.delivered);
  progress.expected = remaining.flatMap(({ destination, recipients }) =>
    recipients.map((recipient) => attemptKey(destination, recipient))
  );
  if (options.signal.aborted) return;
  const attempts = startAttempts(mail, remaining, options);
  progress.settled = attempts.outcomes;
  await attempts.done;
  for (const [name, { kind }] of attempts.outcomes) {
    if (kind === "delivered") unfinished.delivered.add(name);
  }
}

/** What is left of the deliveries once those who had the mail are taken out. */
function withoutDelivered(
  deliveries: readonly Delivery[],
  delivered: ReadonlySet<string>,
): readonly Delivery[] {
  if (delivered.size === 0) return deliveries;
  return deliveries.flatMap((delivery) => {
    const recipients = delivery.recipients.filter((recipient) =>
      !delivered.has(attemptKey(delivery.destination, recipient))
    );
    return recipients.length > 0 ? [{ ...delivery, recipients }] : [];
  });
}

/** The outcome of everyone who was to get the mail; who is not settled yet is deferred. */
function tally({ settled, expected, broken }: Progress, signal: AbortSignal): readonly Outcome[] {
  if (broken) return [{ kind: "deferred", reason: "local error, which the log tells", reply: BUG }];
  const reason = signal.reason instanceof Error ? signal.reason.message : "no answer";
  const late: Outcome = { kind: "deferred", reason };
  if (expected === null) return [late];
  return expected.map((name) => settled.get(name) ?? late);
}
