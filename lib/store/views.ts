/**
 * The store as the command line sees it: what is queued, and what the journal knows. The contract;
 * `reader.ts` is the embedded implementation. Its types may be imported anywhere.
 *
 * @module
 */

import type { JournalRecord, MailState } from "../mail/journal.ts";

/** How the journal is searched; everything that is given must hold. */
export interface JournalQuery {
  /** The queue id. */
  readonly queueId?: string;
  /** The Message-ID, with or without angle brackets. */
  readonly messageId?: string;
  /** The reverse-path, a forward-path or a recipient: an address, or a part of one, in any case. */
  readonly address?: string;
  /** A part of the Subject, in any case. */
  readonly subject?: string;
  /** Received at or after, in milliseconds since the epoch. */
  readonly since?: number;
  /** Received before, in milliseconds since the epoch. */
  readonly until?: number;
  /** In one of these states. */
  readonly states?: readonly MailState[];
  /** Most records, newest first. */
  readonly limit: number;
}

/** A queued mail, as the command line shows it. */
export interface QueuedMail {
  /** The queue id. */
  readonly queueId: string;
  /** When it came, by the wall clock, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Who sent it; empty for the null reverse-path. */
  readonly reversePath: string;
  /** Whom it was for. */
  readonly forwardPaths: readonly string[];
  /** Its Subject, where it has one and the journal still knows it. */
  readonly subject?: string;
  /** Size of the message in octets. */
  readonly octets: number;
  /** `damaged`: the record could not be read in full. */
  readonly state: "waiting" | "dead" | "damaged";
  /** Everything that is left of it. */
  readonly deliveries: readonly QueuedDelivery[];
}

/** A queued delivery, as the command line shows it. */
export interface QueuedDelivery {
  /** Where it goes; empty: still to be routed. */
  readonly destination: string;
  /** Who has not had it. */
  readonly recipients: readonly string[];
  /** `waiting` or `dead`. */
  readonly state: "waiting" | "dead";
  /** How often it has been tried. */
  readonly attempts: number;
  /** In how many milliseconds it is due; negative: overdue. Without meaning for dead ones. */
  readonly dueInMs: number;
  /** What was said last. */
  readonly reason: string;
}

/**
 * Reads a store from another process, whether a relay works on it or not. Calls block: it is for
 * the command line.
 */
export interface StoreReader {
  /** The queued mails, oldest first. */
  list(): readonly QueuedMail[];
  /** One queued mail; `null`: it is not in the queue. */
  find(queueId: string): QueuedMail | null;
  /** The octets of a queued mail's message; `null`: it is not in the queue. */
  message(queueId: string): AsyncIterable<Uint8Array> | null;
  /** Searches the journal, newest first. */
  search(query: JournalQuery): readonly JournalRecord[];
  /** What `history` has kept of a mail's text; `null`: nothing. */
  kept(queueId: string): KeptText | null;
  /** Closes the files. */
  close(): void;
}

/** The text of a mail that the journal has kept. */
export interface KeptText {
  /** How much of it there is. */
  readonly text: "full" | "headers";
  /** The octets, as received. */
  octets(): AsyncIterable<Uint8Array>;
}
