/**
 * The configuration as the file writes it, each value read: between the schema and
 * {@link Configuration}. Keys have their names in the file.
 *
 * @module
 */

import type { Endpoint } from "./endpoint.ts";
import type { LookupShape, ManagerShape, PackShape, TestShape } from "./shape_routing.ts";
import type { ListenPlace } from "./socket.ts";
import type { Action, SmarthostTlsConfig } from "./types.ts";

/** The whole file. */
export interface FileShape {
  /** Our name. */
  readonly hostname?: string | undefined;
  /** Listeners; the one of 2017 is a list of one. */
  readonly "local-smtp": readonly ListenerShape[];
  /** The smarthosts, the preferred one first. */
  readonly "remote-smtp": readonly [SmarthostShape, ...SmarthostShape[]];
  /** Accepted for 2017's sake; unused until there is a Slack destination. */
  readonly "slack-token"?: string | undefined;
  /** The content of the file. */
  readonly "slack-token-file"?: string | undefined;
  /** When to reply. */
  readonly ack: "relayed" | "queued";
  /** Milliseconds. */
  readonly "ack-budget": number;
  /** The store. */
  readonly store: { readonly path: string; readonly "min-free": number };
  /** Milliseconds. */
  readonly queue: QueueShape;
  /** Which mails count as those that came before; the window in milliseconds. */
  readonly duplicates: { readonly window: number; readonly "pass-through": boolean };
  /** What the journal keeps: for milliseconds, and octets. */
  readonly history: {
    readonly text: "full" | "headers" | "none";
    readonly keep: number;
    readonly size: number;
  };
  /** Who is told of mail that is given up. */
  readonly "on-failure": readonly Action[];
  /** Bounds. */
  readonly limits: LimitsShape;
  /** When the file is read again. */
  readonly reload: "on-change" | "on-signal";
  /** Lookups by name. */
  readonly lookups: Readonly<Record<string, LookupShape>>;
  /** The operator's packs. */
  readonly packs: readonly PackShape[];
  /** Managers in order. */
  readonly managers: readonly ManagerShape[];
  /** What routing must do. */
  readonly tests: readonly TestShape[];
}

/** One listener. */
export interface ListenerShape {
  /** Where. */
  readonly listen: ListenPlace;
  /** The mode of a unix socket. */
  readonly mode: number;
  /** Networks that may connect; loopback if it does not say. */
  readonly allow?: readonly string[] | undefined;
  /** What is spoken. */
  readonly protocol: "smtp" | "lmtp";
  /** TLS: either both files or `self-signed`; paths are absolute. */
  readonly tls?: {
    readonly certificate?: string | undefined;
    readonly key?: string | undefined;
    readonly "self-signed": boolean;
    readonly mode: "starttls" | "implicit";
    readonly required: boolean;
  } | undefined;
  /** Authentication; users by name, with their passwords or hashes. */
  readonly auth?: {
    readonly required: boolean;
    readonly "without-tls": boolean;
    readonly users: Readonly<Record<string, string>>;
  } | undefined;
  /** How all peers are served. */
  readonly profile: "strict" | "lenient";
  /** Or those that are served leniently. */
  readonly lenient?: readonly string[] | undefined;
  /** Load balancers. */
  readonly proxy?: readonly string[] | undefined;
  /** Who may say XCLIENT. */
  readonly xclient?: readonly string[] | undefined;
}

/** One mail server. */
export interface SmarthostShape {
  /** Where. */
  readonly server: Endpoint;
  /** How the connection is protected, if it says. */
  readonly tls?: SmarthostTlsConfig["mode"] | undefined;
  /** Absolute path. */
  readonly "tls-ca-file"?: string | undefined;
  /** The name in the certificate. */
  readonly "tls-server-name"?: string | undefined;
  /** Absolute path; only and always with the key. */
  readonly "tls-certificate"?: string | undefined;
  /** Absolute path. */
  readonly "tls-key"?: string | undefined;
  /** Who we are. */
  readonly auth?: SmarthostAuthShape | undefined;
}

/** Who we are: a user with one of password, password file and OAuth. */
export interface SmarthostAuthShape {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password?: string | undefined;
  /** The content of the file. */
  readonly "password-file"?: string | undefined;
  /** The mechanism, if it says. */
  readonly mechanism?: "plain" | "login" | "cram-md5" | "xoauth2" | "oauthbearer" | undefined;
  /** Where access tokens come from; secrets of `…-file` keys are the files' content. */
  readonly oauth?: {
    readonly "token-url": string;
    readonly "client-id": string;
    readonly "client-secret"?: string | undefined;
    readonly "client-secret-file"?: string | undefined;
    readonly "refresh-token"?: string | undefined;
    readonly "refresh-token-file"?: string | undefined;
    readonly scope?: string | undefined;
  } | undefined;
}

/** How deferred deliveries are tried again, in milliseconds. */
export type QueueShape = Readonly<
  Record<
    "first-retry" | "max-retry" | "give-up-after" | "delay-notice" | "dead-letters",
    number
  >
>;

/** Bounds: octets, counts, and milliseconds for `idle` and `transaction`. */
export type LimitsShape = Readonly<
  Record<
    | "message-size"
    | "recipients"
    | "mails-per-connection"
    | "command-line"
    | "errors"
    | "connections"
    | "connections-per-peer"
    | "connections-per-minute"
    | "idle"
    | "transaction",
    number
  >
>;
