/**
 * Why a condition holds, fails or cannot be told, in words: the parts that decided, and what was in their names.
 *
 * @module
 */

import { printable } from "../mail/printable.ts";
import { compileExpression, misfit } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { type Expression, lookupOf, partsOf } from "./syntax.ts";
import {
  Doubt,
  type Frame,
  MAX_STEPS,
  sayValue,
  show,
  TOO_LATE,
  TOO_MUCH,
  type Value,
} from "./values.ts";
import { NO_REACH, NOWHERE, placeIn, reachIn } from "./where.ts";

/** So many names are shown with their values for a part. */
const MAX_NAMES = 8;

/** Longest explanation, in characters. */
const MAX_CHARACTERS = 2_000;

/** Steps for one explanation: its parts are tested again. */
const MAX_WORD_STEPS = 2 * MAX_STEPS;

/** Makes what an evaluation has at hand. */
export function frameOf(scope: Scope, steps: number): Frame {
  return { scope, item: null, steps };
}

/** What is explained, and with how much work. */
interface Telling {
  readonly scope: Scope;
  /** The whole condition, and what it came to. */
  readonly root: Expression;
  readonly value: boolean | Doubt;
  /** Steps that are left. */
  left: number;
}

/** Says why a condition holds, fails or cannot be told: what it came to is known. */
export function explain(root: Expression, scope: Scope, value: boolean | Doubt): string {
  const { work } = scope.mail;
  const steps = Math.min(MAX_WORD_STEPS, work?.wordsLeft ?? MAX_WORD_STEPS);
  const telling: Telling = { scope, root, value, left: steps };
  const text = steps > 0 && value !== TOO_LATE && value !== TOO_MUCH
    ? decisive(root, telling).map((part) => comparison(part, telling)).join("; ")
    : "";
  if (work !== undefined) work.wordsLeft -= steps - telling.left;
  const whole = telling.left > 0 && text !== "" ? text : plainly(root, value);
  return printable(whole, MAX_CHARACTERS);
}

/** Without the values of its names. */
function plainly(root: Expression, value: boolean | Doubt): string {
  return value instanceof Doubt ? doubtful(root, value) : `${root.source()} is ${value}`;
}

/** Evaluates with the steps that are left. */
function evaluated(part: Expression, telling: Telling): Value | Doubt {
  if (part === telling.root) return telling.value;
  const frame = frameOf(telling.scope, Math.min(MAX_STEPS, telling.left));
  const before = frame.steps;
  const value = compileExpression(part)(frame);
  // Else a part would be told to be unknown that was known when it counted.
  const isLate = value === TOO_MUCH && before < MAX_STEPS;
  telling.left -= isLate ? telling.left : before - frame.steps;
  return value;
}

/** The parts that decided: of `a && b` that fails, the first false one. */
function decisive(part: Expression, telling: Telling): readonly Expression[] {
  switch (part.kind) {
    case "and":
    case "or": {
      const decider = part.parts.find((below) => outcome(below, telling) === (part.kind === "or"));
      return (decider === undefined ? part.parts : [decider])
        .flatMap((below) => decisive(below, telling));
    }
    case "not":
      return part.of.kind === "and" || part.of.kind === "or" ? decisive(part.of, telling) : [part];
    case "choose": {
      const branch = outcome(part.test, telling) === true ? part.yes : part.no;
      return [...decisive(part.test, telling), ...decisive(branch, telling)];
    }
    default:
      return [part];
  }
}

function comparison(part: Expression, telling: Telling): string {
  const source = part.source();
  if (part.kind === "literal") return `${source} holds for ${part.value ? "every" : "no"} mail`;
  const value = outcome(part, telling);
  const names = new Map<string, Expression>();
  collectNames(part, names);
  if (value instanceof Doubt) return doubtful(part, value);
  const place = value ? placeOf(part, telling) : null;
  const shown = [...names].filter(([name]) => name !== source).slice(0, MAX_NAMES)
    .map(([name, named]) =>
      place?.name === name ? place.said : `${name} is ${valueOf(named, telling)}`
    );
  const text = [`${source} is ${value}`, ...shown.length === 0 ? [] : [shown.join(", ")]];
  return `${text.join(": ")}${cutsOf(part, names, telling)}`;
}

/** What of a text was not looked at: there it may say anything. */
function cutsOf(part: Expression, names: ReadonlyMap<string, unknown>, telling: Telling): string {
  const { text, textCut } = telling.scope.mail;
  const isCut = textCut === true && names.has("mail.text");
  const cut = isCut ? ` (of a text that was cut after ${grouped(text.length)} characters)` : "";
  return `${cut}${searchedOf(part.kind === "not" ? part.of : part, telling)}`;
}

function searchedOf(part: Expression, telling: Telling): string {
  if (part.kind !== "call" || part.receiver === null || part.name !== "matches") return "";
  const text = evaluated(part.receiver, telling);
  const { characters, steps } = typeof text === "string" ? reachIn(part, text) : NO_REACH;
  telling.left -= steps;
  return characters === null
    ? ""
    : ` (the pattern is costly: only the first ${grouped(characters)} characters were searched)`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A doubt about the whole part names it already. */
function doubtful(part: Expression, { why }: Doubt): string {
  const source = part.source();
  return why.startsWith(`${source} `) ? why : `${source} cannot be told: ${why}`;
}

/** Where a search in a long text found what it looked for. */
function placeOf(part: Expression, telling: Telling): { name: string; said: string } | null {
  if (part.kind !== "call" || part.receiver === null) return null;
  const [text, wanted] = [part.receiver, part.args[0]].map((each) =>
    each === undefined ? null : evaluated(each, telling)
  );
  const { place, steps } = typeof text === "string" ? placeIn(part, text, wanted) : NOWHERE;
  telling.left -= steps;
  if (place === null) return null;
  const name = part.receiver.source();
  return { name, said: `${name} says ${show(place.text)} at character ${place.at}` };
}

function outcome(part: Expression, telling: Telling): boolean | Doubt {
  const value = evaluated(part, telling);
  if (typeof value === "boolean" || value instanceof Doubt) return value;
  return misfit(part, `${part.source()} is ${sayValue(value)}, neither true nor false`);
}

function valueOf(part: Expression, telling: Telling): string {
  const value = evaluated(part, telling);
  if (value instanceof Doubt) return `unknown (${value.why})`;
  // What stands below the name may be secret: only the members that are named are shown.
  return lookupOf(part) === undefined ? show(value) : sayValue(value);
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
