/**
 * What conditions and templates look at in the answer of a lookup, and what stands there: the rest of
 * an answer is nobody's business, and may hold secrets.
 *
 * @module
 */

import { printable } from "../mail/printable.ts";
import type { Answered } from "./scope.ts";
import { type Expression, partsOf } from "./syntax.ts";
import { sayValue } from "./values.ts";

/** A lookup's name and the keys below it: `lookup.owner.team.0` is `["owner", "team", "0"]`. */
export type MemberPath = readonly string[];

/** Most characters that are said of an answer. */
const MAX_CHARACTERS = 200;

/** What a condition names of lookups: as far down as its own words say where. */
export function membersIn(part: Expression): readonly MemberPath[] {
  const path = pathOf(part);
  if (path !== null) return path.length > 1 ? [path.slice(1)] : [];
  return partsOf(part).flatMap(membersIn);
}

/** What one key leads to; `undefined`: there is nothing. Own keys only. */
export function entryOf(value: Answered, key: string): Answered | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  // Else `length` would be an entry of every list.
  if (Array.isArray(value) && !/^\d{1,9}$/.test(key)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, Answered>)[key] : undefined;
}

/**
 * What an answer says where somebody looks: `tier is "gold", team is a mapping of 3`. An answer
 * that is looked at as a whole is not shown.
 *
 * @param paths The keys below the lookup, each path once.
 */
export function sayMembers(answer: Answered, paths: readonly MemberPath[]): string {
  const said = paths.flatMap((path) => {
    if (path.length === 0) return [];
    let value: Answered | undefined = answer;
    for (const key of path) value = value === undefined ? undefined : entryOf(value, key);
    return value === undefined ? [] : [`${path.join(".")} is ${sayValue(value)}`];
  });
  return printable(said.join(", "), MAX_CHARACTERS);
}

/** `["lookup", "owner", "team", "0"]`; `null` where something else is selected, or by a value. */
function pathOf(part: Expression): MemberPath | null {
  if (part.kind === "name") return part.name === "lookup" ? ["lookup"] : null;
  if (part.kind !== "member") return null;
  const above = pathOf(part.of);
  const key = keyOf(part.key);
  return above === null || key === null ? null : [...above, key];
}

function keyOf(key: string | Expression): string | null {
  if (typeof key === "string") return key;
  return key.kind === "literal" ? String(key.value) : null;
}
