/**
 * One claimed delivery, from the claim to the settlement: routed anew where the configuration has
 * changed, tried once, told to the store.
 *
 * INVARIANTS
 *
 * 1. Every claim ends: settled, or released when nothing has happened to it.
 * 2. What a destination has taken is settled before the claim ends.
 * 3. Nothing here rejects; a bug defers the delivery like any other failure.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import type { ClaimedDelivery, ClaimId } from "../store/store.ts";
import { type Attempt, type Attempts, isFinal } from "./attempts.ts";
import type { QueueContext } from "./context.ts";
import { type Course, decide } from "./course.ts";
import type { Admission } from "./gate.ts";
import { withReasons } from "./pauses.ts";
import { type Case, ruleOnAge, ruleOnAttempt, ruleOnBug, type Ruling } from "./ruling.ts";
import { waiting } from "./ruling.ts";
import { releaseSurely, settleSurely } from "./settling.ts";
import { tellLog } from "./tidings.ts";
import type { Tried } from "./transition.ts";
import { wholeMail } from "./whole_mail.ts";

const records = log("queue");

/** `routedBy` of our own notices, which no configuration routes again. */
export const OWN = "own";

/** One delivery to be tried. */
export interface Task {
  /** The claim; `undefined` once known to be gone. */
  readonly claim: ClaimId | Promise<ClaimId | undefined>;
  /** The mail. */
  readonly mail: Mail;
  /** Where it goes, and what has happened to it. */
  readonly tried: Tried;
  /** What else the journal is to know. */
  readonly events: readonly JournalEvent[];
  /** Which configuration has just routed it; absent: it is as stored. */
  readonly routedBy?: string;
}

/** What deliveries are carried out with. */
export interface DispatchOptions {
  /** The queue's parts. */
  readonly context: QueueContext;
  /** The gates. */
  readonly attempts: Attempts;
  /** Ends attempts, and waiting for the disk. */
  readonly signal: AbortSignal;
  /** Told when something has come into the queue that is due. */
  wake(): void;
}

/** Carries claimed deliveries out. */
export class Dispatch {
  readonly #context: QueueContext;
  readonly #attempts: Attempts;
  readonly #signal: AbortSignal;
  readonly #wake: () => void;

  /** Works with these. */
  constructor({ context, attempts, signal, wake }: DispatchOptions) {
    this.#context = context;
    this.#attempts = attempts;
    this.#signal = signal;
    this.#wake = wake;
  }

  /**
   * Carries out one claimed delivery; the admission is for its destination. A mail that nobody, or
   * another configuration, has routed is routed, and then waits in the lanes of its destinations: a
   * slow one of them must not keep others from being routed.
   */
  async deliver(claimed: ClaimedDelivery, admission?: Admission): Promise<void> {
    const { id, mail, routedBy } = claimed;
    if (routedBy === this.#context.routedBy || routedBy === OWN) {
      return await this.try({ claim: id, mail, tried: claimed, events: [] }, admission);
    }
    if (admission) this.#attempts.pass(claimed.delivery.destination, admission);
    const course = await this.#route(claimed);
    if (course === null) return;
    await this.#replace(claimed, course, false);
    this.#wake();
  }

  /** Routes a mail that has just come in and been stored, and tries its deliveries at once. */
  async deliverFresh(claimed: ClaimedDelivery): Promise<void> {
    const course = await this.#route(claimed);
    if (course === null) return;
    const { id, mail } = claimed;
    const { routed, deliveries } = course;
    const [only] = deliveries;
    if (only !== undefined && deliveries.length === 1) {
      const { routedBy = this.#context.routedBy } = routed;
      const events = [course.event];
      const tried = { ...claimed, delivery: only };
      return await this.try({ claim: id, mail, tried, events, routedBy });
    }
    // Stored first, so that each settles alone; nothing else of the mail waits anywhere.
    const stored = this.#replace(claimed, course, true);
    const tries = deliveries.map((delivery, index) => {
      const claim = stored.then((claims) => claims?.[index]);
      return this.try({ claim, mail, tried: { ...claimed, delivery }, events: [] });
    });
    await Promise.all([stored, ...tries]);
  }

  /** Settles a delivery that has grown too old while nobody could try it. */
  async age(claimed: ClaimedDelivery): Promise<void> {
    const { id, mail, delivery } = claimed;
    const reason = claimed.reason || (this.#attempts.whyPaused(delivery.destination) ?? "");
    const whole = await wholeMail(mail);
    const tried = { ...claimed, reason };
    const ruling = ruleOnAge({ mail, tried, ...whole && { whole } }, this.#context);
    await this.#settle({ claim: id, mail, tried: claimed, events: [] }, ruling);
  }

  /** Tries once, and settles. */
  async try(task: Task, admission?: Admission): Promise<void> {
    const { mail, tried } = task;
    const options = { signal: this.#signal, ...admission && { admission } };
    await this.settle(task, await this.#attempts.try(mail, tried.delivery, options));
  }

  /** Settles what has been tried. */
  async settle(task: Task, attempt: Attempt): Promise<void> {
    const { mail, tried } = task;
    // What was given up because the program ends says nothing about the mail.
    const unwanted = this.#signal.aborted && !isFinal(attempt.outcomes);
    const { delivery, outcomes } = attempt;
    const judged: Attempt = unwanted ? { delivery, outcomes } : attempt;
    if (judged.event === undefined && task.events.length === 0) return await this.#release(task);
    const whole = await wholeMail(mail, outcomes.values());
    await this.#settle(task, this.#rule({ mail, tried, ...whole && { whole } }, judged));
  }

  /** A bug in the rules, or in a notice, must end neither the program nor the claim. */
  #rule(about: Case, attempt: Attempt): Ruling {
    try {
      return ruleOnAttempt(about, attempt, this.#context);
    } catch (error) {
      records.error("ruling broke", { queueId: about.mail.queueId, stack: stackOf(error) });
      return ruleOnBug(about.tried, attempt, this.#context);
    }
  }

  /** What is left of a mail's deliveries when it is routed now; `null`: it stays as it was. */
  async #route(claimed: ClaimedDelivery): Promise<Course | null> {
    const options = { context: this.#context, pauses: this.#attempts, signal: this.#signal };
    const decided = await decide(claimed, options);
    const task: Task = { claim: claimed.id, mail: claimed.mail, tried: claimed, events: [] };
    switch (decided.kind) {
      case "routed":
        return decided.course;
      case "ended":
        await this.#release(task);
        return null;
      case "broke":
        await this.settle(task, decided.attempt);
        return null;
    }
  }

  /** Stores where a mail goes in place of the claimed delivery. */
  #replace(
    claimed: ClaimedDelivery,
    { routed, event, deliveries }: Course,
    claim: boolean,
  ): Promise<readonly ClaimId[] | null> {
    const { clock, store } = this.#context;
    return settleSurely(store, {
      claim: claimed.id,
      queueId: claimed.mail.queueId,
      replacements: deliveries.map((delivery) =>
        waiting(claimed, {
          delivery,
          dueAt: clock.now(),
          claim,
          reason: this.#attempts.whyPaused(delivery.destination) ?? claimed.reason,
        })
      ),
      settled: [],
      routedBy: routed.routedBy ?? this.#context.routedBy,
      events: [event],
      end: routed.deliveries.length > 0 ? "delivered" : "no-delivery",
      mails: [],
    }, this.#signal);
  }

  async #settle(task: Task, ruling: Ruling): Promise<void> {
    const claim = await task.claim;
    if (claim === undefined) return;
    const { mail: { queueId }, tried } = task;
    const { delivered, ...told } = ruling;
    if (delivered > 0) {
      const { destination, recipients } = tried.delivery;
      records.info("delivered from the queue", {
        queueId,
        destination,
        to: recipients.slice(0, 5).join(","),
        delivered: `${delivered}/${recipients.length}`,
        attempts: tried.attempts + 1,
      });
    }
    await settleSurely(this.#context.store, {
      ...told,
      mails: withReasons(told.mails, this.#attempts),
      claim,
      queueId,
      events: [...task.events, ...ruling.events],
      ...task.routedBy !== undefined && { routedBy: task.routedBy },
    }, this.#signal);
    tellLog(queueId, ruling.events);
    if (told.mails.length > 0) this.#wake();
  }

  async #release(task: Task): Promise<void> {
    const claim = await task.claim;
    if (claim === undefined) return;
    const { queueId } = task.mail;
    await releaseSurely(this.#context.store, { claim, queueId }, this.#signal);
  }
}
