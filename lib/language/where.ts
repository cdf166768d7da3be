/**
 * Where in a long text a condition found what it looked for, for people: the first hundred characters
 * of a mail seldom say it.
 *
 * @module
 */

import { patternOf } from "./evaluate_call.ts";
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

/** What came of looking for a place. */
export interface Sought {
  /** It; `null` when there is none. */
  readonly place: Place | null;
  /** The work that it took, in steps. */
  readonly steps: number;
}

/** No place, at no cost. */
export const NOWHERE: Sought = { place: null, steps: 0 };

/**
 * Finds the place.
 *
 * @param call A call that holds, of a function that searches; any other has no place.
 * @param text What it searched.
 * @param wanted What it searched for, unless that is a pattern.
 */
export function placeIn(call: Call, text: string, wanted: unknown): Sought {
  if (text.length <= WHOLE) return NOWHERE;
  const { name } = call;
  if (name === "matches") {
    const pattern = patternOf(call);
    if (pattern.kind === "problem") return NOWHERE;
    const { span, steps } = pattern.value.find(text);
    return { place: span === null ? null : excerpt(text, ...span), steps };
  }
  if (typeof wanted !== "string") return NOWHERE;
  const from = name === "contains"
    ? text.indexOf(wanted)
    : name === "endsWith"
    ? text.length - wanted.length
    : -1;
  return from < 0 ? NOWHERE : { place: excerpt(text, from, from + wanted.length), steps: 0 };
}

/** How far a pattern searched a text in vain. */
export interface Reach {
  /** So many characters; `null`: all of it, or it found something. */
  readonly characters: number | null;
  /** The work that it took to find out, in steps. */
  readonly steps: number;
}

/** It searched all, at no cost. */
export const NO_REACH: Reach = { characters: null, steps: 0 };

/** Tells how far a call of `matches` searched. */
export function reachIn(call: Call, text: string): Reach {
  const pattern = patternOf(call);
  if (pattern.kind === "problem" || text.length <= pattern.value.sure) return NO_REACH;
  const { found, characters, steps } = pattern.value.test(text);
  return { characters: found || characters === text.length ? null : characters, steps };
}

function excerpt(text: string, from: number, to: number): Place {
  const begin = Math.max(0, from - AROUND);
  const end = Math.min(text.length, Math.min(to, from + MAX_FOUND) + AROUND);
  const before = begin > 0 ? "... " : "";
  const after = end < text.length ? " ..." : "";
  return { text: `${before}${text.slice(begin, end)}${after}`, at: from + 1 };
}
