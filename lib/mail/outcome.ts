/**
 * What became of one attempt to deliver: the one question that every failure must
 * answer is whether trying again can help.
 *
 * @module
 */

import type { Reply } from "./reply.ts";

/** Whose word an outcome is. */
export interface Spoken {
  /** The reply, where the destination speaks SMTP and got that far. */
  readonly reply?: Reply;
  /** Host name of the mail server that said it, where there are several to choose from. */
  readonly server?: string;
}

/** The result of one attempt, for one recipient. */
export type Outcome =
  | Spoken & {
    /** The destination has taken responsibility (RFC 5321 §6.1). */
    readonly kind: "delivered";
    /** What it said. */
    readonly detail: string;
    /**
     * Set where the client asked for NOTIFY=SUCCESS and the destination does not take that duty
     * over: it knows no DSN, so that we report the mail as relayed (RFC 3461 §5.2.2).
     */
    readonly relayed?: "without-dsn";
  }
  | Spoken & {
    /** Not now: trying again later may succeed. */
    readonly kind: "deferred";
    /** Why, without secrets. */
    readonly reason: string;
    /** The destination asked not to be tried again before this many milliseconds. */
    readonly retryAfterMs?: number;
    /** Set where the fault is ours (the message cannot be read): it says nothing of the destination. */
    readonly ownFault?: true;
  }
  | Spoken & {
    /** Never: trying again would give the same answer. */
    readonly kind: "failed";
    /** Why, without secrets. */
    readonly reason: string;
    /** Set where the reply is our own: the server lacks what the mail needs, and was not asked. */
    readonly ownReply?: true;
  };
