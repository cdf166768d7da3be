/**
 * The configuration after parsing: defaults filled in, durations in milliseconds, sizes in
 * octets, variables expanded. Plain types; the schema that makes them stays in `schema.ts`.
 *
 * @module
 */

/** Everything that one configuration file says. */
export interface Configuration {
  /** Our name in the greeting, the EHLO reply and `Received` (key `hostname`). */
  readonly hostname: string;
  /** Where to listen for notifiers (key `local-smtp`); at least one. */
  readonly listeners: readonly ListenerConfig[];
  /** The mail server that takes our outbound mail (key `remote-smtp`). */
  readonly smarthost: SmarthostConfig;
  /** When the notifier gets its reply (key `ack`). `queued` comes with the durable queue. */
  readonly ack: "relayed";
  /** Longest wait for the destinations before the notifier is answered, in ms (key `ack-budget`). */
  readonly ackBudgetMs: number;
  /** Where large messages wait (key `store`). */
  readonly store: StoreConfig;
  /** Bounds on what notifiers may do (key `limits`). */
  readonly limits: Limits;
  /** Who decides about which mail, in order (key `managers`). */
  readonly managers: readonly ManagerConfig[];
}

/** One address to listen on. */
export interface ListenerConfig {
  /** Name or address to bind: `127.0.0.1`, `::1`, `localhost`, `0.0.0.0`. */
  readonly hostname: string;
  /** Port, 0 to 65535; 0 takes a free one. */
  readonly port: number;
  /** Networks whose peers may connect, as addresses or CIDR; default: loopback only. */
  readonly allow: readonly string[];
}

/** The outbound mail server. */
export interface SmarthostConfig {
  /** Name or address. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
}

/** Where the program keeps what does not fit in memory. */
export interface StoreConfig {
  /** Folder, made when first needed. */
  readonly path: string;
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
  /** Open connections of one peer address. */
  readonly connectionsPerPeer: number;
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
