/**
 * Calls of functions. Patterns and time zones are literals: checked and compiled with the
 * condition, never made from a mail.
 *
 * @module
 */

import { compileExpression, misfit } from "./evaluate.ts";
import { CALENDAR, FUNCTIONS, METHODS, onCalendar, type Run } from "./functions.ts";
import { headerOf } from "./mail_values.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import type { Compiled } from "./scope.ts";
import type { Call, Expression } from "./syntax.ts";
import * as values from "./values.ts";
import { Doubt, type Evaluate, type Frame, type Value } from "./values.ts";
import { affords, CHEAP } from "./work.ts";

/** Compiles a call whose name and literals have been checked. */
export function compileCall(part: Call): Evaluate {
  const { name, receiver, args } = part;
  if (receiver === null) return withValues(part, FUNCTIONS[name] ?? nothing, args);
  if (name === "header") return compileHeader(args);
  if (name === "matches") return compileMatches(part, receiver);
  if (Object.hasOwn(CALENDAR, name)) {
    const zone = literalOf(args[0]) ?? "UTC";
    return withValues(part, (_, [value]) => onCalendar(name, value ?? null, zone), [receiver]);
  }
  return withValues(part, METHODS[name] ?? nothing, [receiver, ...args]);
}

/** The text of a literal; `undefined` for anything else. */
export function literalOf(part: Expression | undefined): string | undefined {
  return part?.kind === "literal" && typeof part.value === "string" ? part.value : undefined;
}

function nothing(): undefined {
  return undefined;
}

function withValues(part: Call, run: Run, args: readonly Expression[]): Evaluate {
  const all = args.map(compileExpression);
  return (frame) => {
    const given: Value[] = [];
    for (const arg of all) {
      const value = arg(frame);
      if (value instanceof Doubt) return value;
      given.push(value);
    }
    return run(frame, given) ??
      misfit(part, `${part.source()} cannot be told of ${given.map(values.sayValue).join(", ")}`);
  };
}

function compileHeader(args: readonly Expression[]): Evaluate {
  const name = args[0] === undefined ? () => "" : compileExpression(args[0]);
  return (frame) => {
    const value = name(frame);
    if (value instanceof Doubt) return value;
    return typeof value === "string" ? headerOf(frame.scope.mail, value) : "";
  };
}

function compileMatches(part: Call, receiver: Expression): Evaluate {
  const pattern = patternOf(part);
  const search = (frame: Frame, text: Value): boolean | Doubt | undefined => {
    if (typeof text !== "string" || pattern.kind === "problem") return undefined;
    const worst = pattern.value.worst(text);
    if (!affords(frame.steps, worst)) return values.TOO_MUCH;
    const { found, steps } = pattern.value.test(text);
    // What may be refused the next time is kept.
    frame.steps -= Math.max(steps, Math.min(worst, CHEAP + 1));
    return found;
  };
  return withValues(part, (frame, [text]) => search(frame, text ?? null), [receiver]);
}

const PATTERNS = new WeakMap<Call, Compiled<Pattern>>();

/** The pattern of a call of `matches`, compiled once. */
export function patternOf(part: Call): Compiled<Pattern> {
  const known = PATTERNS.get(part);
  if (known !== undefined) return known;
  const pattern = compilePattern(literalOf(part.args[0]) ?? "");
  PATTERNS.set(part, pattern);
  return pattern;
}
