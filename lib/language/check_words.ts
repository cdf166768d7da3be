/**
 * Checks what conditions compare with words that can only be a few: `fields.severity == "crit"` holds
 * for no mail at all, and a rule that never holds looks like a quiet week.
 *
 * @module
 */

import type { Fault } from "./check.ts";
import type { Names } from "./scope.ts";
import { suggest } from "./suggest.ts";
import { type Expression, partsOf } from "./syntax.ts";

/** A word, and where it stands. */
interface Literal {
  readonly at: number;
  readonly value: string;
}

/** Finds the first word that what it is compared with never is; `null` when there is none. */
export function checkWords(part: Expression, names: Names): Fault | null {
  const own = checkComparison(part, names);
  if (own !== null) return own;
  for (const below of partsOf(part)) {
    const fault = checkWords(below, names);
    if (fault !== null) return fault;
  }
  return null;
}

function checkComparison(part: Expression, { words }: Names): Fault | null {
  if (part.kind !== "binary" || words === undefined) return null;
  const { operator, left, right } = part;
  if (!["==", "!=", "in"].includes(operator)) return null;
  const sides = operator === "in" ? [[left, right]] as const : [[left, right], [right, left]];
  for (const [one, other] of sides) {
    const name = nameOf(one);
    const known = name === null ? undefined : words.get(name);
    // What the mail is silent about is the empty text.
    const wrong = known &&
      literalsOf(other).find(({ value }) => value !== "" && !known.includes(value));
    if (wrong === undefined || known === undefined) continue;
    const never = `${name} is never ${JSON.stringify(wrong.value)}`;
    return { at: wrong.at, why: `${never}${suggest(wrong.value, known)}` };
  }
  return null;
}

/** `event`, or `fields.severity` however it is selected. */
function nameOf(part: Expression): string | null {
  if (part.kind === "name") return part.name;
  const isField = part.kind === "member" && part.of.kind === "name" && part.of.name === "fields";
  return isField && typeof part.key === "string" ? `fields.${part.key}` : null;
}

/** A text in quotes, or those of a list. */
function literalsOf(part: Expression): readonly Literal[] {
  if (part.kind === "list") return part.items.flatMap(literalsOf);
  if (part.kind !== "literal" || typeof part.value !== "string") return [];
  return [{ at: part.at, value: part.value }];
}
