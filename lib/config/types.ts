/**
 * The configuration after parsing: defaults filled in, durations in milliseconds, sizes in
 * octets, variables expanded. Plain types; the schema that makes them stays in `schema.ts`.
 *
 * @module
 */

import type { Action, LookupConfig, ManagerConfig, PackConfig } from "./routing_types.ts";
import type { RoutingTest } from "./sample_types.ts";
import type { ListenerConfig, SmarthostConfig } from "./smtp_types.ts";

export type * from "./routing_types.ts";
export type * from "./sample_types.ts";
export type * from "./smtp_types.ts";

/** Everything that one configuration file says. */
export interface Configuration {
  /** Our name in the greeting, the EHLO reply and `Received` (key `hostname`). */
  readonly hostname: string;
  /** Where to listen for notifiers (key `local-smtp`); at least one. */
  readonly listeners: readonly ListenerConfig[];
  /** The mail servers that take our outbound mail (key `remote-smtp`), the preferred one first. */
  readonly smarthosts: readonly [SmarthostConfig, ...SmarthostConfig[]];
  /**
   * When the notifier gets its reply (key `ack`): `relayed`: when every destination has answered or
   * the budget is spent; `queued`: as soon as the mail is on disk.
   */
  readonly ack: "relayed" | "queued";
  /** Longest wait for the destinations before the notifier is answered, in ms (key `ack-budget`). */
  readonly ackBudgetMs: number;
  /** Where mail is kept until everyone has it (key `store`). */
  readonly store: StoreConfig;
  /** How deferred deliveries are tried again (key `queue`). */
  readonly queue: QueueConfig;
  /** When a mail counts as one that came before (key `duplicates`). */
  readonly duplicates: DuplicatesConfig;
  /** What is remembered of mails (key `history`). */
  readonly history: HistoryConfig;
  /** Who is told, besides the reverse-path, of mail that is given up (key `on-failure`). */
  readonly onFailure: readonly Action[];
  /** Bounds on what notifiers may do (key `limits`). */
  readonly limits: Limits;
  /** Who decides about which mail, in order (key `managers`). */
  readonly managers: readonly ManagerConfig[];
  /** REST queries that conditions and templates may use (key `lookups`). */
  readonly lookups: readonly LookupConfig[];
  /** The operator's own packs, asked before the built-in ones (key `packs`). */
  readonly packs: readonly PackConfig[];
  /** What routing must do with given mails (key `tests`). */
  readonly tests: readonly RoutingTest[];
  /** Whether the file is read again when it changes (key `reload`): `on-change`, or only on SIGHUP. */
  readonly reload: "on-change" | "on-signal";
}

/** Where the program keeps mail and journal. */
export interface StoreConfig {
  /** Folder, made when first needed. */
  readonly path: string;
  /** Space that must stay free beside the store for new mail to be taken, in octets; 0: none. */
  readonly minFreeOctets: number;
}

/** How deferred deliveries are tried again (RFC 5321 §4.5.4.1). */
export interface QueueConfig {
  /** Wait after the first attempt, in ms; it doubles with each. */
  readonly firstRetryMs: number;
  /** Longest wait between two attempts, in ms. */
  readonly maxRetryMs: number;
  /** Age at which a delivery is given up, in ms. */
  readonly giveUpAfterMs: number;
  /** Age at which the reverse-path is told of the delay, in ms; 0: never. */
  readonly delayNoticeMs: number;
  /** How long dead letters are kept, in ms. */
  readonly deadLettersMs: number;
}

/** When a mail that comes again is answered like the first time, and not delivered again. */
export interface DuplicatesConfig {
  /** How long after the first time, in ms; 0: never. */
  readonly windowMs: number;
  /** Whether also mail that no manager wants counts. */
  readonly passThrough: boolean;
}

/** What the journal keeps, and how long. */
export interface HistoryConfig {
  /** What of the message: all of it, its header section, or nothing. */
  readonly text: "full" | "headers" | "none";
  /** Longest time, in ms; 0: there is no journal of mail that is not in the queue. */
  readonly keepMs: number;
  /** Most octets, all together. */
  readonly sizeOctets: number;
}

/** Bounds on one peer, one session, one mail. */
export interface Limits {
  /** Largest message, in octets (RFC 1870); announced as SIZE. */
  readonly messageSizeOctets: number;
  /** Most recipients of one mail (RFC 5321 §4.5.3.1.8); announced as RCPTMAX (RFC 9422). */
  readonly recipients: number;
  /** Most mail transactions of one connection; announced as MAILMAX (RFC 9422). */
  readonly mailsPerConnection: number;
  /** Longest command line, CR LF included, in octets (RFC 5321 §4.5.3.1.4 asks for 512). */
  readonly commandLineOctets: number;
  /** Protocol errors before the session is closed. */
  readonly errors: number;
  /** Open connections in all. */
  readonly connections: number;
  /** Open connections of one peer: an IPv4 address, or an IPv6 network of 64 bits. */
  readonly connectionsPerPeer: number;
  /** Connections of one peer in any minute, loopback excepted. */
  readonly connectionsPerMinute: number;
  /** Longest silence of a peer, in ms (RFC 5321 §4.5.3.2.7 asks for 5 minutes). */
  readonly idleMs: number;
  /** Longest time from DATA to the end of data, in ms. */
  readonly transactionMs: number;
}
