/**
 * The functions of conditions: what CEL's standard and its extension for strings call so. What is
 * not in these tables does not exist. They are written by hand because the work that a mail can
 * cause must be counted.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
 * @module
 */

import { isMoment, Moment, readMoment, readSpan, Span, type Wall, wallOf } from "./moments.ts";
import { type Doubt, type Frame, isList, isMapping, keysOf, spend, type Value } from "./values.ts";

/** A function; its first value is what stands before the dot, if anything does. */
export type Run = (frame: Frame, values: readonly Value[]) => Value | Doubt | undefined;

/** So many characters take a step. */
const CHARACTERS_A_STEP = 64;

/** Called as `text.contains("x")`. What is given another type than it takes gives `undefined`. */
export const METHODS: Readonly<Record<string, Run>> = {
  contains: (frame, [text, wanted]) =>
    bothTexts(text, wanted) ? contains(frame, text as string, wanted as string) : undefined,
  startsWith: (_, [text, wanted]) =>
    bothTexts(text, wanted) ? (text as string).startsWith(wanted as string) : undefined,
  endsWith: (_, [text, wanted]) =>
    bothTexts(text, wanted) ? (text as string).endsWith(wanted as string) : undefined,
  lowerAscii: (frame, [text]) =>
    rewritten(frame, text, (t) => t.replace(/[A-Z]+/g, (run) => run.toLowerCase())),
  upperAscii: (frame, [text]) =>
    rewritten(frame, text, (t) => t.replace(/[a-z]+/g, (run) => run.toUpperCase())),
  trim: (frame, [text]) => rewritten(frame, text, (t) => t.trim()),
  size: (frame, [value]) => sizeOf(frame, value ?? null),
};

/** Called as `size(x)`. */
export const FUNCTIONS: Readonly<Record<string, Run>> = {
  size: (frame, [value]) => sizeOf(frame, value ?? null),
  string: (_, [value]) =>
    ["string", "number", "boolean"].includes(typeof value) ? String(value) : undefined,
  int: (_, [value]) => toNumber(value ?? null, /^[+-]?\d{1,16}$/, Math.trunc),
  double: (_, [value]) =>
    toNumber(value ?? null, /^[+-]?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?$/i),
  timestamp: (_, [value]) => moment(value ?? null),
  duration: (_, [value]) => {
    const ms = typeof value === "string" ? readSpan(value) : null;
    return ms === null ? undefined : new Span(ms);
  },
};

/** Called as `now.getHours("Europe/Berlin")`; months, and days of the week from Sunday, from 0. */
export const CALENDAR: Readonly<Record<string, (wall: Wall) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month - 1,
  getDate: ({ day }) => day,
  getDayOfMonth: ({ day }) => day - 1,
  getDayOfWeek: ({ weekday }) => weekday,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: ({ second }) => second,
};

/** Length of a unit of time, for spans: `(now - x).getHours()`. */
const SPANS: Readonly<Record<string, number>> = {
  getHours: 3_600_000,
  getMinutes: 60_000,
  getSeconds: 1_000,
};

/** Reads a calendar in a zone, or a span. */
export function onCalendar(name: string, value: Value, zone: string): number | undefined {
  if (value instanceof Moment) return CALENDAR[name]?.(wallOf(value.ms, zone));
  const unitMs = SPANS[name];
  return value instanceof Span && unitMs !== undefined ? Math.trunc(value.ms / unitMs) : undefined;
}

function bothTexts(a: Value | undefined, b: Value | undefined): boolean {
  return typeof a === "string" && typeof b === "string";
}

/** The search of the runtime takes the product of both lengths at worst, and a mail may choose both. */
function contains(frame: Frame, text: string, wanted: string): boolean | Doubt {
  const worst = wanted.length > 100 ? wanted.length / 4 : 1;
  return spend(frame, text.length * worst / CHARACTERS_A_STEP) ?? text.includes(wanted);
}

function rewritten(
  frame: Frame,
  text: Value | undefined,
  rewrite: (text: string) => string,
): string | Doubt | undefined {
  if (typeof text !== "string") return undefined;
  return spend(frame, text.length / CHARACTERS_A_STEP) ?? rewrite(text);
}

/** Of a text, its characters as CEL counts them: those beyond U+FFFF are one. */
function sizeOf(frame: Frame, value: Value): number | Doubt | undefined {
  if (typeof value === "string") {
    const pairs = /[\ud800-\udbff][\udc00-\udfff]/g;
    return spend(frame, value.length / CHARACTERS_A_STEP) ??
      value.length - (value.match(pairs)?.length ?? 0);
  }
  if (isList(value)) return value.length;
  return isMapping(value) ? keysOf(value).length : undefined;
}

function toNumber(
  value: Value,
  shape: RegExp,
  round: (n: number) => number = (n) => n,
): number | undefined {
  if (typeof value === "number") return round(value);
  return typeof value === "string" && shape.test(value) ? Number(value) : undefined;
}

function moment(value: Value): Moment | undefined {
  const ms = typeof value === "string"
    ? readMoment(value)
    : typeof value === "number"
    ? value * 1_000
    : null;
  return ms !== null && isMoment(ms) ? new Moment(ms) : undefined;
}
