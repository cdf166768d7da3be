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
import { type Searched, Searcher } from "./search.ts";
import { affords, type Work } from "./work.ts";

/** A compiled pattern. */
export interface Pattern {
  /** As the configuration writes it. */
  readonly source: string;
  /** Names of its named groups, in order. */
  readonly groups: readonly string[];
  /** How many groups it has, with a name or without. */
  readonly groupCount: number;
  /**
   * Searches a text; `null` when it does not match anywhere.
   *
   * @param work What it may cost; without, nobody counts.
   * @returns The named groups that took part, by name.
   */
  search(text: string, work?: Work): Readonly<Record<string, string>> | null;
  /**
   * What its first group finds where it matches first: `null` when it does not match anywhere,
   * `undefined` when the group took no part, or is none.
   *
   * @param work What the search is charged to; without, nobody counts.
   */
  first(text: string, work?: Work): string | null | undefined;
  /** Tells whether it matches anywhere. */
  test(text: string): Searched;
  /** Characters that are searched in any text; of most texts it is all. */
  readonly sure: number;
  /** The steps that a search takes at most. */
  worst(text: string): number;
  /** Where it matches first, for people: `from` and, behind the match, `to`; `null` also too far in. */
  find(text: string): Place;
}

/** Where a pattern matches, and the steps that it took to find out. */
export interface Place {
  /** From where to where; `null` when that is nowhere. */
  readonly span: readonly [number, number] | null;
  /** The steps. */
  readonly steps: number;
}

/** Longest pattern, in characters. */
export const MAX_PATTERN_CHARACTERS = 1_000;

/** So many characters of a text are searched; what follows them is not looked at. */
const MAX_SEARCHED_CHARACTERS = 65_536;

/** Instructions of a compiled pattern: `(?:.{1000}){9}` is short to write and slow to run. */
const MAX_INSTRUCTIONS = 1_000;

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
    return problem(
      `the pattern is too large: repeated, it has ${machine.programSize()} steps, and ` +
        `${MAX_INSTRUCTIONS} are allowed: use smaller numbers in {…}, or .* for .{0,500}`,
    );
  }
  return compiled(pattern(text, machine));
}

function pattern(source: string, machine: RE2JS): Pattern {
  const indexes: Readonly<Record<string, number>> = machine.namedGroups();
  const groups = Object.entries(indexes).sort(([, a], [, b]) => a - b).map(([name]) => name);
  const searcher = new Searcher(machine);
  const cut = (text: string) => text.slice(0, MAX_SEARCHED_CHARACTERS);
  return {
    source,
    groups,
    groupCount: machine.groupCount(),
    sure: Math.min(searcher.sure, MAX_SEARCHED_CHARACTERS),
    search: (text, work) => search(searcher, groups, { text: cut(text), work }),
    first: (text, work) => first(searcher, machine.groupCount(), { text: cut(text), work }),
    test: (text) => searcher.test(cut(text)),
    worst: (text) => searcher.worst(cut(text)),
    find: (text) => {
      const { found, steps } = searcher.find(cut(text));
      return { span: found?.span ?? null, steps };
    },
  };
}

function search(
  searcher: Searcher,
  groups: readonly string[],
  { text, work }: { readonly text: string; readonly work: Work | undefined },
): Readonly<Record<string, string>> | null {
  if (work !== undefined && !affords(work.left, searcher.worst(text))) return null;
  // Whether there is a match is told many times faster than where its groups are.
  const { found, steps } = searcher.test(text);
  work?.spend(steps);
  if (!found) return null;
  // Without a prototype: a group may be called "constructor".
  const values: Record<string, string> = Object.create(null);
  if (groups.length === 0) return values;
  const match = searcher.find(text);
  work?.spend(match.steps);
  if (match.found === null) return null;
  for (const name of groups) {
    const value = match.found.group(name);
    if (value !== null) values[name] = value;
  }
  return values;
}

function first(
  searcher: Searcher,
  groupCount: number,
  { text, work }: { readonly text: string; readonly work: Work | undefined },
): string | null | undefined {
  // As above: most names are not like it.
  const { found, steps } = searcher.test(text);
  work?.spend(steps);
  if (!found) return null;
  const match = searcher.find(text);
  work?.spend(match.steps);
  if (match.found === null) return null;
  return groupCount === 0 ? undefined : match.found.group(1) ?? undefined;
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
  const meant = !/(?:missing closing|unexpected) [)\]]/.test(why)
    ? ""
    : "; a bracket that stands for itself has a \\ in front";
  return `the pattern is malformed: ${why.replace(/^error parsing regexp: /, "")}${meant}`;
}
