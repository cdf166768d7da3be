/**
 * `ack: relayed`: the notifier waits, within its budget, for what the destinations say. What is not
 * final by then is stored; attempts under way go on.
 *
 * INVARIANTS
 *
 * 1. The answer comes within the budget, whatever the destinations do, plus one commit of the disk.
 * 2. A 2xx only when every delivery is accepted, or stored.
 * 3. What goes on after the answer is bounded like other fresh mail (`Queue.hasRoom`); what is over
 *    that is told to end, and waits in the queue.
 * 4. When the store fails, the attempts under way are told to end; whoever had the mail is told in
 *    `unfinished`, so that the notifier may come again without doing harm.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { attemptKey } from "../mail/delivery.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Reply } from "../mail/reply.ts";
import type { ClaimId } from "../store/store.ts";
import type { Budget } from "./budgets.ts";
import { acceptedReply, queuedReply, refusedReply } from "./acknowledge.ts";
import type { Attempt } from "./attempts.ts";
import type { QueueContext, Routed } from "./context.ts";
import { type FreshMail, recordOf, storedOf, toBeRouted } from "./fresh_mail.ts";
import type { Answered } from "./intake.ts";
import type { Queue } from "./queue.ts";
import { withoutSettled } from "./ruling.ts";
import { routedEvent, tellLog } from "./tidings.ts";
import { type Ruled, ruleOnFresh, summarize, type Trial } from "./trials.ts";

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
  const course: Course = { routed: null, routedAt: 0, broken: false, left: false, trials: [] };
  const giveUp = new AbortController();
  const signal = AbortSignal.any([options.queue.signal, giveUp.signal]);
  const ended = run(fresh, course, { ...options, signal });
  return { answered: answerWithin(fresh, { course, ended, giveUp }, options), ended };
}

async function answerWithin(
  fresh: FreshMail,
  { course, ended, giveUp }: Under,
  options: RelayOptions,
): Promise<Answered> {
  const { budget, context, delivered } = options;
  await Promise.race([ended, budget.spent]);
  budget.stop();
  try {
    return await conclude(
      fresh,
      { course, ruled: ruleOnFresh(fresh, course.trials, context) },
      { ...options, giveUp },
    );
  } catch (error) {
    giveUp.abort(error);
    throw error;
  } finally {
    remember(course.trials, ended, delivered);
  }
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
    records.error("routing broke", {
      queueId: mail.queueId,
      stack: error instanceof Error ? error.stack ?? error.message : String(error),
    });
    course.broken = true;
    return;
  }
  // Two that try it would deliver it twice.
  if (course.left) return;
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
  course.trials = trials;
  course.routed = routed;
  await Promise.all(trials.map(({ ended }) => ended));
}

interface Concluding extends RelayOptions, Pick<Under, "giveUp"> {}

/** Stores what is not final, and says what the notifier is told. */
async function conclude(
  fresh: FreshMail,
  { course, ruled }: { readonly course: Course; readonly ruled: Ruled },
  options: Concluding,
): Promise<Answered> {
  const { routed, routedAt, trials } = course;
  const { mail: { queueId } } = fresh;
  const details = { ...routed?.why, ...summarize(trials) };
  if (routed === null) {
    course.left = true;
    return { reply: await storeUnrouted(fresh, course, options), details, stored: true };
  }
  const events: JournalEvent[] = [routedEvent(routed, routedAt), ...ruled.events];
  const end = routed.deliveries.length > 0 ? ruled.end : "no-delivery";
  if (ruled.refusal === null && ruled.deliveries.length > 0) {
    const reply = await storeRest(fresh, { ...ruled, events, end }, options);
    return { reply, details, stored: true };
  }
  const { refusal } = ruled;
  const reply = refusal === null ? acceptedReply(queueId) : refusedReply(queueId, refusal);
  const state = refusal === null ? end : "refused";
  const record = recordOf(fresh, state, [...events, options.answer(reply)]);
  return { reply, details, stored: false, record };
}

/** Nobody knows yet where it goes: the budget was over too early, or routing broke. */
async function storeUnrouted(
  fresh: FreshMail,
  { broken }: Course,
  { context: { store, clock, schedule }, queue, answer }: RelayOptions,
): Promise<Reply> {
  const reply = queuedReply(fresh.mail.queueId);
  const dueAt = clock.now() + (broken ? schedule.firstRetryMs : 0);
  await store.accept([storedOf(fresh, {
    deliveries: [toBeRouted(fresh.mail, dueAt, false)],
    settled: [],
    routedBy: "",
    journal: recordOf(fresh, "open", [answer(reply)]),
  })]);
  queue.pump();
  return reply;
}

async function storeRest(
  fresh: FreshMail,
  { deliveries, settled, events, end, mails, running }: Ruled,
  { context: { store, routedBy }, queue, answer, giveUp }: Concluding,
): Promise<Reply> {
  const { queueId, message } = fresh.mail;
  const waits = deliveries.some(({ state }) => state === "waiting");
  const reply = waits ? queuedReply(queueId) : acceptedReply(queueId);
  const journal = recordOf(fresh, waits ? "open" : end, [...events, answer(reply)]);
  const rest = storedOf(fresh, { deliveries, settled, routedBy, journal });
  const claims = await store.accept([rest, ...mails]);
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

/** Who has it by now, and who will turn out to have it. */
function remember(
  trials: readonly Trial[],
  ended: Promise<void>,
  delivered: Set<string>,
): void {
  const note = () => {
    for (const { delivery: { destination }, done } of trials) {
      for (const [recipient, { kind }] of done?.outcomes ?? []) {
        if (kind === "delivered") delivered.add(attemptKey(destination, recipient));
      }
    }
  };
  note();
  void ended.then(note);
}
