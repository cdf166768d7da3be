/**
 * What the configuration says about routing: managers, rules, conditions, lookups and packs.
 *
 * @module
 */

import type { Condition, Template, Words } from "../language/expression.ts";
import type { Answered } from "../language/scope.ts";
import type { Pattern } from "../language/pattern.ts";
import type { PackSample } from "./sample_types.ts";

/** One manager: what it claims, and its rules. */
export interface ManagerConfig {
  /** Its name, unique. */
  readonly name: string;
  /**
   * What it understands; defaults to the name where that is a type, else to `mail`. `mail`: any mail,
   * read by whichever pack recognises it; else the name of a pack, built in or configured, that
   * reads first; `gocd` also asks the GoCD server.
   */
  readonly type: string;
  /** Which mails it claims. As in 2017 `to` decides alone; a `from` beside it says nothing. */
  readonly wants: { readonly to: string; readonly from?: string } | { readonly from: string };
  /**
   * Whether the managers after it are asked too when it has claimed a mail, and where it claims by
   * `from`, whether those get it whom nobody claims. Default false.
   */
  readonly also: boolean;
  /** Its rules, in order. */
  readonly rules: readonly RuleConfig[];
  /** Actions when no rule holds; absent when the key is not there at all. */
  readonly otherwise?: readonly Action[];
  /** When none of its actions is taken; the rules are tested all the same. */
  readonly mute: readonly MuteWindow[];
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
  /**
   * How often cctray is asked for stages that broke or were fixed without a mail, in ms (key
   * `poll`); 0: never, the default. At least 10 s.
   */
  readonly pollMs: number;
  /** How long the mail of a stage may take before cctray's word counts, in ms (key `poll-grace`). */
  readonly pollGraceMs: number;
}

/** A filter, a condition or both, and the actions that follow when both hold. */
export interface RuleConfig {
  /** Its name, or `rule 3` counted from 1. */
  readonly name: string;
  /** What to do; at least one. */
  readonly actions: readonly Action[];
  /** The 2017 form of a condition; absent: nothing is asked of it. One of filter and when is there. */
  readonly filter?: FilterConfig;
  /** The condition in CEL (key `when`). */
  readonly when?: Condition;
  /** When its actions are not taken, though it holds. */
  readonly mute: readonly MuteWindow[];
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
    /** Compiled from the first argument, as `source` has it; has at least one group. */
    readonly pattern: Pattern;
    readonly group: string;
  };

/** What to do with a mail; `text` is how the configuration wrote it, on one line. */
export type Action =
  | {
    readonly kind: "mailto";
    /** One address in canonical form. */
    readonly address: string;
    readonly text: string;
    /** What replaces the mail's own words; absent: nothing. */
    readonly words?: ActionWords;
  }
  /** The same with an address that is known only when the mail is there: `{{lookup.owner.email}}`. */
  | {
    readonly kind: "mailto-template";
    /** Renders to one address, or several with commas between. */
    readonly address: Template;
    readonly text: string;
    readonly words?: ActionWords;
  }
  | { readonly kind: "discard"; readonly text: string };

/** Words of an action in mapping form: `{mailto: …, subject: …, text: …}`. */
export interface ActionWords {
  /** The new subject. */
  readonly subject?: Template;
  /** The text that goes out instead of the mail's body (key `text`). */
  readonly body?: Template;
}

/** A time in which nobody is to be told (key `mute`), in the wall clock of a time zone. */
export interface MuteWindow {
  /** As the configuration writes it, for the trace: `sat-sun 22:00-06:00 Europe/Berlin`. */
  readonly text: string;
  /** Days on which it begins, 0 is Sunday; never empty. */
  readonly days: readonly number[];
  /** Begin, in minutes after midnight. */
  readonly fromMinute: number;
  /** End, in minutes after midnight; not after the begin: on the next day. 1440: midnight. */
  readonly toMinute: number;
  /** IANA name of the time zone: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** One REST query (key `lookups`), by name. */
export interface LookupConfig {
  /** Its name, as conditions and templates say it. */
  readonly name: string;
  /** Where; only its path and query hold templates. */
  readonly url: Template;
  /** What variables put into its path and query: hidden wherever the URL is shown. */
  readonly secrets?: readonly string[];
  /** Header fields; their values may hold secrets, and never reach a log. */
  readonly headers: readonly { readonly name: string; readonly value: Template }[];
  /** What the answer is; `auto`: what its media type says (`xml` there: XML, else JSON). */
  readonly format: "auto" | "json" | "xml";
  /** Longest time for one request, in ms; also how long a mail waits. Default 2 s, most 30 s. */
  readonly timeoutMs: number;
  /** Largest answer, in octets. Default 1 MB. */
  readonly maxOctets: number;
  /** How long an answer is used without asking again, in ms (key `cache`). Default 5 min. */
  readonly cacheMs: number;
  /** How much longer it is used while it is asked for again, in ms. Default 0. */
  readonly staleWhileRevalidateMs: number;
  /** How much longer it is used while the server fails, in ms. Default 1 day. */
  readonly staleIfErrorMs: number;
  /** Private and loopback networks that the host may be in (CIDR); none when empty. */
  readonly allow: readonly string[];
  /** What holds when there is no answer. */
  readonly onMissing: OnMissing;
}

/**
 * What a rule comes to that needs an answer which is not there. `undecided` (default): as for a GoCD
 * server that is silent; `fails` and `holds`: the rule; `value`: this stands in for the answer. Of
 * several lookups without an answer the strictest counts, in this order. An answer that lacks what a
 * rule asks for is an answer: the rule is undecided.
 */
export type OnMissing =
  | { readonly kind: "undecided" | "fails" | "holds" }
  | { readonly kind: "value"; readonly value: Answered };

/** A pack of the operator (key `packs`). */
export interface PackConfig {
  /** Its name: not one of a built-in pack. */
  readonly name: string;
  /** All of them must match, each somewhere in its text, for a mail to be this sender's. */
  readonly match: readonly PackPattern[];
  /** Fields by name, filled from the named groups of the patterns; empty: not this field. */
  readonly fields: ReadonlyMap<string, Words>;
  /** The event: a word, or `{{name}}` and words by what it is. */
  readonly event?: PackEvent;
  /** Mails that it must recognise, with what it must find in them. */
  readonly samples: readonly PackSample[];
}

/** One pattern of a pack, and what it is tried on. */
export interface PackPattern {
  /** `subject`, `from`, `text`, or a header field's name in lower case with `header.` before it. */
  readonly on: string;
  /** Linear-time regular expression (RE2); its named groups become fields. */
  readonly pattern: Pattern;
}

/** The event of an operator's pack. */
export type PackEvent =
  /** Always this one. */
  | { readonly kind: "word"; readonly word: string }
  /** By the value of a named group, compared in any case; a value that is not in it: no event. */
  | {
    readonly kind: "by-group";
    readonly group: string;
    readonly words: ReadonlyMap<string, string>;
  };
