/**
 * What the session state machine works on: the states of a dialogue, what a step gives, and the
 * limits that it keeps.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import type { Envelope, RecipientDsn } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import type { Quirk } from "./quirks.ts";

/** What one session has used up of its limits. */
export interface Usage {
  /** Mail transactions opened. */
  readonly mails: number;
  /** Protocol errors made. */
  readonly errors: number;
  /** Commands since the last message that brought no mail further: NOOP, RSET, refused MAIL. */
  readonly idleCommands: number;
}

/** What is true of the other side, whatever it calls itself. */
export interface Standing {
  /** Whether TLS is under the dialogue. */
  readonly secure: boolean;
  /** Who it is; absent: it has not authenticated. */
  readonly user?: string;
  /** Whether it may send mail only once it has authenticated, be it that it has. */
  readonly mustAuthenticate: boolean;
  /** Whether what devices do wrong is taken. */
  readonly lenient: boolean;
  /** Whether it may say XCLIENT. */
  readonly mayXclient: boolean;
}

/** The envelope of an open mail transaction, as far as the client has told it. */
export type Transaction = Omit<Envelope, "session">;

/**
 * The recipients of an open mail transaction, the last one first: each RCPT adds one to what was there
 * and copies nothing, so that many cost no more than each of them.
 */
export interface Recipients {
  /** The forward-path of the last one. */
  readonly forwardPath: string;
  /** What NOTIFY and ORCPT said of it; absent: neither was given. */
  readonly dsn?: RecipientDsn;
  /** Those before; `null`: it is the first. */
  readonly before: Recipients | null;
  /** How many there are, this one included. */
  readonly count: number;
}

/** How the client introduced itself. */
export interface Client {
  /** What it calls itself. */
  readonly helo: string;
  /** Whether it said EHLO or LHLO and so may use extensions. */
  readonly extended: boolean;
}

/** What a state knows whatever the phase. */
export interface Known {
  /** What the session has used up. */
  readonly usage: Usage;
  /** What is true of the peer. */
  readonly standing: Standing;
}

/** Where the dialogue stands. */
export type SessionState =
  | Known & { readonly phase: "greeted" | "closed" | "refused" }
  | Known & { readonly phase: "ready"; readonly client: Client }
  | MailState;

/** The state while a mail transaction is open. */
export type MailState = Known & {
  readonly phase: "mail";
  readonly client: Client;
  /** What MAIL said; complete, with the recipients, once chunks have come. */
  readonly transaction: Transaction;
  /** Those of the recipients that were accepted; `null`: none yet. */
  readonly recipients: Recipients | null;
  /** Whether a RCPT of this transaction was refused: it changes what DATA is told. */
  readonly someRefused: boolean;
  /** Whether chunks of the message have come already (RFC 3030). */
  readonly chunking: boolean;
};

/** The sender and the envelope of a message. */
export interface MessageStart {
  /** The envelope. */
  readonly transaction: Transaction;
  /** Its sender. */
  readonly client: Client;
}

/** What the driver has to do besides replying; it does one thing at a time. */
export type Task =
  /** The message follows, up to its end of data. */
  | { readonly kind: "data"; readonly message: MessageStart }
  /** A chunk follows; without `message` it is read and thrown away before the reply. */
  | {
    readonly kind: "chunk";
    readonly octets: number;
    readonly last: boolean;
    readonly message?: MessageStart;
  }
  /** The handshake follows the reply; what came before it is forgotten. */
  | { readonly kind: "tls" }
  /** The exchange takes the place of the reply. */
  | { readonly kind: "sasl"; readonly mechanism: string; readonly initial?: string }
  /** The peer is another one; the greeting takes the place of the reply. */
  | { readonly kind: "xclient"; readonly attributes: ReadonlyMap<string, string | null> };

/** What one command leads to. */
export interface Step {
  /** The state after the command. */
  readonly state: SessionState;
  /** The reply to send. */
  readonly reply: Reply;
  /** What else is to be done; absent: nothing. */
  readonly task?: Task;
  /** What the client did wrong in this state, that was tolerated or would be when lenient. */
  readonly quirk?: Quirk;
}

/** The part of the configuration that the dialogue depends on. */
export interface SessionOptions {
  /** Our name in the greeting and in the reply to EHLO. */
  readonly hostname: string;
  /** What is spoken. */
  readonly protocol: "smtp" | "lmtp";
  /** Whether messages come by DATA alone, and nothing is offered that goes beyond it; as a rule not. */
  readonly basic?: true;
  /** Whether STARTTLS is offered, and whether mail in clear is refused. */
  readonly tls: "none" | "offered" | "required";
  /** Whether authentication is offered, and where. */
  readonly auth: "none" | "with-tls" | "always";
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
