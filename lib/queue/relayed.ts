/**
 * `ack: relayed`: the notifier waits, within its budget, for what the destinations say. What is not
 * final by then is stored; attempts under way go on.
 *
 * INVARIANTS
 *
 * 1. The answer comes within the budget, whatever the destinations do, plus one commit of the disk.
 * 2. A 2xx only when every delivery is accepted, or stored; and so are the reports of success that
 *    the sender has asked for.
 * 3. What goes on after the answer is bounded like other fresh mail (`Queue.hasRoom`); what is over
 *    that is told to end, and waits in the queue.
 * 4. When the store fails, the attempts under way are told to end; whoever had the mail is told in
 *    `unfinished`, so that the notifier may come again without doing harm.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { Reply } from "../mail/reply.ts";
import { acceptedReply, refusedReply } from "./acknowledge.ts";
import type { Attempt } from "./attempts.ts";
import type { Budget } from "./budgets.ts";
import type { QueueContext, Routed } from "./context.ts";
import { type FreshMail, recordOf } from "./fresh_mail.ts";
import type { Answered } from "./intake.ts";
import { owedTrials, rememberHad } from "./owed.ts";
import type { Queue } from "./queue.ts";
import { storeReports, storeRest, storeUnrouted } from "./relayed_rest.ts";
import { withoutSettled } from "./ruling.ts";
import { routedEvent } from "./tidings.ts";
import { type Ruled, ruleOnFresh, summarize, type Trial } from "./trials.ts";
import { wholeMail } from "./whole_mail.ts";

const records = log("queue");

/** What a relayed mail is delivered with. */
export interface RelayOptions {
  /** The queue's parts. */
  readonly context: QueueContext;
  /** Takes over what is not final. */
  readonly queue: Queue;
  /** The notifier's patience. */
  readonly budget: Budget;
  /** Takes in who had the mail; `attemptKey` of each. */
  readonly delivered: Set<string>;
  /** Gives and takes in the reports of success that are owed. */
  readonly owed: Map<string, Attempt>;
  /** The event that tells of the answer. */
  answer(reply: Reply): JournalEvent;
}

/** What is known of a mail on its way: where it goes, and what has come of that so far. */
interface Course {
  routed: Routed | null;
  routedAt: number;
  broken: boolean;
  /** Answered before it was routed: whoever takes it from the queue routes and tries it. */
  left: boolean;
  trials: readonly Trial[];
}

/** A mail being relayed. */
export interface Relaying {
  /** The answer. Rejects with a `RelayError` when something is neither final nor stored. */
  readonly answered: Promise<Answered>;
  /** Settles when no attempt is under way any more. Never rejects. */
  readonly ended: Promise<void>;
}

/** Routes and tries a mail; answers when all is final or the budget is spent. */
export function relayWithin(fresh: FreshMail, options: RelayOptions): Relaying {
  const trials = owedTrials(options.owed);
  const course: Course = { routed: null, routedAt: 0, broken: false, left: false, trials };
  const { endings } = options.queue;
  const giveUp = endings.begin();
  const ended = run(fresh, course, { ...options, signal: giveUp.signal })
    .finally(() => endings.done(giveUp));
  return { answered: answerWithin(fresh, { course, ended, giveUp }, options), ended };
}

async function answerWithin(
  fresh: FreshMail,
  { course, ended, giveUp }: Under,
  options: RelayOptions,
): Promise<Answered> {
  const { budget, context } = options;
  await Promise.race([ended, budget.spent]);
  budget.stop();
  try {
    const whole = await wholeMail(fresh.mail, outcomesOf(course.trials));
    const ruled = ruleOnFresh({ ...fresh, ...whole && { whole } }, course.trials, context);
    return await conclude(fresh, { course, ruled }, { ...options, giveUp });
  } catch (error) {
    giveUp.abort(error);
    throw error;
  } finally {
    rememberHad(fresh.mail, course.trials, options);
    void ended.then(() => rememberHad(fresh.mail, course.trials, options));
  }
}

function outcomesOf(trials: readonly Trial[]): Outcome[] {
  return trials.flatMap(({ done }) => [...done?.outcomes.values() ?? []]);
}

/** What runs for one mail, and what ends it. */
interface Under {
  readonly course: Course;
  readonly ended: Promise<void>;
  readonly giveUp: AbortController;
}

async function run(
  fresh: FreshMail,
  course: Course,
  { context, queue, signal }: RelayOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { mail } = fresh;
  let routed: Routed;
  try {
    routed = await context.route(mail);
  } catch (error) {
    records.error("routing broke", { queueId: mail.queueId, stack: stackOf(error) });
    course.broken = true;
    return;
  }
  // Two that try it would deliver it twice.
  if (course.left) return;
  routed.tell?.();
  course.routedAt = context.wall();
  const trials = withoutSettled(routed.deliveries, fresh.settled).map((delivery): Trial => {
    const trial: Trial = {
      delivery,
      done: null,
      ended: queue.attempts.try(mail, delivery, { signal }).then((attempt) => {
        trial.done = attempt;
        return attempt;
      }),
    };
    return trial;
  });
  course.trials = [...course.trials, ...trials];
  course.routed = routed;
  await Promise.all(trials.map(({ ended }) => ended));
}

type Concluding = RelayOptions & Pick<Under, "giveUp">;

/** Stores what is not final, and says what the notifier is told. */
async function conclude(
  fresh: FreshMail,
  { course, ruled }: { readonly course: Course; readonly ruled: Ruled },
  options: Concluding,
): Promise<Answered> {
  const { routed, routedAt, trials } = course;
  const { mail: { queueId } } = fresh;
  const told = summarize(trials, options.queue.attempts);
  if (routed === null) {
    course.left = true;
    const { broken } = course;
    return {
      reply: await storeUnrouted(fresh, { ...ruled, broken }, options),
      // Of nobody known, none have had it: that would look like a decision.
      details: trials.length > 0 ? told : {},
      stored: true,
    };
  }
  const details = { ...routed.why, ...told };
  const events = async () => [await routedEvent(routed, routedAt), ...ruled.events];
  const end = routed.deliveries.length > 0 ? ruled.end : "no-delivery";
  if (ruled.refusal === null && ruled.deliveries.length > 0) {
    const { routedBy = options.context.routedBy } = routed;
    const rest = { ...ruled, events: await events(), end, routedBy };
    const reply = await storeRest(fresh, rest, options);
    return { reply, details, stored: true };
  }
  await storeReports(queueId, ruled, options);
  const { refusal } = ruled;
  const reply = refusal === null ? acceptedReply(queueId) : refusedReply(queueId, refusal);
  if (!options.context.journals) return { reply, details, stored: false };
  const state = refusal === null ? end : "refused";
  const record = recordOf(fresh, state, [...await events(), options.answer(reply)]);
  return { reply, details, stored: false, record };
}
