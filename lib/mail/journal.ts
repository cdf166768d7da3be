/**
 * The journal's vocabulary: what happened to a mail, from its arrival to its end. Data, not words:
 * the command line and pages make sentences of it.
 *
 * @module
 */

import type { Envelope } from "./envelope.ts";
import type { Outcome } from "./outcome.ts";

/**
 * How far a mail has come. `open`: somebody is still to get it. The others are ends:
 * `delivered`: everyone had it, or it was discarded on purpose. `no-delivery`: no rule matched.
 * `refused`: the notifier was told 4xx or 5xx and keeps it. `bounced`: somebody did not get it, and
 * its reverse-path was told. `dead-letter`: somebody did not get it, and it is kept for the
 * operator. `dropped`: the operator dropped it, or its time as a dead letter was over.
 */
export type MailState =
  | "open"
  | "delivered"
  | "no-delivery"
  | "refused"
  | "bounced"
  | "dead-letter"
  | "dropped";

/** The ends a mail may come to. */
export type MailEnd = Exclude<MailState, "open">;

/** Worse ones higher: what a mail with several recipients is said to have come to. */
const SEVERITY: Readonly<Record<MailEnd, number>> = {
  "no-delivery": 1,
  delivered: 2,
  refused: 3,
  bounced: 4,
  "dead-letter": 5,
  dropped: 6,
};

/** Every state; the type above makes forgetting one an error. */
export const MAIL_STATES: readonly MailState[] = ["open", ...Object.keys(SEVERITY) as MailEnd[]];

/** Whether a word names a state. */
export function isMailState(word: string): word is MailState {
  return word === "open" || Object.hasOwn(SEVERITY, word);
}

/** The end of a mail whose recipients came to different ends: the worse one. */
export function worseEnd(a: MailEnd, b: MailEnd): MailEnd {
  return SEVERITY[a] > SEVERITY[b] ? a : b;
}

/** What the journal knows of a mail from its arrival; the events follow separately. */
export interface JournalEntry {
  /** Its queue id. */
  readonly queueId: string;
  /** When its end of data was read, by the wall clock, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** What the dialogue said; for mail of our own the peer is the empty string. */
  readonly envelope: Envelope;
  /** Its `Message-ID` with angle brackets, where it has one; made printable, at most 998 characters. */
  readonly messageId?: string;
  /** Its `Subject`, decoded, where it has one; at most 998 characters. */
  readonly subject?: string;
  /** Size of the message in octets. */
  readonly octets: number;
}

/**
 * What a notice tells, as the `Action` of RFC 3464 §2.3.3. `failed`: nothing is tried any more.
 * `delayed`: it goes on being tried. `relayed`: the next mail server has it, and will report no
 * success. `delivered`: its way ends here, well.
 */
export type NoticeAbout = "failed" | "delayed" | "relayed" | "delivered";

/** One event in the life of a mail; `at` is the wall clock, in milliseconds since the epoch. */
export type JournalEvent =
  | {
    readonly kind: "routed";
    readonly at: number;
    /** Who decided and why, as the log tells it. */
    readonly reason: string;
    /** Where it goes. */
    readonly deliveries: readonly {
      readonly destination: string;
      readonly recipients: readonly string[];
    }[];
    /** The routing's trace (`RouteTrace` of `lib/routing/trace.ts`); plain data. */
    readonly trace?: unknown;
  }
  | {
    readonly kind: "attempt";
    readonly at: number;
    /** Who was tried. */
    readonly destination: string;
    /** How long it took, in milliseconds. */
    readonly tookMs: number;
    /** What became of each recipient, with the remote's reply. */
    readonly outcomes: readonly { readonly recipient: string; readonly outcome: Outcome }[];
  }
  | {
    readonly kind: "answered";
    readonly at: number;
    /** What the notifier was told: `250 2.0.0 queued as 01J…`. */
    readonly reply: string;
    /** How long it waited for that, in milliseconds. */
    readonly tookMs: number;
  }
  | {
    /** The notifier came again with the same mail, and was told the same again. */
    readonly kind: "came-again";
    readonly at: number;
    /** What it was told. */
    readonly reply: string;
  }
  | {
    /**
     * The reverse-path or an `on-failure` action was told of a failure or a delay; or the
     * reverse-path of a success, for which it had asked (RFC 3461).
     */
    readonly kind: "notice";
    readonly at: number;
    /** What about. */
    readonly about: NoticeAbout;
    /** The notice's own queue id. */
    readonly queueId: string;
    /** Whom it goes to. */
    readonly recipients: readonly string[];
  }
  | {
    /** Given up: these recipients did not get it. */
    readonly kind: "failed";
    readonly at: number;
    readonly destination: string;
    readonly recipients: readonly string[];
    readonly reason: string;
  }
  | {
    /** By hand, or by age: `by` says which. */
    readonly kind: "retried" | "dropped";
    readonly at: number;
    readonly by: "operator" | "age";
  }
  | {
    /** Something else that somebody may want to know: a damaged record, a clock that jumped. */
    readonly kind: "remark";
    readonly at: number;
    readonly text: string;
  };

/** A mail as the journal remembers it. */
export interface JournalRecord extends JournalEntry {
  /** How far it has come. */
  readonly state: MailState;
  /** What happened to it, oldest first. */
  readonly events: readonly JournalEvent[];
}
