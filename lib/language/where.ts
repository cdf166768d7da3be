/**
 * Where in a long text a condition found what it looked for, for people: the first hundred characters
 * of a mail seldom say it.
 *
 * @module
 */

import { literalOf } from "./evaluate_call.ts";
import { compilePattern } from "./pattern.ts";
import type { Call } from "./syntax.ts";

/** A text of so many characters is shown as a whole. */
const WHOLE = 100;

/** So many characters are shown before and after what was found. */
const AROUND = 30;

/** Most characters of what was found itself. */
const MAX_FOUND = 60;

/** An excerpt around what was found in a text that is too long to be shown. */
export interface Place {
  /** The excerpt. */
  readonly text: string;
  /** Where what was found begins, in characters from 1. */
  readonly at: number;
}

/**
 * Finds the place.
 *
 * @param call A call that holds, of a function that searches; any other has no place.
 * @param text What it searched.
 * @param wanted What it searched for, unless that is a pattern.
 */
export function placeIn({ name, args }: Call, text: string, wanted: unknown): Place | null {
  if (text.length <= WHOLE) return null;
  if (name === "matches") {
    const pattern = compilePattern(literalOf(args[0]) ?? "");
    const span = pattern.kind === "value" ? pattern.value.find(text) : null;
    return span === null ? null : excerpt(text, span.from, span.to);
  }
  if (typeof wanted !== "string") return null;
  const from = name === "contains"
    ? text.indexOf(wanted)
    : name === "endsWith"
    ? text.length - wanted.length
    : -1;
  return from < 0 ? null : excerpt(text, from, from + wanted.length);
}

function excerpt(text: string, from: number, to: number): Place {
  const begin = Math.max(0, from - AROUND);
  const end = Math.min(text.length, Math.min(to, from + MAX_FOUND) + AROUND);
  const before = begin > 0 ? "... " : "";
  const after = end < text.length ? " ..." : "";
  return { text: `${before}${text.slice(begin, end)}${after}`, at: from + 1 };
}
