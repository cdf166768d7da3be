/**
 * Where mail comes in: the mail service of the listeners, and what it is given by the app.
 * `arrival.ts` has the life of a mail until its answer.
 *
 * @module
 */

import { type Details, log } from "../log.ts";
import type { Envelope } from "../mail/envelope.ts";
import { newQueueId } from "../mail/queue_id.ts";
import { describeReply, type Reply } from "../mail/reply.ts";
import type { NewJournalRecord, StorableMail, StoreHealth } from "../store/store.ts";
import { type Memory, take, tookOf } from "./arrival.ts";
import { Budgets, type SetTimer } from "./budgets.ts";
import type { QueueContext } from "./context.ts";
import type { Duplicates } from "./duplicates.ts";
import type { Queue } from "./queue.ts";
import { RecentIds } from "./recent_ids.ts";
import { Resends } from "./resends.ts";

const records = log("queue");

/** A message that is to be removed after use; `lib/store/spool.ts` makes them. */
export type HeldMessage = StorableMail["message"] & {
  /** Frees memory and file, unless the store has taken it over. Never rejects. */
  remove(): Promise<void>;
};

/** Takes the octets of one message; `lib/store/spool.ts` has the contract. */
export interface Holder {
  /** Takes the next octets. Never rejects. */
  write(octets: Uint8Array): Promise<void> | void;
  /** Ends the message; rejects with a `RelayError` when it could not be held. */
  finish(): Promise<HeldMessage>;
  /** Gives it up. Never rejects. */
  abort(): Promise<void>;
}

/** What the intake is given by the app; like the context, read when it is needed. */
export interface IntakeOptions {
  /** The queue's parts. */
  readonly context: QueueContext;
  /** Takes over what is not final. */
  readonly queue: Queue;
  /** When the notifier is answered. */
  readonly ack: "relayed" | "queued";
  /** Longest wait for routing and destinations together, in milliseconds. */
  readonly budgetMs: number;
  /** The mails answered 2xx lately. */
  readonly duplicates: Duplicates;
  /** Whether a mail with this envelope may count as one that came before. */
  countsAsDuplicate(envelope: Envelope): boolean;
  /** Whether mail may be taken now; as the store says where nobody knows better. */
  health?(): StoreHealth;
  /** Settles when the store has been read; until then nobody is answered. */
  readonly ready: Promise<void>;
  /** What ends budgets; a timer of the runtime for each when absent. */
  readonly setTimer?: SetTimer;
  /** Opens a place for one message. */
  open(name: string): Holder;
  /** Told of each answer. */
  onAnswered?(answer: Answer): void;
}

/** What became of a mail until it was answered. */
export interface Answered {
  /** What the notifier is told. */
  readonly reply: Reply;
  /** How it came to that: who decided, who had the mail, what the destinations said. */
  readonly details: Details;
  /** Whether the store has taken the mail. */
  readonly stored: boolean;
  /** What the journal is to know, where the store has not taken the mail. */
  readonly record?: NewJournalRecord;
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
  const { wall } = options.context;
  const memory: Memory = {
    resends: new Resends(wall),
    ids: new RecentIds(),
    budgets: new Budgets(() => options.budgetMs, options.setTimer),
  };
  return {
    begin(envelope: Envelope): IntakeSink {
      const queueId = newQueueId(wall());
      const holder = options.open(queueId);
      return {
        write: (octets) => holder.write(octets),
        abort: () => holder.abort(),
        accept: async () => {
          const receivedAt = wall();
          const began = performance.now();
          const arrival = { queueId, envelope, holder, receivedAt, began };
          const { mailId, reply, details } = await take(arrival, memory, options);
          const tookMs = tookOf(arrival);
          record(mailId, envelope, { ...details, reply: describeReply(reply), ms: tookMs });
          options.onAnswered?.({ queueId: mailId, reply, tookMs });
          return reply;
        },
      };
    },
    giveUp: () => memory.budgets.end(),
  };
}

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
