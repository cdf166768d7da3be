/**
 * The life of one mail between the end of data and the reply to it:
 * spool → hop count → came before? → `ack: relayed` or `ack: queued` → answer.
 *
 * INVARIANTS
 *
 * 1. The answer is a 2xx only if every delivery has been accepted by its destination or is on disk.
 * 2. The answer comes within the budget and one commit of the disk, whatever the destinations do.
 * 3. A store that cannot take mail refuses it before anybody is asked to deliver it: what could not
 *    be kept if it were deferred is not begun.
 * 4. The message is readable until the last attempt has ended, and gone afterwards unless the
 *    store has it.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { JournalEvent } from "../mail/journal.ts";
import { describeReply, type Reply } from "../mail/reply.ts";
import type { StorableMail } from "../store/store.ts";
import { acceptedReply } from "./acknowledge.ts";
import type { Budgets } from "./budgets.ts";
import { duplicateKey } from "./duplicates.ts";
import type { FreshMail } from "./fresh_mail.ts";
import type { Answered, HeldMessage, Holder, IntakeOptions } from "./intake.ts";
import { storeFirst } from "./queued.ts";
import type { RecentIds } from "./recent_ids.ts";
import { loopReply, notHeldReply, notReadyReply } from "./refusals.ts";
import { relayWithin } from "./relayed.ts";
import type { Entry, Resends } from "./resends.ts";

const records = log("queue");

/** What the intake remembers. */
export interface Memory {
  /** Mails under way, and those that may come again. */
  readonly resends: Resends;
  /** Queue ids given out lately. */
  readonly ids: RecentIds;
  /** The notifiers' patience. */
  readonly budgets: Budgets;
}

/** A mail whose end of data has come. */
export interface Arrival {
  /** Its id, unless it came before. */
  readonly queueId: string;
  /** What the dialogue said. */
  readonly envelope: Envelope;
  /** Its octets. */
  readonly holder: Holder;
  /** When the end of data was read, by the wall clock. */
  readonly receivedAt: number;
  /** The same on a clock that does not jump (`performance.now()`). */
  readonly began: number;
}

type Held = Arrival & { readonly message: HeldMessage };

/** What a mail came to. */
export interface Taken extends Pick<Answered, "reply" | "details"> {
  /** The id that it got when it first came. */
  readonly mailId: string;
}

/** From the end of data to the reply. Never rejects for what can be expected. */
export async function take(
  arrival: Arrival,
  memory: Memory,
  options: IntakeOptions,
): Promise<Taken> {
  const { queueId, holder } = arrival;
  let message: HeldMessage;
  try {
    message = await holder.finish();
  } catch (error) {
    return notHeld(queueId, error);
  }
  const refusal = loopReply(message, memory.ids);
  if (refusal !== null) {
    records.warning("mail loop", { queueId, reason: refusal.lines[0] });
    await message.remove();
    return { mailId: queueId, reply: refusal, details: {} };
  }
  await options.ready;
  return await takeOnce({ ...arrival, message }, memory, options);
}

/** Answers a mail that came before as it was answered then, and takes any other. */
async function takeOnce(held: Held, memory: Memory, options: IntakeOptions): Promise<Taken> {
  const { envelope, message } = held;
  const { context: { clock }, duplicates } = options;
  const key = options.countsAsDuplicate(envelope) ? duplicateKey(held) : undefined;
  const known = key === undefined ? null : duplicates.find(key, clock.now());
  if (known !== null) return await cameAgain(known, held, options);
  const entry = memory.resends.enter(held, key === undefined);
  let reply = await entry.before;
  if (reply !== undefined && reply.code < 300) {
    entry.leave(reply);
    return await cameAgain(entry.mail.queueId, held, options);
  }
  const mailId = entry.mail.queueId;
  if (entry.again) records.info("came again", { queueId: held.queueId, first: mailId });
  const mail: StorableMail = { queueId: mailId, envelope, message, receivedAt: held.receivedAt };
  memory.ids.add(mailId);
  const fresh: FreshMail = {
    mail,
    ...key !== undefined && { key },
    acceptedAt: clock.now(),
    // Not a copy: attempts from when it came before may still learn that somebody has it.
    settled: entry.mail.delivered,
  };
  const taken = await deliver({ held, fresh, entry }, memory, options);
  ({ reply } = taken);
  if (reply.code < 300 && key !== undefined) duplicates.add(key, mailId, fresh.acceptedAt);
  entry.leave(reply);
  return { mailId, ...taken };
}

/** Tells the notifier what it was told the first time; nobody gets a second copy. */
async function cameAgain(mailId: string, held: Held, options: IntakeOptions): Promise<Taken> {
  const { context: { store, wall } } = options;
  const reply = acceptedReply(mailId);
  records.info("came again", { queueId: held.queueId, first: mailId });
  await held.message.remove();
  await store.append(mailId, [{ kind: "came-again", at: wall(), reply: describeReply(reply) }]);
  return { mailId, reply, details: { duplicate: true } };
}

interface Work {
  readonly held: Held;
  readonly fresh: FreshMail;
  readonly entry: Entry;
}

/** Delivers or stores a mail, and sees to it that its message goes when nobody reads it any more. */
async function deliver(
  { held, fresh, entry }: Work,
  { budgets }: Memory,
  options: IntakeOptions,
): Promise<Pick<Answered, "reply" | "details">> {
  const { context, queue, ack } = options;
  const health = options.health?.() ?? context.store.health();
  const unready = notReadyReply(health);
  if (unready !== null) {
    await held.message.remove();
    return { reply: unready, details: health.kind === "ready" ? {} : { reason: health.reason } };
  }
  const answer = (reply: Reply): JournalEvent => ({
    kind: "answered",
    at: context.wall(),
    reply: describeReply(reply),
    tookMs: tookOf(held),
  });
  let ended = Promise.resolve();
  let stored = false;
  try {
    if (entry.again) await endOfAttempts(entry, budgets);
    if (ack === "queued") {
      const answered = await storeFirst(fresh, { context, queue, answer });
      stored = true;
      return answered;
    }
    const { delivered, owed } = entry.mail;
    const budget = budgets.start();
    const relaying = relayWithin(fresh, { context, queue, budget, delivered, owed, answer });
    ended = relaying.ended;
    const answered = await relaying.answered;
    ({ stored } = answered);
    if (answered.record) await context.store.note(answered.record);
    return answered;
  } catch (error) {
    return notHeld(fresh.mail.queueId, error);
  } finally {
    if (!stored) {
      // Those of before may still be under way: who comes next waits for them too.
      const all = [entry.mail.running, ended.then(() => held.message.remove())];
      entry.mail.running = Promise.all(all).then(() => {});
    }
  }
}

/** Attempts from when the mail came before may still learn that somebody has it. */
async function endOfAttempts(entry: Entry, budgets: Budgets): Promise<void> {
  const budget = budgets.start();
  const late = await Promise.race([entry.mail.running, budget.spent]);
  budget.stop();
  if (late !== undefined) throw late;
}

function notHeld(queueId: string, error: unknown): Taken {
  const reason = reasonOf(error);
  const reply = notHeldReply(error);
  // What is refused for good is the message's own fault: any peer may send such ones.
  if (reply.code >= 500) records.warning("message refused", { queueId, reason });
  else records.error("message not held", { queueId, reason });
  return { mailId: queueId, reply, details: {} };
}

/** How long it has been under way, in milliseconds. */
export function tookOf({ began }: Arrival): number {
  return Math.round(performance.now() - began);
}
