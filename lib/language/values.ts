/**
 * What the parts of a condition come to: a value, or a doubt.
 *
 * @module
 */

import { isoOf, Moment, Span } from "./moments.ts";
import type { Answered, AttachmentFacts, LookupKnown, Scope } from "./scope.ts";

/** A value: those of JSON, moments and spans, and what a mail has. */
export type Value =
  | Answered
  | Moment
  | Span
  | AttachmentFacts
  | readonly Value[]
  | ReadonlyMap<string, readonly string[]>;

/** No value: lookups must be asked first, or it cannot be told at all. */
export class Doubt {
  /**
   * Names a doubt.
   *
   * @param lookups Those to be asked; empty: nothing helps.
   * @param why In words, without a dot at its end.
   * @param missing The lookups to which it is due.
   */
  constructor(
    readonly lookups: readonly string[],
    readonly why: string,
    readonly missing: readonly string[] = [],
  ) {}
}

/** What one evaluation has at hand. */
export interface Frame {
  /** What is known. */
  readonly scope: Scope;
  /** The item of the list that is walked through; lists are never walked through in each other. */
  item: Value;
  /** How much work may still be done. */
  steps: number;
}

/** A compiled part. Never throws. */
export type Evaluate = (frame: Frame) => Value | Doubt;

/** Work that one evaluation may do; some milliseconds. Without a walk through a list, no part is worth one. */
export const MAX_STEPS = 400_000;

/** Longest list that is walked through. */
export const MAX_ITEMS = 1_000;

/** The doubt of what has no steps left. */
export const TOO_MUCH = new Doubt([], "the mail or the answer is too large to be tested in time");

/** The doubt of what comes when the work for the mail is done. */
export const TOO_LATE = new Doubt([], "too costly after all that was tested of the mail before it");

/** Takes steps off; a doubt when there are no more. */
export function spend(frame: Frame, steps: number): Doubt | null {
  frame.steps -= steps;
  return frame.steps < 0 ? TOO_MUCH : null;
}

/** One doubt of two of which both must be cleared: what cannot be cleared comes first. */
export function bothNeeded(a: Doubt, b: Doubt): Doubt {
  if (a.lookups.length === 0) return b.lookups.length === 0 ? together(a, b) : a;
  return b.lookups.length === 0 ? b : together(a, b);
}

/** One doubt of two of which either may be cleared and decide: what can be asked comes first. */
export function eitherHelps(a: Doubt, b: Doubt): Doubt {
  if (a.lookups.length === 0) return b.lookups.length === 0 ? together(a, b) : b;
  return b.lookups.length === 0 ? a : together(a, b);
}

function together(a: Doubt, b: Doubt): Doubt {
  // What says no more than the other adds nothing; of two doubts for want of work each is itself.
  if (b.lookups.length === 0 && b.missing.every((name) => a.missing.includes(name))) return a;
  const missing = [...new Set([...a.missing, ...b.missing])];
  return new Doubt([...new Set([...a.lookups, ...b.lookups])], a.why, missing);
}

/** A lookup's answer, or why there is none. */
export function answerOf(scope: Scope, name: string): Answered | Doubt {
  const known = scope.lookups.get(name);
  return known?.kind === "answer" ? known.value : doubtOf(name, known) ?? notAsked(name);
}

/** What is to be said of a lookup that has no answer; `null` when it has not been asked. */
export function doubtOf(name: string, known: LookupKnown | undefined): Doubt | null {
  if (known?.kind !== "missing") return null;
  return new Doubt([], `lookup ${name} has no answer: ${known.why}`, [name]);
}

/** The doubt that asking a lookup may clear. */
export function notAsked(name: string): Doubt {
  return new Doubt([name], `lookup ${name} has not been asked`, [name]);
}

/**
 * The doubt about what an answer does not have, or what stands in for one: the lookup is named, but
 * that is no lookup without an answer.
 */
export function notWithin(scope: Scope, lookup: string, source: string): Doubt {
  const known = scope.lookups.get(lookup);
  const isOurs = known?.kind === "answer" && known.standsIn === true;
  const where = isOurs ? "the value of on-missing, which stands in for the answer" : "the answer";
  return new Doubt([], `there is no ${source} in ${where}`, [lookup]);
}

/** A property of its own; `undefined` without one. What is inherited is nobody's answer. */
export function own(value: object, key: string): Value | undefined {
  if (value instanceof Map) return value.get(key);
  return Object.hasOwn(value, key) ? (value as Record<string, Value>)[key] : undefined;
}

/** Whether a value has entries by name. */
export function isMapping(value: Value): value is { readonly [key: string]: Answered } {
  return typeof value === "object" && value !== null && !isList(value) &&
    !(value instanceof Moment) && !(value instanceof Span);
}

/** Whether a value is a list. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The keys of a mapping. */
export function keysOf(value: object): readonly string[] {
  return value instanceof Map ? [...value.keys()] : Object.keys(value);
}

/** A value as people read it: on one line, 100 characters at most. */
export function show(value: Value): string {
  const text = cut(write(value, 3));
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "?");
}

/**
 * The same, but of what has more below it only its size: the members of an answer that nobody has
 * named may be secret.
 */
export function sayValue(value: Value): string {
  if (isList(value)) return value.every(isSingle) ? show(value) : `a list of ${value.length}`;
  return isSingle(value) ? show(value) : `a mapping of ${keysOf(value).length}`;
}

function isSingle(value: Value): value is Exclude<Value, object> | Moment | Span | null {
  return typeof value !== "object" || value === null || value instanceof Moment ||
    value instanceof Span;
}

function write(value: Value, depth: number): string {
  if (typeof value === "string") return JSON.stringify(cut(value)).replaceAll("\\n", " ");
  if (value instanceof Moment) return isoOf(value.ms);
  if (value instanceof Span) return `${value.ms / 1_000}s`;
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === 0) return "…";
  if (isList(value)) {
    return `[${value.slice(0, 20).map((item) => write(item, depth - 1)).join(", ")}]`;
  }
  const entries = keysOf(value).slice(0, 20).map((key) =>
    `${JSON.stringify(cut(key))}: ${write(own(value, key) ?? null, depth - 1)}`
  );
  return `{${entries.join(", ")}}`;
}

function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 96)} ...`;
}
