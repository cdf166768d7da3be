/**
 * The configuration after parsing: defaults filled in, durations in milliseconds, sizes in
 * octets, variables expanded. Plain types; the schema that makes them stays in `schema.ts`.
 *
 * @module
 */

import type { ListenerConfig, SmarthostConfig } from "./smtp_types.ts";

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

/** One manager: what it claims, and its rules. */
export interface ManagerConfig {
  /** Its name, unique. */
  readonly name: string;
  /** What it understands; defaults to the name. */
  readonly type: "mail" | "gocd";
  /** Which mails it claims. As in 2017 `to` decides alone; a `from` beside it says nothing. */
  readonly wants: { readonly to: string; readonly from?: string } | { readonly from: string };
  /** Its rules, in order. */
  readonly rules: readonly RuleConfig[];
  /** Actions when no rule holds; absent when the key is not there at all. */
  readonly otherwise?: readonly Action[];
  /** Whether `To` and `From` of claimed mail are rewritten, as in 2017. Default true. */
  readonly rewriteHeaders: boolean;
  /** The GoCD server; only and always for `gocd`. */
  readonly gocd?: GocdConfig;
}

/** How to reach a GoCD server. */
export interface GocdConfig {
  /** Base URL, such as `https://gocd.example.com/go`, without a trailing slash. */
  readonly url: string;
  /** Basic authentication; absent: anonymous, unless there is a token. */
  readonly basic?: { readonly user: string; readonly password: string };
  /** Access token for `Authorization: bearer` (GoCD 19.2.0 and later). */
  readonly token?: string;
}

/** A filter and the actions that follow when it holds. */
export interface RuleConfig {
  /** Its name, or `rule 3` counted from 1. */
  readonly name: string;
  /** What to do when the filter holds; at least one. */
  readonly actions: readonly Action[];
  /** When to do it. */
  readonly filter: FilterConfig;
  /** Whether the rules after this one are skipped when it holds. Default false. */
  readonly stop: boolean;
}

/** The 2017 form of a condition. */
export interface FilterConfig {
  /** Events of which one must be the mail's; absent: any mail, with or without an event. */
  readonly events?: readonly string[];
  /** The function and its checked arguments. */
  readonly test: FilterTest;
}

/** A rule function with its arguments, checked. */
export type FilterTest =
  | { readonly function: "mail.in_subject"; readonly words: readonly string[] }
  | { readonly function: "pipelines.any" }
  | { readonly function: "pipelines.in_group"; readonly group: string }
  | {
    readonly function: "pipelines.name_like_in_group";
    /** Compiled from the first argument; has at least one group. */
    readonly pattern: RegExp;
    readonly group: string;
  };

/** What to do with a mail; `text` is how the configuration wrote it. */
export type Action =
  | { readonly kind: "mailto"; readonly address: string; readonly text: string }
  | { readonly kind: "discard"; readonly text: string };
