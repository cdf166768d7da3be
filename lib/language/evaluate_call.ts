/**
 * Calls of functions. Patterns and time zones are literals: checked and compiled with the
 * condition, never made from a mail.
 *
 * @module
 */

import { compileExpression, misfit } from "./evaluate.ts";
import { CALENDAR, FUNCTIONS, METHODS, onCalendar, type Run } from "./functions.ts";
import { headerOf } from "./mail_values.ts";
import { compilePattern, MAX_SEARCHED_CHARACTERS } from "./pattern.ts";
import type { Call, Expression } from "./syntax.ts";
import * as values from "./values.ts";
import { Doubt, type Evaluate, type Frame, type Value } from "./values.ts";

/** So many characters that a pattern searches take a step. */
const SEARCHED_A_STEP = 2;

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
      misfit(part, `${part.source()} cannot be told of ${given.map(values.show).join(", ")}`);
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
  const pattern = compilePattern(literalOf(part.args[0]) ?? "");
  const search = (frame: Frame, text: Value): boolean | Doubt | undefined => {
    if (typeof text !== "string" || pattern.kind === "problem") return undefined;
    const searched = Math.min(text.length, MAX_SEARCHED_CHARACTERS);
    return values.spend(frame, searched / SEARCHED_A_STEP) ?? pattern.value.search(text) !== null;
  };
  return withValues(part, (frame, [text]) => search(frame, text ?? null), [receiver]);
}
