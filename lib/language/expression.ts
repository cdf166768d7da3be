/**
 * The contracts of conditions and templates: compiled once with the configuration, asked for each
 * mail. Both are pure: same scope, same answer, but for conditions that come when the work for a
 * mail is done.
 *
 * @module
 */

import type { Needs, Scope } from "./scope.ts";

/** A condition in CEL, compiled and type-checked. */
export interface Condition {
  /** As the configuration writes it. */
  readonly text: string;
  /** What it may have to know. */
  readonly needs: Needs;
  /** Tests it. Never throws, whatever a mail or an answer holds. */
  test(scope: Scope): Tested;
}

/** What a condition came to. */
export type Tested =
  /** It holds or it does not. */
  | { readonly kind: "holds" | "fails"; readonly why: Why }
  /** It depends on lookups that have not been asked: ask them, and test again. */
  | { readonly kind: "ask"; readonly lookups: readonly string[] }
  /** It cannot be told: lookups had no answer, or one of another shape; or for another reason. */
  | { readonly kind: "unknown"; readonly missing: readonly string[]; readonly why: Why };

/**
 * What was compared with what, in words: `event == "BREAKS" is false: event is "FIXED"`. A function
 * because most mails pass most rules by, and nobody asks why.
 */
export type Why = () => string;

/** Where a rendered text goes; it decides how what is put in is escaped. */
export type TemplateTarget =
  /** Plain text with line ends: control characters but LF and TAB become blanks. */
  | "text"
  /** One line of a header field or a log: line ends and control characters become one blank. */
  | "line"
  /** A mail address: the whole result must be one, or several with commas between. */
  | "address"
  /** A part of a URL's path, query or fragment: percent-encoded. */
  | "url"
  /** A value of an HTTP header field: visible ASCII and blanks, the rest percent-encoded. */
  | "http-header";

/** A text with `{{name | filter}}` in it, compiled for one target. */
export interface Template {
  /** As the configuration writes it. */
  readonly text: string;
  /** Where it goes. */
  readonly target: TemplateTarget;
  /** What it may have to know. */
  readonly needs: Needs;
  /** Puts the values in. Never throws. */
  render(scope: Scope): Rendered;
}

/** What a template came to. */
export type Rendered =
  /** The text, safe for its target. */
  | {
    readonly kind: "text";
    readonly text: string;
    /** What was left out because it is no address, each in words; there is something in it. */
    readonly dropped?: readonly string[];
  }
  /** It depends on lookups that have not been asked: ask them, and render again. */
  | { readonly kind: "ask"; readonly lookups: readonly string[] }
  /** A value is missing and has no `default`, or the result does not fit its target. */
  | { readonly kind: "unfit"; readonly why: string };

/** A text with `{{name | filter}}` in it where the names are only those of one pattern's groups. */
export interface Words {
  /** As the configuration writes it. */
  readonly text: string;
  /** Puts the values in, as plain text on one line; a name without a value is empty. */
  fill(values: Readonly<Record<string, string>>): string;
}
