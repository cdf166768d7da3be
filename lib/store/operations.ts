/**
 * What the thread that serves sessions asks of the thread that owns the database: plain data, as
 * `postMessage` carries it. `sqlite_store.ts` sends, `sqlite_worker.ts` gathers what has come and
 * gives it to a {@link MailDatabase} as one transaction.
 *
 * @module
 */

import type { JournalEvent } from "../mail/journal.ts";
import type { Mail, Message } from "../mail/message.ts";
import type {
  ClaimedDelivery,
  ClaimId,
  ClaimRequest,
  NewJournalRecord,
  NewMail,
  QueueCounts,
  RecentMail,
  Settlement,
} from "./store.ts";

/** One thing to do. All of one transaction happen, or none does. */
export type Operation =
  | { readonly kind: "accept"; readonly mails: readonly MailRow[] }
  | { readonly kind: "note"; readonly record: RecordRow }
  | {
    readonly kind: "append";
    readonly queueId: string;
    readonly events: readonly JournalEvent[];
  }
  | { readonly kind: "claim"; readonly request: ClaimRequest }
  | { readonly kind: "release"; readonly claims: readonly ClaimId[] }
  | { readonly kind: "settle"; readonly settlement: SettlementRow }
  | { readonly kind: "hasten"; readonly destination: string; readonly now: number }
  | { readonly kind: "destinations" }
  | {
    readonly kind: "retry";
    readonly queueId?: string;
    readonly now: number;
    /** The wall clock, for the journal. */
    readonly at: number;
  }
  | { readonly kind: "drop"; readonly queueId: string; readonly at: number }
  | { readonly kind: "expire"; readonly acceptedBefore: number; readonly at: number }
  | { readonly kind: "counts" }
  | { readonly kind: "last-trace"; readonly queueId: string }
  | { readonly kind: "read-state"; readonly key: string }
  | { readonly kind: "write-state"; readonly key: string; readonly value: string }
  | { readonly kind: "recent-mails"; readonly since: number; readonly limit: number };

/** What each operation answers. */
export type Answers = {
  readonly [Kind in Operation["kind"]]: Kind extends keyof Told ? Told[Kind] : null;
};

/** The answers of those operations that have one: as the store's methods give it. */
export type Told = {
  readonly accept: readonly ClaimId[];
  readonly claim: readonly ClaimedRow[];
  readonly settle: readonly ClaimId[];
  readonly hasten: number;
  readonly destinations: readonly string[];
  readonly retry: readonly string[];
  readonly drop: { readonly found: boolean; readonly underWay: boolean };
  readonly expire: number;
  readonly counts: QueueCounts;
  readonly "last-trace": unknown;
  readonly "read-state": string | null;
  readonly "recent-mails": readonly RecentMail[];
};

/** The answer to any operation. */
export type Answer = Answers[Operation["kind"]];

/** The octets of a message, as they are stored. */
export interface MessageRow extends Pick<Message, "octets" | "digest" | "fields"> {
  /** What follows the fields; `null`: the whole message is in `messages/ID.eml` of the store. */
  readonly rest: Uint8Array | null;
}

/** A mail to be taken. */
export interface MailRow
  extends
    Omit<Mail, "message">,
    Pick<NewMail, "acceptedAt" | "deliveries" | "settled" | "routedBy"> {
  /** Its octets. */
  readonly message: MessageRow;
  /** What the journal is to know of it. */
  readonly journal: RecordRow;
}

/** A mail for the journal. */
export interface RecordRow extends Omit<NewJournalRecord, "message"> {
  /** When it was noted, in queue time: what its age is counted from. */
  readonly notedAt: number;
  /** The header fields, where `history` keeps them. */
  readonly fields?: Uint8Array;
  /** The rest of the message, where `history` keeps it and it is not in a file. */
  readonly rest?: Uint8Array;
  /** Whether `history` keeps the rest, and it is in `messages/ID.eml` of the store. */
  readonly inFile?: boolean;
}

/** A settlement whose mails of our own are rows. */
export interface SettlementRow extends Omit<Settlement, "mails"> {
  /** The mails of our own that it brings forth. */
  readonly mails: readonly MailRow[];
}

/** A claimed delivery on its way to the thread that serves sessions. */
export interface ClaimedRow extends Omit<ClaimedDelivery, "mail" | "settled"> {
  /** The mail. */
  readonly mail: Omit<Mail, "message"> & {
    /** Its octets. */
    readonly message: MessageRow;
  };
  /** Who is settled already. */
  readonly settled: readonly string[];
}

/** The database, on the thread that owns it; every call blocks. `mail_database.ts` makes it. */
export interface MailDatabase {
  /**
   * Does all of it as one transaction that is on disk when this returns, and says what each came to.
   *
   * @returns For each operation its answer; `failed` for one that broke alone (a bug or a damaged
   * record), where the others happened. A reason that begins with `No space left` is that of a full
   * disk, which left room only for the others: those that shorten the queue.
   * @throws {Error} Nothing happened: the disk is full or broken (SQLite's own error).
   */
  transact(operations: readonly Operation[]): readonly Transacted[];
  /** Files of messages that no mail needs any more, to be deleted by the caller; told once. */
  takeOrphans(): readonly string[];
  /**
   * Deletes journal records noted before that queue time, and the oldest ones of those that are
   * over so many octets all together; gives free space back to the disk. A bounded part at a time.
   *
   * @returns Whether there is more to do.
   */
  prune(limits: { readonly notedBefore: number; readonly octets: number }): boolean;
  /** Moves what the log holds into the database and shortens the log; gives space back to the disk. */
  checkpoint(): void;
  /** Closes it. */
  close(): void;
}

/** What one operation of a transaction came to. */
export type Transacted =
  | { readonly kind: "done"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly reason: string };
