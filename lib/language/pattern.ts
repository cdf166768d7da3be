/**
 * Regular expressions of operators: RE2's, which take linear time whatever is matched against them,
 * so that no mail can make one run for hours.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 * @module
 */

import { RE2JS } from "re2js";
import { compiled, problem } from "./compiled.ts";
import type { Compiled } from "./scope.ts";

/** A compiled pattern. */
export interface Pattern {
  /** As the configuration writes it. */
  readonly source: string;
  /** Names of its named groups, in order. */
  readonly groups: readonly string[];
  /**
   * Searches a text; `null` when it does not match anywhere.
   *
   * @returns The named groups that took part, by name.
   */
  search(text: string): Readonly<Record<string, string>> | null;
  /** Where it matches first, for people: `from` and, behind the match, `to`. */
  find(text: string): { readonly from: number; readonly to: number } | null;
}

/** Longest pattern, in characters. */
export const MAX_PATTERN_CHARACTERS = 1_000;

/** So many characters of a text are searched; what follows them is not looked at. */
export const MAX_SEARCHED_CHARACTERS = 65_536;

/** Instructions of a compiled pattern: `(?:.{1000}){9}` is short to write and slow to run. */
const MAX_INSTRUCTIONS = 5_000;

/**
 * Compiles a pattern of RE2: named groups are `(?<name>…)` or `(?P<name>…)`, `(?i)` in front
 * disregards case. It matches anywhere unless it says `^` and `$`.
 */
export function compilePattern(text: string): Compiled<Pattern> {
  if (text.length > MAX_PATTERN_CHARACTERS) {
    return problem(
      `the pattern has ${text.length} characters; ${MAX_PATTERN_CHARACTERS} are allowed`,
    );
  }
  let machine: RE2JS;
  try {
    machine = RE2JS.compile(text);
  } catch (error) {
    return problem(refusal(text, error));
  }
  if (machine.programSize() > MAX_INSTRUCTIONS) {
    return problem("the pattern repeats too much: use smaller numbers in {…}");
  }
  return compiled(pattern(text, machine));
}

function pattern(source: string, machine: RE2JS): Pattern {
  const indexes: Readonly<Record<string, number>> = machine.namedGroups();
  const groups = Object.entries(indexes).sort(([, a], [, b]) => a - b).map(([name]) => name);
  return {
    source,
    groups,
    search: (text) => search(machine, groups, text.slice(0, MAX_SEARCHED_CHARACTERS)),
    find: (text) => {
      const matcher = machine.matcher(text.slice(0, MAX_SEARCHED_CHARACTERS));
      return matcher.find() ? { from: matcher.start(), to: matcher.end() } : null;
    },
  };
}

function search(
  machine: RE2JS,
  groups: readonly string[],
  text: string,
): Readonly<Record<string, string>> | null {
  // Whether there is a match is told many times faster than where its groups are.
  if (!machine.test(text)) return null;
  // Without a prototype: a group may be called "constructor".
  const found: Record<string, string> = Object.create(null);
  if (groups.length === 0) return found;
  const matcher = machine.matcher(text);
  if (!matcher.find()) return null;
  for (const name of groups) {
    const value = matcher.group(name);
    if (value !== null) found[name] = value;
  }
  return found;
}

/** Perl's constructs that RE2 leaves out, because they need more than linear time. */
const NOT_LINEAR: readonly { readonly shape: RegExp; readonly what: string }[] = [
  { shape: /\(\?<?[=!]/, what: "a lookaround such as (?=…) or (?<!…)" },
  { shape: /\\[1-9]|\\k<|\(\?P=/, what: String.raw`a backreference such as \1` },
  { shape: /\(\?>|[*+?}]\+/, what: "an atomic group or a possessive quantifier such as a++" },
];

function refusal(text: string, error: unknown): string {
  const unlinear = NOT_LINEAR.find(({ shape }) => shape.test(text));
  if (unlinear !== undefined) {
    return `the pattern has ${unlinear.what}, which is not possible in linear time: ` +
      "patterns are those of RE2 (https://github.com/google/re2/wiki/Syntax)";
  }
  const why = error instanceof Error ? error.message : "";
  return `the pattern is malformed: ${why.replace(/^error parsing regexp: /, "")}`;
}
