/**
 * Regular expressions of 2017, which are Python's, as JavaScript's.
 *
 * The two languages agree on nearly everything that configurations use. What differs without an
 * error would change who gets an alert; so it is translated (`(?P<n>…)`, `(?P=n)`, `\A`, `\Z`,
 * `{,3}`, `[]a]`, a leading `(?i)`) or refused.
 *
 * @module
 */

import { problem, type Reading, VALUE, value } from "./reading.ts";

/** Longest pattern, in characters. */
const MAX_LENGTH = 1_000;

/** One piece of a pattern: an escape, the start of a class or group, a quantifier, anything. */
const PIECE = /\\[^]|\[\^?\]?|\(\?P(?:<|=\w+\))|\{,\d+\}|[^]/g;

/** Letters that mean the same after a backslash in both languages; digits refer to groups. */
const SHARED_ESCAPES = /^\\[bBdDsSwWfnrtvxu\d\W_]$/s;

/**
 * Compiles a pattern that is searched in the name of a pipeline.
 *
 * @returns The expression; it has at least one group. A problem for one that does not compile,
 * that has no group, that is longer than 1,000 characters or that means something else in Python.
 */
export function readPattern(text: string): Reading<RegExp> {
  if (text.length > MAX_LENGTH) {
    return problem(`a pattern of ${text.length} characters: expected at most ${MAX_LENGTH}`);
  }
  const [, flags = "", body = ""] = /^(?:\(\?([a-zA-Z]+)\))?([^]*)$/.exec(text) ?? [];
  if (/[^is]/.test(flags)) {
    return problem(`${VALUE}: of Python's flags only i and s are understood`);
  }
  const translated = translate(body);
  if (translated.kind === "problem") return translated;
  try {
    const pattern = new RegExp(translated.value, [...new Set(flags)].join(""));
    // With an empty alternative it always matches, and so tells how many groups there are.
    const groups = new RegExp(`${pattern.source}|`).exec("")?.length ?? 1;
    if (groups > 1) return value(pattern);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(": ").at(-1) ?? "") : "";
    return problem(`${VALUE}: not a regular expression: ${reason.toLowerCase()}`);
  }
  return problem(
    `${VALUE}: no group: expected parentheses around the pipeline's name, such as (.+)-release`,
  );
}

function translate(python: string): Reading<string> {
  let inClass = false;
  let translated = "";
  for (const [piece] of python.matchAll(PIECE)) {
    const next = inClass ? inside(piece) : outside(piece);
    if (next === null) {
      return problem(`${VALUE}: ${JSON.stringify(piece)} means something else in Python: avoid it`);
    }
    translated += next;
    if (!inClass && piece.startsWith("[")) inClass = true;
    else if (inClass && piece.endsWith("]") && !piece.startsWith("\\")) inClass = false;
  }
  return { kind: "value", value: translated };
}

function outside(piece: string): string | null {
  if (piece === "\\A") return "^";
  if (piece === "\\Z") return "$";
  if (piece.startsWith("\\")) return SHARED_ESCAPES.test(piece) ? piece : null;
  if (piece.startsWith("[") && piece.endsWith("]")) return `${piece.slice(0, -1)}\\]`;
  if (piece === "(?P<") return "(?<";
  if (piece.startsWith("(?P=")) return `\\k<${piece.slice(4, -1)}>`;
  if (piece.startsWith("{,")) return `{0${piece.slice(1)}`;
  return piece;
}

function inside(piece: string): string | null {
  if (piece.startsWith("\\")) return SHARED_ESCAPES.test(piece) ? piece : null;
  return piece;
}
