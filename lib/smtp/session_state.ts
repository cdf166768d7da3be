/**
 * What the session state machine works on: the states of a dialogue, what a step gives, and the
 * limits that it keeps.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";

/** What one session has used up of its limits. */
export interface Usage {
  /** Mail transactions opened. */
  readonly mails: number;
  /** Protocol errors made. */
  readonly errors: number;
  /** Commands since the last message that brought no mail further: NOOP, RSET, refused MAIL. */
  readonly idleCommands: number;
}

/** The envelope of an open mail transaction, as far as the client has told it. */
export type Transaction = Omit<Envelope, "session">;

/** How the client introduced itself. */
export interface Client {
  /** What it calls itself. */
  readonly helo: string;
  /** Whether it said EHLO and so may use extensions. */
  readonly extended: boolean;
}

/** Where the dialogue stands. */
export type SessionState =
  | { readonly phase: "greeted" | "closed"; readonly usage: Usage }
  | { readonly phase: "refused"; readonly usage: Usage }
  | { readonly phase: "ready"; readonly usage: Usage; readonly client: Client }
  | {
    readonly phase: "mail";
    readonly usage: Usage;
    readonly client: Client;
    readonly transaction: Transaction;
    /** Whether a RCPT of this transaction was refused: it changes what DATA is told. */
    readonly someRefused: boolean;
  };

/** What one command leads to. */
export interface Step {
  /** The state after the command. */
  readonly state: SessionState;
  /** The reply to send. */
  readonly reply: Reply;
  /** Present when the message follows: its envelope and its sender. */
  readonly message?: { readonly transaction: Transaction; readonly client: Client };
}

/** The part of the configuration that the dialogue depends on. */
export interface SessionOptions {
  /** Our name in the greeting and in the reply to EHLO. */
  readonly hostname: string;
  /** The limits that are announced, and those that are only enforced. */
  readonly limits: Pick<
    Limits,
    "messageSizeOctets" | "recipients" | "mailsPerConnection" | "errors"
  >;
}

/** Commands without a mail before the session is closed: NOOP floods, RSET and MAIL loops. */
export const IDLE_COMMANDS = 1000;

/** Commands of a refused peer before it is closed (RFC 5321 §3.1 wants it to be able to QUIT). */
export const REFUSED_COMMANDS = 3;
