/**
 * What stands between two values of a condition. JSON has one kind of number; so has this: `3` is
 * `3.0`, and whole numbers are divided as whole ones, as in CEL.
 *
 * @module
 */

import { Moment, Span } from "./moments.ts";
import type { Operator } from "./syntax.ts";
import { Doubt, type Frame, isList, isMapping, keysOf, own, spend, type Value } from "./values.ts";

/** Longest text that is put together, in characters. */
const MAX_CHARACTERS = 262_144;

/** Deepest answer that is compared entry by entry. */
const MAX_DEPTH = 50;

/** What is to be done with two values. */
export interface Operation {
  /** What stands between them. */
  readonly operator: Operator;
  /** Whether the result is a fraction by its type: `5.0 / 2.0`. */
  readonly fraction: boolean;
}

/** Puts two values together; `undefined` when they do not fit. */
export function operate(
  { operator, fraction }: Operation,
  [left, right]: readonly [Value, Value],
  frame: Frame,
): Value | Doubt | undefined {
  switch (operator) {
    case "==":
      return equal(left, right, frame);
    case "!=": {
      const same = equal(left, right, frame);
      return same instanceof Doubt ? same : !same;
    }
    case "in":
      return within(left, right, frame);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return ordered(operator, left, right);
    default:
      return computed({ operator, fraction }, left, right);
  }
}

/** Whether two values are the same; those of different types are not. */
function equal(a: Value, b: Value, frame: Frame, depth = 0): boolean | Doubt {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const much = spend(frame, depth > MAX_DEPTH ? Infinity : 1);
  if (much !== null) return much;
  if (a instanceof Moment || a instanceof Span) {
    return a.constructor === b.constructor && a.ms === (b as Moment | Span).ms;
  }
  if (isList(a) !== isList(b) || !isMapping(a) && !isList(a)) return false;
  const keys = isList(a) ? [...a.keys()].map(String) : keysOf(a);
  if (keys.length !== (isList(b) ? b.length : keysOf(b).length)) return false;
  for (const key of keys) {
    const there = own(b, key);
    if (there === undefined) return false;
    const same = equal(own(a, key) ?? null, there, frame, depth + 1);
    if (same !== true) return same;
  }
  return true;
}

function within(item: Value, container: Value, frame: Frame): boolean | Doubt | undefined {
  if (isList(container)) {
    const much = spend(frame, container.length);
    if (much !== null) return much;
    for (const candidate of container) {
      const same = equal(item, candidate, frame);
      if (same !== false) return same;
    }
    return false;
  }
  if (!isMapping(container)) return undefined;
  return typeof item === "string" && own(container, item) !== undefined;
}

function ordered(operator: Operator, a: Value, b: Value): boolean | undefined {
  if (a instanceof Moment && b instanceof Moment || a instanceof Span && b instanceof Span) {
    return inOrder(operator, a.ms, b.ms);
  }
  if (typeof a !== typeof b || !["number", "string", "boolean"].includes(typeof a)) {
    return undefined;
  }
  return inOrder(operator, a as number, b as number);
}

function inOrder(operator: Operator, a: number, b: number): boolean {
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

function computed({ operator, fraction }: Operation, a: Value, b: Value): Value | undefined {
  if (typeof a === "number" && typeof b === "number") {
    const whole = !fraction && Number.isInteger(a) && Number.isInteger(b);
    const result = calculated(operator, a, b);
    const rounded = whole ? Math.trunc(result) : result;
    const exact = whole ? Number.isSafeInteger(rounded) : Number.isFinite(rounded);
    return exact ? rounded : undefined;
  }
  if (operator === "+" && typeof a === "string" && typeof b === "string") {
    return a.length + b.length <= MAX_CHARACTERS ? a + b : undefined;
  }
  return operator === "+" || operator === "-" ? inTime(operator === "-" ? -1 : 1, a, b) : undefined;
}

function calculated(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0 ? NaN : a / b;
    default:
      return b === 0 ? NaN : a % b;
  }
}

function inTime(sign: number, a: Value, b: Value): Value | undefined {
  if (b instanceof Span) {
    if (a instanceof Moment) return new Moment(a.ms + sign * b.ms);
    return a instanceof Span ? new Span(a.ms + sign * b.ms) : undefined;
  }
  if (!(b instanceof Moment)) return undefined;
  if (sign < 0) return a instanceof Moment ? new Span(a.ms - b.ms) : undefined;
  return a instanceof Span ? new Moment(a.ms + b.ms) : undefined;
}
