/**
 * Checks comparisons for what is missing around a text: its quotes, or the brackets of a list.
 *
 * @module
 */

import type { Fault } from "./check.ts";
import type { Binary, Expression } from "./syntax.ts";

/** Longest comparison that is shown as it should be, in characters. */
const MAX_EXAMPLE = 120;

/** Whether a bare name is one that there is. */
export type IsKnown = (name: string) => boolean;

/** Finds `event == FAIL` and `event in "FAIL"`; `null` when there is nothing of the kind. */
export function checkQuotes(part: Binary, isKnown: IsKnown): Fault | null {
  const { operator, left, right } = part;
  if (operator === "in" && right.kind === "literal" && typeof right.value === "string") {
    const list = `[${quoted(right)}]`;
    const whole = `${left.source()} in ${list}`;
    const example = whole.length > MAX_EXAMPLE ? list : whole;
    return { at: right.at, why: `in stands before a list: ${example}` };
  }
  if (!["==", "!=", "in"].includes(operator)) return null;
  if (isUnknown(right, isKnown)) {
    // Beside a text in quotes it is a name that is meant.
    return left.kind === "literal" || isUnknown(left, isKnown) ? null : unquoted(part, right);
  }
  return isUnknown(left, isKnown) && isConstant(left.name) && right.kind !== "literal"
    ? unquoted(part, left)
    : null;
}

/** What is said of a name that there is not, and that looks like a word: `FAIL`. */
export function constantHint(name: string): string | undefined {
  return isConstant(name) ? `: text stands in quotes: ${JSON.stringify(name)}` : undefined;
}

type Bare = Expression & { readonly kind: "name" };

function isUnknown(part: Expression, isKnown: IsKnown): part is Bare {
  return part.kind === "name" && !isKnown(part.name);
}

function isConstant(name: string): boolean {
  return /^[A-Z][A-Z\d_]+$/.test(name);
}

function unquoted({ operator, left, right }: Binary, bare: Bare): Fault {
  const show = (part: Expression) => part === bare ? JSON.stringify(bare.name) : part.source();
  // What is looked for in one text is looked for in a list of one.
  const list = operator === "in" && bare === right ? `[${show(right)}]` : show(right);
  const name = JSON.stringify(bare.name);
  const example = `${show(left)} ${operator} ${list}`;
  const why = `${name} is unknown: text stands in quotes: `;
  return { at: bare.at, why: why + (example.length > MAX_EXAMPLE ? name : example) };
}

function quoted(part: Expression & { readonly kind: "literal" }): string {
  return JSON.stringify(part.value);
}
