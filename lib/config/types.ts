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

/** One address to listen on, and how its peers are served. */
export interface ListenerConfig {
  /** Name or address to bind: `127.0.0.1`, `::1`, `localhost`, `0.0.0.0`; empty for a unix socket. */
  readonly hostname: string;
  /** Port, 0 to 65535; 0 takes a free one, also where there is none. */
  readonly port: number;
  /** The unix socket to listen on instead. */
  readonly unix?: UnixSocketConfig;
  /** Networks whose peers may connect, as addresses or CIDR; default: loopback only. */
  readonly allow: readonly string[];
  /** What is spoken; LMTP (RFC 2033) answers for each recipient. */
  readonly protocol: "smtp" | "lmtp";
  /** TLS (key `tls`); absent: none is offered. */
  readonly tls?: ListenerTlsConfig;
  /** Authentication (key `auth`); absent: none is offered. */
  readonly auth?: ListenerAuthConfig;
  /** Networks whose peers are served leniently; all of them for `profile: lenient`. */
  readonly lenient: readonly string[];
  /** Networks of load balancers that begin each connection with a PROXY header. */
  readonly proxy: readonly string[];
  /** Networks of mail servers that may say XCLIENT. */
  readonly xclient: readonly string[];
}

/** A unix socket to listen on; its peers count as local, whatever `allow` says. */
export interface UnixSocketConfig {
  /** The file. */
  readonly path: string;
  /** Its mode, such as `0o660`. */
  readonly mode: number;
}

/** TLS of one listener. */
export interface ListenerTlsConfig {
  /** Whether the peer asks for it (STARTTLS, RFC 3207) or begins with it (RFC 8314). */
  readonly mode: "starttls" | "implicit";
  /** Whether mail in clear is refused (530); always so with `implicit`. */
  readonly required: boolean;
  /** Where the certificate is; PEM. */
  readonly certificate: CertificateFiles | "self-signed";
}

/** A certificate with its chain, and its key, as PEM files; read again when they change. */
export interface CertificateFiles {
  /** The certificate, then those that signed it. */
  readonly certificateFile: string;
  /** Its key, PKCS #8, PKCS #1 or SEC 1, not encrypted. */
  readonly keyFile: string;
}

/** Authentication of one listener (RFC 4954). */
export interface ListenerAuthConfig {
  /** Whether peers within `allow` must authenticate too; those outside must in any case. */
  readonly required: boolean;
  /** Whether it is offered in clear. */
  readonly withoutTls: boolean;
  /** Name to secret: the password itself, or a hash that `mail2alert hash` has made. */
  readonly users: ReadonlyMap<string, string>;
}

/** One outbound mail server. */
export interface SmarthostConfig {
  /** Name or address. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** How the connection is protected. */
  readonly tls: SmarthostTlsConfig;
  /** Who we say we are; absent: nobody. */
  readonly auth?: SmarthostAuthConfig;
}

/** TLS towards a mail server. */
export interface SmarthostTlsConfig {
  /**
   * `none`: in clear. `opportunistic`: STARTTLS where it is offered, whoever holds the certificate.
   * `required`: STARTTLS, verified, or no mail. `implicit`: TLS from the first octet, verified.
   */
  readonly mode: "none" | "opportunistic" | "required" | "implicit";
  /** PEM file of the authorities that are trusted instead of the system's. */
  readonly caFile?: string;
  /** The name that the certificate must have; the server's own when absent. */
  readonly serverName?: string;
  /** The certificate that we show. */
  readonly certificate?: CertificateFiles;
}

/** How we authenticate towards a mail server. */
export type SmarthostAuthConfig =
  | {
    readonly kind: "password";
    /** The user. */
    readonly user: string;
    /** The password. */
    readonly password: string;
    /** The mechanism to use; absent: the best that is offered. */
    readonly mechanism?: "PLAIN" | "LOGIN" | "CRAM-MD5";
  }
  | {
    readonly kind: "oauth";
    /** The user. */
    readonly user: string;
    /** The mechanism to use; absent: the one that is offered. */
    readonly mechanism?: "XOAUTH2" | "OAUTHBEARER";
    /** Where the access token comes from. */
    readonly token: OAuthConfig;
  };

/** How access tokens are had (RFC 6749): with a refresh token, else with client credentials. */
export interface OAuthConfig {
  /** The token endpoint. */
  readonly url: string;
  /** Who asks. */
  readonly clientId: string;
  /** Its secret; absent for a public client. */
  readonly clientSecret?: string;
  /** The refresh token (§6); absent: client credentials (§4.4). */
  readonly refreshToken?: string;
  /** The scope to ask for. */
  readonly scope?: string;
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
