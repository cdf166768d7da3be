/**
 * What conditions and templates may look at: the same names, with the same meaning, in both.
 *
 * | name                      | what                                                          |
 * | ------------------------- | ------------------------------------------------------------- |
 * | `event`                   | what happened, as `filter: {events}` names it; empty: unknown |
 * | `fields.NAME`             | what the pack read: `fields.host`; empty where the mail is silent |
 * | `lookup.NAME.…`           | the answer of the lookup NAME                                 |
 * | `mail.NAME`               | the mail itself, see {@link MailFacts}                        |
 * | `now`                     | when the mail was received                                    |
 *
 * @module
 */

import type { MemberPath } from "./members.ts";
import type { Work } from "./work.ts";

/** The mail, as far as conditions and templates may see it. */
export interface MailFacts {
  /** The queue id. */
  readonly id: string;
  /** The reverse-path; empty for the null reverse-path (`mail.reverse_path`). */
  readonly reversePath: string;
  /** The forward-paths, in order (`mail.recipients`). */
  readonly recipients: readonly string[];
  /** The subject, decoded, on one line; empty without the field. */
  readonly subject: string;
  /** Every header field by its name in lower case: each value decoded, on one line. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The text of the mail with LF line ends; empty unless {@link Needs.text}. */
  readonly text: string;
  /** Octets of the message as received. */
  readonly size: number;
  /** Its attachments; empty unless {@link Needs.text}. */
  readonly attachments: readonly AttachmentFacts[];
  /** Whether the text of the mail goes on where {@link MailFacts.text} ends. */
  readonly textCut?: boolean;
  /** Why the body could not be read: text and attachments are unknown then, not empty. */
  readonly bodyUnread?: string;
  /** The work that conditions may do for the mail; without, each is bounded for itself alone. */
  readonly work?: Work;
}

/** One attachment. */
export interface AttachmentFacts {
  /** Its file name, on one line; empty without one. */
  readonly name: string;
  /** Its media type in lower case: `application/pdf`. */
  readonly type: string;
  /** Its octets after decoding, as far as the mail was read. */
  readonly size: number;
}

/** An answer of a REST API after reading: JSON as it is, XML as mappings, lists and text. */
export type Answered =
  | null
  | boolean
  | number
  | string
  | readonly Answered[]
  | { readonly [key: string]: Answered };

/** What is known of one lookup. */
export type LookupKnown =
  /** It answered; with `standsIn` it did not, and the value is that of `on-missing`. */
  | { readonly kind: "answer"; readonly value: Answered; readonly standsIn?: true }
  /** It has not been asked for this mail. */
  | { readonly kind: "not-asked" }
  /** It was asked in vain; why, in words. */
  | { readonly kind: "missing"; readonly why: string };

/** Everything at one moment. */
export interface Scope {
  /** The mail. */
  readonly mail: MailFacts;
  /** What the pack read; a name that it did not find is absent and counts as empty. */
  readonly fields: Readonly<Record<string, string>>;
  /** The event; empty when there is none. */
  readonly event: string;
  /** The lookups by name; those that are configured and not in here have not been asked. */
  readonly lookups: ReadonlyMap<string, LookupKnown>;
  /** When the mail was received, in milliseconds since the epoch (`now`). */
  readonly nowMs: number;
}

/** Which names there are: what else is named is an error of the configuration. */
export interface Names {
  /** Fields that the packs may find; what else is named is an error. */
  readonly fields: ReadonlySet<string>;
  /** Lookups that are configured. */
  readonly lookups: ReadonlySet<string>;
  /** Everything that `event`, `fields.severity` and the like can be, where that is known. */
  readonly words?: ReadonlyMap<string, readonly string[]>;
}

/** What must be read or asked before a condition or template can be sure of an answer. */
export interface Needs {
  /** Lookups that it names. */
  readonly lookups: readonly string[];
  /** What it looks at in their answers; absent: nothing. */
  readonly members?: readonly MemberPath[];
  /** Whether it names `mail.text` or `mail.attachments`: the body must be read. */
  readonly text: boolean;
  /** Whether it names `event` or a field: a pack must have read the mail. */
  readonly reading: boolean;
}

/** A value that was compiled, or what is wrong with the text; the text holds no secret. */
export type Compiled<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "problem"; readonly text: string };
