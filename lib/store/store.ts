/**
 * What survives a crash: queued mails, their deliveries, state by key, the journal. The contract;
 * `sqlite_store.ts` is the embedded implementation. Its types may be imported anywhere.
 *
 * INVARIANTS
 *
 * 1. A promise that resolved is on disk, and stays there through `kill -9` and loss of power.
 *    What rejected has changed nothing. Everything of one call happens, or nothing of it.
 * 2. Calls take effect in the order in which they were made.
 * 3. A claim lives in the process that made it: after a crash every delivery can be claimed again.
 * 4. A delivery is claimed by at most one caller at a time.
 * 5. No call blocks the thread that serves sessions, however slow the disk is.
 * 6. A record that cannot be read is set aside with a warning: never deleted, never fatal.
 *
 * LENGTH. One contract, two thirds of it in comments, which is read as a whole.
 *
 * TIMES. `dueAt` and `acceptedAt` are *queue time*: milliseconds on a clock that neither jumps nor
 * runs backwards (`lib/queue/queue_clock.ts`). Times in the journal are the wall clock's.
 *
 * DIAGNOSTICS. Calls reject with a `RelayError`: `store-full` (no space), `store-failed` (anything
 * else the disk says).
 *
 * @module
 */

import type { Delivery } from "../mail/delivery.ts";
import type { JournalEntry, JournalEvent, MailEnd, MailState } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";

/** Keeps mails until everyone has them. */
export interface Store {
  /** Settles when the first try to open it is over, well or not; `health` knows. Never rejects. */
  readonly opened: Promise<void>;
  /** Whether it can take mail now; what a refusal would say. Never blocks. */
  health(): StoreHealth;
  /**
   * Takes mails with their deliveries, all of them or none: one that came in, and perhaps notices
   * of our own about it. A message in a file becomes the store's: it is synced, with its folder,
   * before the mail's record is. When this rejects, the file is the caller's as before.
   *
   * @returns A claim for each delivery, in their order; they hold only where `claim` was set.
   */
  accept(mails: readonly NewMail[]): Promise<readonly ClaimId[]>;
  /**
   * Takes note of a mail that is not (or not only) in the queue; written with the next commit, at
   * the latest after a second. When more waits to be written than memory should hold, the promise
   * is pending until that is better; so it is while a message in a file is being kept, which stays
   * the caller's. Never rejects: what cannot be noted is counted and logged.
   */
  note(entry: NewJournalRecord): Promise<void> | void;
  /** Adds events to a mail's journal, like `note`. Unknown ids are no error. */
  append(queueId: string, events: readonly JournalEvent[]): Promise<void> | void;
  /**
   * Claims waiting deliveries, the longest due first, and reads their mails. A damaged record is
   * set aside, logged, and not among them.
   */
  claim(request: ClaimRequest): Promise<readonly ClaimedDelivery[]>;
  /** Gives claims back unchanged: the deliveries can be claimed again at once. */
  release(claims: readonly ClaimId[]): Promise<void>;
  /**
   * Replaces a claimed delivery by what is left of it, and ends the claim. When nothing of the mail
   * waits any more, the mail has ended: as the worst that its settlements said (`worseEnd`). Its
   * octets go when no dead letter is left either; the journal stays. Where the delivery is gone
   * (the operator dropped it) only the events are noted.
   *
   * @returns A claim for each replacement, in their order; they hold only where `claim` was set.
   */
  settle(settlement: Settlement): Promise<readonly ClaimId[]>;
  /** Makes deliveries due at `now` that wait for nothing but this destination; says how many. */
  hasten(destination: string, now: number): Promise<number>;
  /** The destinations that deliveries wait for, `""` among them where some are to be routed. */
  destinations(): Promise<readonly string[]>;
  /**
   * Makes a mail's waiting deliveries due at `now`, and its dead letters waiting again with
   * `acceptedAt` = `now` and not settled any more; without an id those of every mail.
   *
   * @returns The queue ids of the mails it found.
   */
  retry(request: { readonly queueId?: string; readonly now: number }): Promise<readonly string[]>;
  /**
   * Drops a mail with all of its deliveries, and notes that.
   *
   * @returns Whether there was one, and whether one of its deliveries was claimed at the time.
   */
  drop(queueId: string): Promise<{ readonly found: boolean; readonly underWay: boolean }>;
  /** Drops dead letters accepted before that queue time, and notes that; says how many mails. */
  expire(acceptedBefore: number): Promise<number>;
  /** What is in the queue, in numbers. */
  counts(): Promise<QueueCounts>;
  /** The trace of a mail's last routing, as the journal holds it; `null` where it holds none. */
  lastTrace(queueId: string): Promise<unknown>;
  /** Reads a value kept under a key; `null` where there is none. */
  readState(key: string): Promise<string | null>;
  /** Keeps a value under a key, durably once it resolves. */
  writeState(key: string, value: string): Promise<void>;
  /** The keys of mails accepted lately, newest first, at most `limit`. */
  recentMails(request: { readonly since: number; readonly limit: number }): Promise<
    readonly RecentMail[]
  >;
  /** Writes what waits to be written, then closes. Never rejects. */
  close(): Promise<void>;
}

/** Whether a store can take mail. */
export type StoreHealth =
  | { readonly kind: "ready" }
  /** No space, or less than `min-free`. */
  | { readonly kind: "full"; readonly reason: string }
  /** Read-only, broken, not there, or still being opened. */
  | { readonly kind: "failed"; readonly reason: string };

/** Names a delivery of the store. */
export type ClaimId = number;

/** A mail for the store. */
export interface NewMail {
  /** The mail. Where its message has a `file`, the store takes the file over. */
  readonly mail: StorableMail;
  /** Its deliveries; at least one. */
  readonly deliveries: readonly NewDelivery[];
  /** Who is settled already: `attemptKey` of each. */
  readonly settled: readonly string[];
  /** Which configuration routed it; empty: nobody has yet; `own`: our own mail, never routed. */
  readonly routedBy: string;
  /** When it was accepted, in queue time. */
  readonly acceptedAt: number;
  /** What the journal is to know of it. */
  readonly journal: NewJournalRecord;
}

/** A mail whose message is held by `lib/store/spool.ts`, or made by us. */
export interface StorableMail extends Mail {
  /** The octets. */
  readonly message: Mail["message"] & {
    /** The file with the whole message as received; absent: the octets are in memory. */
    readonly file?: string;
  };
}

/** A delivery for the store. */
export interface NewDelivery {
  /** Where it goes. The destination is empty for a mail that is still to be routed. */
  readonly delivery: Delivery;
  /** `waiting` to be tried, or `dead`: given up and kept. */
  readonly state: "waiting" | "dead";
  /** How often it has been tried. */
  readonly attempts: number;
  /** When to try it, in queue time; without meaning for dead ones. */
  readonly dueAt: number;
  /** Whether it waits for nothing but its destination, which was away or paused. */
  readonly destinationAway: boolean;
  /** What was said last; empty when nobody has tried yet. Without secrets. */
  readonly reason: string;
  /** Whether a delay notice has been sent. */
  readonly delayNoticed: boolean;
  /** Whether it is claimed at once for the caller. */
  readonly claim: boolean;
}

/** A claimed delivery with its mail. */
export interface ClaimedDelivery {
  /** The claim, to be settled or released. */
  readonly id: ClaimId;
  /** The mail. Its message stays readable while anything of the mail is in the store. */
  readonly mail: Mail;
  /** Where it goes. */
  readonly delivery: Delivery;
  /** Who is settled already: `attemptKey` of each. */
  readonly settled: ReadonlySet<string>;
  /** Which configuration routed it. */
  readonly routedBy: string;
  /** How often it has been tried. */
  readonly attempts: number;
  /** When the mail was accepted, in queue time; or when the operator revived it. */
  readonly acceptedAt: number;
  /** Whether a delay notice has been sent. */
  readonly delayNoticed: boolean;
  /** What was said last. */
  readonly reason: string;
}

/** Which deliveries to claim. */
export type ClaimRequest =
  & {
    /** Most deliveries. */
    readonly limit: number;
    /** Most octets of messages in memory, all together; one delivery is always claimed. */
    readonly maxOctets: number;
  }
  & (
    | {
      /** Due for one destination. */
      readonly kind: "due";
      /** Its name; empty: those still to be routed. */
      readonly destination: string;
      /** The queue time. */
      readonly now: number;
    }
    | {
      /** Too old, whatever they wait for: accepted before `expired`, or before `late` without a delay notice. */
      readonly kind: "aged";
      /** A queue time: now less `give-up-after`. */
      readonly expired: number;
      /** A queue time: now less `delay-notice`; `-Infinity` where nobody is told. */
      readonly late: number;
    }
  );

/** What became of a claimed delivery. */
export interface Settlement {
  /** The claim that ends. */
  readonly claim: ClaimId;
  /** The mail's id. */
  readonly queueId: string;
  /** What is left: deferred recipients, dead letters, or where it goes after routing. */
  readonly replacements: readonly NewDelivery[];
  /** Who is settled now: `attemptKey` of each; added to those before. */
  readonly settled: readonly string[];
  /**
   * The mail has been routed anew by this configuration: every waiting delivery of it that nobody
   * has claimed goes, the replacements take their place. Where another delivery of the mail has
   * brought that about already, what it brought stands for all: this one goes, nothing takes its
   * place, nothing is noted.
   */
  readonly routedBy?: string;
  /** What happened. */
  readonly events: readonly JournalEvent[];
  /** What these recipients came to; says nothing while all of them are deferred. */
  readonly end: MailEnd;
  /** Mails of our own that this brings forth (bounces, notices), taken in the same commit. */
  readonly mails: readonly NewMail[];
}

/** A mail for the journal. */
export interface NewJournalRecord {
  /** The mail. */
  readonly entry: JournalEntry;
  /** Its message, for `history: full` and `headers`; the store keeps of it what the setting says. */
  readonly message?: StorableMail["message"];
  /** How far it has come. */
  readonly state: MailState;
  /** What happened to it so far. */
  readonly events: readonly JournalEvent[];
  /** What tells that it came again, and when it was taken, in queue time; absent: nobody asks. */
  readonly recent?: { readonly key: string; readonly at: number };
}

/** A mail taken lately, as `lib/queue/duplicates.ts` needs it. */
export interface RecentMail {
  /** What tells that it came again. */
  readonly key: string;
  /** Its queue id. */
  readonly queueId: string;
  /** When it was taken, in queue time. */
  readonly at: number;
}

/** The queue in numbers. */
export interface QueueCounts {
  /** Mails of which something waits. */
  readonly waiting: number;
  /** Mails of which only dead letters are left. */
  readonly dead: number;
  /** Records that could not be read. */
  readonly damaged: number;
}
