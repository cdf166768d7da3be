/**
 * The life of one mail between the end of data and the reply to it (`ack: relayed`):
 * spool → hop count → route → attempts → answer.
 *
 * INVARIANTS
 *
 * 1. The answer is a 2xx only if every delivery has been accepted by its destination.
 * 2. The answer comes within the budget, whatever the destinations do.
 * 3. Whoever had the mail is remembered unless the answer is a 2xx, so that the notifier may
 *    come again without doing harm.
 * 4. The message is readable until the last attempt has ended, and gone afterwards.
 *
 * @module
 */

import { type Details, log } from "../log.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { Mail, Message } from "../mail/message.ts";
import { newQueueId } from "../mail/queue_id.ts";
import { describeReply, type Reply } from "../mail/reply.ts";
import { type Answered, type BudgetOptions, deliverWithin } from "./budget.ts";
import { Budgets } from "./budgets.ts";
import { loopReply, notHeldReply } from "./refusals.ts";
import { RecentIds } from "./recent_ids.ts";
import { Resends } from "./resends.ts";

const records = log("queue");

/** A message that is to be removed after use; `lib/store/spool.ts` makes them. */
export interface HeldMessage extends Message {
  /** Frees memory and file. Never rejects. */
  remove(): Promise<void>;
}

/** Takes the octets of one message; `lib/store/spool.ts` has the contract. */
export interface Holder {
  /** Takes the next octets. Never rejects. */
  write(octets: Uint8Array): Promise<void> | void;
  /** Ends the message; rejects with a `RelayError` when it could not be held. */
  finish(): Promise<HeldMessage>;
  /** Gives it up. Never rejects. */
  abort(): Promise<void>;
}

/** What the intake is given by the app. */
export interface IntakeOptions extends BudgetOptions {
  /** Opens a place for one message. */
  open(name: string): Holder;
  /** Longest wait for routing and destinations together, in milliseconds. */
  readonly budgetMs: number;
  /** Told of each answer. */
  onAnswered?(answer: Answer): void;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What a notifier was told at the end of data. */
export interface Answer {
  /** The mail's id; that of the first time, where it came again. */
  readonly queueId: string;
  /** What it was told. */
  readonly reply: Reply;
  /** How long it waited for that, in milliseconds. */
  readonly tookMs: number;
}

/** Takes mails; the app hands it to the listeners as their mail service. */
export interface Intake {
  /** Opens a place for the message of one transaction. */
  begin(envelope: Envelope): IntakeSink;
  /**
   * Answers every mail under way with what is known by now, and those to come likewise: the program
   * ends, and a notifier that is told to come again is better off than one that hears nothing.
   */
  giveUp(): void;
}

/** One transaction's message on its way in. */
export interface IntakeSink {
  /** Takes the next octets. */
  write(octets: Uint8Array): Promise<void> | void;
  /** Delivers, and says what the notifier is told. Never rejects. */
  accept(): Promise<Reply>;
  /** Keeps nothing. Never rejects. */
  abort(): Promise<void>;
}

/** Makes an intake. */
export function createIntake(options: IntakeOptions): Intake {
  const now = options.now ?? Date.now;
  const memory: Memory = {
    resends: new Resends(now),
    ids: new RecentIds(),
    budgets: new Budgets(options.budgetMs),
  };
  return {
    begin(envelope: Envelope): IntakeSink {
      const queueId = newQueueId(now());
      const holder = options.open(queueId);
      return {
        write: (octets) => holder.write(octets),
        abort: () => holder.abort(),
        accept: async () => {
          const receivedAt = now();
          const arrival = { queueId, envelope, holder, receivedAt };
          const { mailId, reply, details } = await take(arrival, memory, options);
          const tookMs = now() - receivedAt;
          record(mailId, envelope, { ...details, reply: describeReply(reply), ms: tookMs });
          options.onAnswered?.({ queueId: mailId, reply, tookMs });
          return reply;
        },
      };
    },
    giveUp: () => memory.budgets.end(),
  };
}

interface Memory {
  readonly resends: Resends;
  readonly ids: RecentIds;
  readonly budgets: Budgets;
}

interface Arrival {
  readonly queueId: string;
  readonly envelope: Envelope;
  readonly holder: Holder;
  readonly receivedAt: number;
}

/** What a mail came to, under the id that it got when it first came. */
type Taken = Answered & { readonly mailId: string };

/** One line that tells the whole story of a mail, unless somebody is still to get it. */
function record(queueId: string, envelope: Envelope, details: Details): void {
  records.info("answered", {
    queueId,
    peer: envelope.session.peer,
    from: envelope.reversePath,
    to: envelope.forwardPaths.slice(0, 5).join(","),
    recipients: envelope.forwardPaths.length,
    ...details,
  });
}

/** From the end of data to the reply. */
async function take(arrival: Arrival, memory: Memory, options: IntakeOptions): Promise<Taken> {
  const { queueId, holder } = arrival;
  let message: HeldMessage;
  try {
    message = await holder.finish();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    records.error("message not held", { queueId, reason });
    return { mailId: queueId, reply: notHeldReply(error), details: {} };
  }
  const loop = loopReply(message, memory.ids);
  if (loop === null) return await deliver({ ...arrival, message }, memory, options);
  records.warning("mail loop", { queueId, reason: loop.lines[0] });
  await message.remove();
  return { mailId: queueId, reply: loop, details: {} };
}

/** From a message that is held to the reply. */
async function deliver(
  arrived: Arrival & { readonly message: HeldMessage },
  { resends, ids, budgets }: Memory,
  options: IntakeOptions,
): Promise<Taken> {
  const { queueId, envelope, message, receivedAt } = arrived;
  const entry = resends.enter(arrived);
  const unfinished = entry.mail;
  if (entry.again) {
    records.info("came again", { queueId, first: unfinished.queueId });
  }
  const mail: Mail = { queueId: unfinished.queueId, envelope, message, receivedAt };
  ids.add(mail.queueId);
  const work = { mail, unfinished, finished: () => message.remove() };
  const answered = await deliverWithin(work, options, budgets);
  entry.leave(answered.reply.code < 300);
  return { mailId: mail.queueId, ...answered };
}
