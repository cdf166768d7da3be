/**
 * Conditions as functions: each part becomes one, made once. Nothing here throws, and what a part
 * costs is bounded: lists are walked through but never in each other, and work is counted.
 *
 * @module
 */

import { operate } from "./arithmetic.ts";
import { compileCall } from "./evaluate_call.ts";
import { compileEach } from "./evaluate_each.ts";
import { fieldOf, mailValueOf } from "./mail_values.ts";
import { Moment } from "./moments.ts";
import { type Binary, type Expression, lookupOf, type Member, partsOf } from "./syntax.ts";
import * as values from "./values.ts";
import { Doubt, type Evaluate, type Frame, type Value } from "./values.ts";

/** Like {@link Evaluate}; `undefined` where the last selection finds nothing. */
type Reach = (frame: Frame) => Value | Doubt | undefined;

/** Compiles a part whose names have been checked. */
export function compileExpression(part: Expression): Evaluate {
  switch (part.kind) {
    case "literal":
      return () => part.value;
    case "name":
      return compileName(part.name);
    case "member":
      return compileMember(part);
    case "call":
      return compileCall(part);
    case "each":
      return compileEach(part);
    case "has":
      return compileHas(part.of);
    case "list":
      return compileList(part.items);
    case "and":
    case "or":
      return compileLogic(part.kind === "and", part.parts);
    case "not": {
      const test = compileTest(part.of);
      return (frame) => inverted(test(frame));
    }
    case "minus":
      return compileMinus(part.of);
    case "choose":
      return compileChoice(part.test, [part.yes, part.no]);
    case "binary":
      return compileBinary(part);
  }
}

/** Compiles a part that must be true or false; anything else is a doubt. */
export function compileTest(part: Expression): (frame: Frame) => boolean | Doubt {
  const evaluate = compileExpression(part);
  return (frame) => {
    const value = evaluate(frame);
    if (typeof value === "boolean" || value instanceof Doubt) return value;
    return misfit(part, `${part.source()} is ${values.sayValue(value)}, neither true nor false`);
  };
}

/** A doubt because a value has another type than is needed. */
export function misfit(part: Expression, why: string): Doubt {
  return new Doubt([], why, dueTo(lookupWithin(part)));
}

function dueTo(lookup: string | undefined): readonly string[] {
  return lookup === undefined ? [] : [lookup];
}

/** The first lookup that is named in a part. */
export function lookupWithin(part: Expression): string | undefined {
  const direct = lookupOf(part);
  if (direct !== undefined) return direct;
  for (const below of partsOf(part)) {
    const found = lookupWithin(below);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inverted(value: boolean | Doubt): boolean | Doubt {
  return value instanceof Doubt ? value : !value;
}

/** What is no name of ours is the item of a list: checked before. */
function compileName(name: string): Evaluate {
  if (name === "event") return ({ scope }) => scope.event;
  if (name === "now") return ({ scope }) => new Moment(scope.nowMs);
  return ({ item }) => item;
}

function compileMember(part: Member): Evaluate {
  const reach = compileReach(part);
  const lookup = lookupOf(part);
  return (frame) => {
    const value = reach(frame);
    if (value !== undefined) return value;
    if (lookup !== undefined) return values.notWithin(frame.scope, lookup, part.source());
    return new Doubt([], `there is no ${part.source()}`);
  };
}

/** Selects, and tells "nothing there" from a doubt, which is what `has()` is about. */
function compileReach(part: Member): Reach {
  const { of, key } = part;
  if (of.kind === "name" && typeof key === "string") {
    if (of.name === "fields") return ({ scope }) => fieldOf(scope, key);
    if (of.name === "lookup") return compileLookup(key);
    if (of.name === "mail") return ({ scope }) => mailValueOf(scope.mail, key);
  }
  const base: Reach = of.kind === "member" ? compileReach(of) : compileExpression(of);
  if (typeof key === "string") {
    return (frame) => {
      const value = base(frame);
      return value === undefined || value instanceof Doubt ? value : selected(value, key);
    };
  }
  const index = compileExpression(key);
  return (frame) => {
    const value = base(frame);
    if (value === undefined || value instanceof Doubt) return value;
    const at = index(frame);
    return at instanceof Doubt ? at : selected(value, at);
  };
}

function compileLookup(name: string): Reach {
  const unasked = values.notAsked(name);
  return ({ scope }) => {
    const known = scope.lookups.get(name);
    return known?.kind === "answer" ? known.value : values.doubtOf(name, known) ?? unasked;
  };
}

function selected(value: Value, key: Value): Value | undefined {
  if (values.isList(value)) return typeof key === "number" ? value[key] : undefined;
  return values.isMapping(value) && typeof key === "string" ? values.own(value, key) : undefined;
}

/** Of fields and of the mail, what is empty is not there; of a lookup without an answer, nothing. */
function compileHas(part: Member): Evaluate {
  const { of, key } = part;
  if (of.kind === "name" && of.name === "lookup" && typeof key === "string") {
    return ({ scope }) => {
      const answer = values.answerOf(scope, key);
      return answer instanceof Doubt && answer.lookups.length > 0
        ? answer
        : !(answer instanceof Doubt);
    };
  }
  const reach = compileReach(part);
  const ours = of.kind === "name" && (of.name === "fields" || of.name === "mail");
  return (frame) => {
    const value = reach(frame);
    if (value instanceof Doubt) return value;
    return ours ? !isEmpty(value) : value !== undefined;
  };
}

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === "" || value === 0) return true;
  return value instanceof Map ? value.size === 0 : values.isList(value) && value.length === 0;
}

function compileList(items: readonly Expression[]): Evaluate {
  const all = items.map(compileExpression);
  const fixed = items.every(({ kind }) => kind === "literal");
  const make: Evaluate = (frame) => {
    const list: Value[] = [];
    for (const item of all) {
      const value = item(frame);
      if (value instanceof Doubt) return value;
      list.push(value);
    }
    return list;
  };
  if (!fixed) return make;
  const list = items.flatMap((item) => item.kind === "literal" ? [item.value] : []);
  return () => list;
}

/** `false && doubt` is false and `true || doubt` is true, in any order, as CEL has it. */
function compileLogic(isAnd: boolean, parts: readonly Expression[]): Evaluate {
  const tests = parts.map(compileTest);
  return (frame) => {
    let doubt: Doubt | null = null;
    for (const test of tests) {
      const value = test(frame);
      if (value === !isAnd) return value;
      if (value instanceof Doubt) {
        doubt = doubt === null ? value : values.eitherHelps(doubt, value);
      }
    }
    return doubt ?? isAnd;
  };
}

function compileMinus(part: Expression): Evaluate {
  const evaluate = compileExpression(part);
  return (frame) => {
    const value = evaluate(frame);
    if (typeof value === "number") return -value;
    return value instanceof Doubt ? value : misfit(part, `${part.source()} is no number`);
  };
}

function compileChoice(test: Expression, branches: readonly [Expression, Expression]): Evaluate {
  const decide = compileTest(test);
  const [yes, no] = [compileExpression(branches[0]), compileExpression(branches[1])];
  return (frame) => {
    const value = decide(frame);
    if (value instanceof Doubt) return value;
    return value ? yes(frame) : no(frame);
  };
}

function compileBinary(part: Binary): Evaluate {
  const { operator } = part;
  const isEquality = operator === "==" || operator === "!=";
  if (isEquality && part.right.kind === "literal") {
    return compileEquality(part.left, part.right.value, operator === "==");
  }
  const left = compileExpression(part.left);
  const right = compileExpression(part.right);
  const operation = { operator, fraction: part.type() === "double" };
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (a instanceof Doubt) return b instanceof Doubt ? values.bothNeeded(a, b) : a;
    if (b instanceof Doubt) return b;
    const value = operate(operation, [a, b], frame);
    if (value !== undefined) return value;
    const shown = `${values.sayValue(a)} and ${values.sayValue(b)}`;
    return misfit(part, `${part.source()} cannot be told of ${shown}`);
  };
}

/** Most conditions are of this kind, and with a thousand rules it shows. */
function compileEquality(part: Expression, wanted: Value, holds: boolean): Evaluate {
  const evaluate = compileExpression(part);
  return (frame) => {
    const value = evaluate(frame);
    return value instanceof Doubt ? value : (value === wanted) === holds;
  };
}
