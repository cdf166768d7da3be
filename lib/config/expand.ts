/**
 * Variables of the environment in the values of the configuration, as in 2017 (Python's
 * `os.path.expandvars`), but a variable that is not set is an error instead of itself.
 *
 * @module
 */

/** Looks up a variable; `undefined` when it is not set. */
export type Environment = (name: string) => string | undefined;

/** A text with its variables replaced, and what could not be replaced. */
export interface Expansion {
  /** The text; what could not be replaced stands in it as written. */
  readonly text: string;
  /** Names of variables that are not set. */
  readonly missing: readonly string[];
  /** Whether there is a `${…}` that holds more than a name, such as `${A:-b}`. */
  readonly malformed: boolean;
}

/** Dollars, then a name, a name in braces, or braces that begin like a name. */
const REFERENCE = /(\$+)(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|(\{[A-Za-z_][^}]*\}?))/g;

/**
 * Replaces `$NAME` and `${NAME}`. `$$` before a name is a dollar sign: `$$NAME` means the text
 * `$NAME`. Every other dollar sign stays, so that the `$` of a regular expression survives.
 * Values are not expanded again.
 *
 * @example
 * ```ts
 * import { expandVariables } from "./expand.ts";
 * expandVariables("${A}-(.+)$", () => "x").text; // "x-(.+)$"
 * ```
 */
export function expandVariables(text: string, environment: Environment): Expansion {
  const missing: string[] = [];
  let malformed = false;
  const expanded = text.replace(REFERENCE, (all, dollars: string, bare, braced, odd) => {
    const literal = "$".repeat(Math.floor(dollars.length / 2));
    if (dollars.length % 2 === 0) return `${literal}${all.slice(dollars.length)}`;
    if (odd !== undefined) {
      malformed = true;
      return all;
    }
    const found = environment(bare ?? braced);
    if (found === undefined) missing.push(bare ?? braced);
    return `${literal}${found ?? all.slice(dollars.length - 1)}`;
  });
  return { text: expanded, missing, malformed };
}
