/**
 * Why a condition holds, fails or cannot be told, in words: the parts that decided, and what was in their names.
 *
 * @module
 */

import { printable } from "../mail/printable.ts";
import { compileExpression, compileTest } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { type Expression, partsOf } from "./syntax.ts";
import { Doubt, type Frame, MAX_STEPS, show } from "./values.ts";
import { placeIn } from "./where.ts";

/** So many names are shown with their values for a part. */
const MAX_NAMES = 8;

/** Longest explanation, in characters. */
const MAX_CHARACTERS = 2_000;

/** Makes what an evaluation has at hand. */
export function frameOf(scope: Scope): Frame {
  return { scope, item: null, steps: MAX_STEPS };
}

/** Says why a condition holds, fails or cannot be told. */
export function explain(root: Expression, scope: Scope): string {
  const text = decisive(root, scope).map((part) => comparison(part, scope)).join("; ");
  return printable(text, MAX_CHARACTERS);
}

/** The parts that decided: of `a && b` that fails, the first false one. */
function decisive(part: Expression, scope: Scope): readonly Expression[] {
  switch (part.kind) {
    case "and":
    case "or": {
      const decider = part.parts.find((below) => outcome(below, scope) === (part.kind === "or"));
      return (decider === undefined ? part.parts : [decider])
        .flatMap((below) => decisive(below, scope));
    }
    case "not":
      return part.of.kind === "and" || part.of.kind === "or" ? decisive(part.of, scope) : [part];
    case "choose": {
      const branch = outcome(part.test, scope) === true ? part.yes : part.no;
      return [...decisive(part.test, scope), ...decisive(branch, scope)];
    }
    default:
      return [part];
  }
}

function comparison(part: Expression, scope: Scope): string {
  const source = part.source();
  if (part.kind === "literal") return `${source} holds for ${part.value ? "every" : "no"} mail`;
  const value = outcome(part, scope);
  const names = new Map<string, Expression>();
  collectNames(part, names);
  if (value instanceof Doubt) return doubtful(part, value);
  const place = value ? placeOf(part, scope) : null;
  const shown = [...names].filter(([name]) => name !== source).slice(0, MAX_NAMES)
    .map(([name, named]) =>
      place?.name === name ? place.said : `${name} is ${valueOf(named, scope)}`
    );
  const text = `${source} is ${value}`;
  return shown.length === 0 ? text : `${text}: ${shown.join(", ")}`;
}

/** A doubt about the whole part names it already. */
function doubtful(part: Expression, { why }: Doubt): string {
  const source = part.source();
  return why.startsWith(`${source} `) ? why : `${source} cannot be told: ${why}`;
}

/** Where a search in a long text found what it looked for. */
function placeOf(part: Expression, scope: Scope): { name: string; said: string } | null {
  if (part.kind !== "call" || part.receiver === null) return null;
  const [text, wanted] = [part.receiver, part.args[0]].map((each) =>
    each === undefined ? null : compileExpression(each)(frameOf(scope))
  );
  const place = typeof text === "string" ? placeIn(part, text, wanted) : null;
  if (place === null) return null;
  const name = part.receiver.source();
  return { name, said: `${name} says ${show(place.text)} at character ${place.at}` };
}

function outcome(part: Expression, scope: Scope): boolean | Doubt {
  return compileTest(part)(frameOf(scope));
}

function valueOf(part: Expression, scope: Scope): string {
  const value = compileExpression(part)(frameOf(scope));
  return value instanceof Doubt ? `unknown (${value.why})` : show(value);
}

/** The longest names in a part: `lookup.owner.tier`, but not `lookup.owner` too. */
function collectNames(part: Expression, names: Map<string, Expression>): void {
  const name = nameOf(part);
  if (name !== null) {
    names.set(name, part);
    return;
  }
  // What stands in the body of a walk depends on the item, and there may be a thousand.
  const below = part.kind === "each" ? [part.list] : partsOf(part);
  for (const each of below) collectNames(each, names);
}

function nameOf(part: Expression): string | null {
  if (part.kind === "name") return part.name === "event" || part.name === "now" ? part.name : null;
  if (part.kind === "call") {
    return part.name === "header" && part.args[0]?.kind === "literal" ? part.source() : null;
  }
  return part.kind === "member" && isFixed(part) ? part.source() : null;
}

function isFixed(part: Expression): boolean {
  if (part.kind === "name") return ["fields", "lookup", "mail"].includes(part.name);
  if (part.kind !== "member") return false;
  return isFixed(part.of) && (typeof part.key === "string" || part.key.kind === "literal");
}
