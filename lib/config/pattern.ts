/**
 * Regular expressions of 2017, which are Python's, as RE2's: names of pipelines come from whoever
 * sends a mail, and must not make one run for hours.
 *
 * The two languages agree on nearly everything that configurations use. What differs without an
 * error would change who gets an alert; so it is translated (`(?P<n>…)`, `\A`, `\Z`, `\u002d`,
 * `{,3}`, `[[a]`, a leading `(?i)`) or refused. What takes more than linear time is refused.
 *
 * @module
 */

import { MAX_PATTERN_CHARACTERS, type Pattern } from "../language/pattern.ts";
import { readRe2 } from "./compile.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";

/** What may be one piece of a pattern; else each character is one. */
const PIECES = [
  String.raw`\\u[\da-fA-F]{4}`,
  String.raw`\\x[\da-fA-F]{2}`,
  String.raw`\\[^]`,
  // A bracket right after the first one closes nothing.
  String.raw`\[\^?\]?`,
  String.raw`\(\?P?<[\p{L}_][\p{L}\p{N}_]*>`,
  String.raw`\(\?(?:P=|<?[=!])`,
  // Flags within the pattern.
  String.raw`\(\?[\w-]*\)`,
  String.raw`\{,\d+\}`,
  "[^]",
];

const PIECE = new RegExp(PIECES.join("|"), "gu");

/** What means the same in both languages after a backslash. */
const SHARED_ESCAPE = /^\\(?:[bBdDsSwWfnrtv0]|x..|[^a-zA-Z\d])$/su;

/** What looks around. */
const LOOKAROUND = /^\(\?<?[=!]/;

/** What repeats what a group has found; between brackets it is nothing of the kind. */
const BACKREFERENCE = /^(?:\\[1-9]|\(\?P=)/;

/**
 * Compiles a pattern that is searched in the name of a pipeline.
 *
 * @returns The expression, with the text as its source; it has at least one group. A problem for one
 * that does not compile, that has no group, that is longer than 1,000 characters, that means
 * something else in Python or that takes more than linear time.
 */
export function readPattern(text: string): Reading<Pattern> {
  if (text.length > MAX_PATTERN_CHARACTERS) {
    const most = MAX_PATTERN_CHARACTERS;
    return problem(`a pattern of ${text.length} characters: expected at most ${most}`);
  }
  const [, flags = "", body = ""] = /^(?:\(\?([a-zA-Z]+)\))?([^]*)$/.exec(text) ?? [];
  if (/[^is]/.test(flags)) {
    return problem(`${VALUE}: of Python's flags only i and s are understood`);
  }
  const translated = translate(body);
  if (translated.kind === "problem") return translated;
  const shared = flags === "" ? "" : `(?${[...new Set(flags)].join("")})`;
  // Nothing but flags is nothing, which has no group.
  const pattern = readRe2(`${shared}${translated.value}` || "(?:)");
  if (pattern.kind === "problem") return pattern;
  if (pattern.value.groupCount > 0) return value({ ...pattern.value, source: text });
  return problem(
    `${VALUE}: no group: expected parentheses around the pipeline's name, such as (.+)-release`,
  );
}

function translate(python: string): Reading<string> {
  let inClass = false;
  let translated = "";
  for (const [piece] of python.matchAll(PIECE)) {
    const next = inClass ? inside(piece) : outside(piece);
    if (next === null) return problem(`${VALUE}: ${whyNot(piece, inClass)}`);
    translated += next;
    if (!inClass && piece.startsWith("[")) inClass = true;
    else if (inClass && piece.endsWith("]") && !piece.startsWith("\\")) inClass = false;
  }
  return { kind: "value", value: translated };
}

function outside(piece: string): string | null {
  if (piece === "\\A") return "^";
  if (piece === "\\Z") return "$";
  if (BACKREFERENCE.test(piece) || LOOKAROUND.test(piece)) return null;
  if (piece.startsWith("\\")) return escaped(piece);
  // Nothing refers to the name: it may have letters that RE2 knows none of.
  if (piece.startsWith("(?") && piece.endsWith(">")) return "(";
  if (piece.startsWith("(?") && piece.endsWith(")")) return null;
  if (piece.startsWith("{,")) return `{0${piece.slice(1)}`;
  return piece;
}

/** `[[:alpha:]]` is a class of RE2, and not of Python. */
function inside(piece: string): string | null {
  if (piece.startsWith("\\")) return escaped(piece);
  return piece.startsWith("[") ? `\\${piece}` : piece;
}

function escaped(piece: string): string | null {
  if (/^\\u.{4}$/.test(piece)) return `\\x{${piece.slice(2)}}`;
  if (!SHARED_ESCAPE.test(piece)) return null;
  // RE2 knows it of ASCII only.
  return /^\\[^\0-\x7f]$/u.test(piece) ? piece.slice(1) : piece;
}

function whyNot(piece: string, inClass: boolean): string {
  const shown = JSON.stringify(piece);
  if (!inClass && LOOKAROUND.test(piece)) {
    return `${shown}: a lookaround is not possible in linear time: leave it out, and let a condition ` +
      `of the rule say it beside the filter, such as when: '!fields.pipeline.matches("^test-")'`;
  }
  if (!inClass && BACKREFERENCE.test(piece)) {
    return `${shown}: a backreference is not possible in linear time: write a rule for each name that ` +
      "it may stand for, such as (shop)-shop";
  }
  return `${shown} means something else in Python: avoid it`;
}
