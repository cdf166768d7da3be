/**
 * What the file says about routing, each value read: between the schema and `routing_types.ts`. Keys
 * have their names in the file.
 *
 * @module
 */

import type { Condition, Template } from "../language/expression.ts";
import type { Pattern } from "../language/pattern.ts";
import type { NotSent } from "../mail/not_sent.ts";
import type { Action } from "./types.ts";

/** One manager. */
export interface ManagerShape {
  /** Its name. */
  readonly name: string;
  /** Its type, if it says. */
  readonly type?: string | undefined;
  /** Base URL of the GoCD server. */
  readonly url?: string | undefined;
  /** User of the GoCD server. */
  readonly user?: string | undefined;
  /** Password. */
  readonly passwd?: string | undefined;
  /** The content of the file. */
  readonly "passwd-file"?: string | undefined;
  /** Access token. */
  readonly token?: string | undefined;
  /** The content of the file. */
  readonly "token-file"?: string | undefined;
  /** Milliseconds; 0: never. */
  readonly poll: number;
  /** Milliseconds. */
  readonly "poll-grace": number;
  /** Its claim: at least one of the two. */
  readonly "messages-we-want": {
    readonly to?: string | undefined;
    readonly from?: string | undefined;
  };
  /** Whether later managers are asked, too. */
  readonly also: boolean;
  /** When nobody is told. */
  readonly mute: readonly MuteShape[];
  /** Rules in order. */
  readonly rules: readonly RuleShape[];
  /** Actions when no rule holds. */
  readonly otherwise?: readonly Action[] | undefined;
  /** Whether To and From are rewritten. */
  readonly "rewrite-headers": boolean;
}

/** One rule, with a filter, a condition or both. */
export interface RuleShape {
  /** Its name, if it has one. */
  readonly name?: string | undefined;
  /** At least one. */
  readonly actions: readonly Action[];
  /** Its condition. */
  readonly when?: Condition | undefined;
  /** Its filter; function and arguments are read again, together, by `filter.ts`. */
  readonly filter?: {
    readonly events?: readonly string[] | undefined;
    readonly function: string;
    readonly args: readonly string[];
  } | undefined;
  /** When nobody is told. */
  readonly mute: readonly MuteShape[];
  /** Whether later rules are skipped. */
  readonly stop: boolean;
}

/** One time in which nobody is told. */
export interface MuteShape {
  /** Days, 0 is Sunday; absent: every day. */
  readonly days?: readonly (readonly number[])[] | undefined;
  /** Minutes after midnight. */
  readonly from?: number | undefined;
  /** Minutes after midnight. */
  readonly to?: number | undefined;
  /** IANA name. */
  readonly "time-zone": string;
}

/** One lookup. */
export interface LookupShape {
  /** Where. */
  readonly url: Template;
  /** Header fields. */
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  /** How the answer is read. */
  readonly format: "auto" | "json" | "xml";
  /** Milliseconds. */
  readonly timeout: number;
  /** Octets. */
  readonly "max-size": number;
  /** Milliseconds. */
  readonly cache: number;
  /** Milliseconds. */
  readonly "stale-while-revalidate": number;
  /** Milliseconds. */
  readonly "stale-if-error": number;
  /** Networks. */
  readonly allow: readonly string[];
  /** A word, or `value`: then the tree has it. */
  readonly "on-missing": "undecided" | "fails" | "holds" | "value";
}

/** One pack. Its fields and its event are read again, with the groups, by `pack_words.ts`. */
export interface PackShape {
  /** Its name. */
  readonly name: string;
  /** Patterns. */
  readonly match: {
    readonly subject?: Pattern | undefined;
    readonly from?: Pattern | undefined;
    readonly text?: Pattern | undefined;
    readonly headers: Readonly<Record<string, Pattern>>;
  };
  /** Texts with groups in them, or words by a group. */
  readonly fields: Readonly<Record<string, string | ByGroupShape>>;
  /** A word, or words by a group. */
  readonly event?: string | ByGroupShape | undefined;
  /** Mails that it must recognise. */
  readonly samples: readonly SampleShape[];
}

/** Words by the value of a group. */
export interface ByGroupShape {
  /** Which group. */
  readonly group: string;
  /** Value → word. */
  readonly words: Readonly<Record<string, string>>;
}

/** A mail: a file, or its parts. */
export interface MailShape {
  /** Absolute path. */
  readonly file?: string | undefined;
  /** Reverse-path. */
  readonly from?: string | undefined;
  /** Forward-paths. */
  readonly to: readonly string[];
  /** The subject. */
  readonly subject?: string | undefined;
  /** More header fields. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly text: string;
}

/** A mail, and what a pack must find in it. */
export interface SampleShape extends MailShape {
  /** What must come out. */
  readonly expect: {
    readonly event?: string | undefined;
    readonly fields: Readonly<Record<string, string>>;
  };
}

/** One test of the configuration; the tree has its answers of lookups. */
export interface TestShape {
  /** Its name, if it has one. */
  readonly name?: string | undefined;
  /** The mail. */
  readonly mail: MailShape;
  /** Milliseconds since the epoch. */
  readonly at?: number | undefined;
  /** Whether the stage passed or failed before. */
  readonly before?: "success" | "failure" | undefined;
  /** Pipelines by their group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** What must come of it. */
  readonly expect: {
    readonly actions?: readonly string[] | undefined;
    readonly "not-sent"?: NotSent | undefined;
    readonly "passed-through"?: boolean | undefined;
    readonly rules?: readonly string[] | undefined;
    readonly fields?: Readonly<Record<string, string>> | undefined;
    readonly event?: string | undefined;
  };
}
