/**
 * What a placeholder comes to before it is escaped.
 *
 * @module
 */

import { isoOf, Moment } from "./moments.ts";
import type { Answered } from "./scope.ts";

/** A value to be put in, or why there is none. */
export type Filled = Answered | Moment | Missing;

/** There is no value. */
export class Missing {
  /**
   * Says so.
   *
   * @param why In words, without a dot at its end.
   * @param soft Whether nothing is put in its place where the target allows it: a field that the
   * mail lacks is no reason not to alert.
   */
  constructor(readonly why: string, readonly soft: boolean) {}
}

/** Longest text that a placeholder comes to, in characters. */
export const MAX_FILLED_CHARACTERS = 262_144;

/** Longest list that is written out. */
const MAX_ITEMS = 100;

/** A value as text: a list has commas between its items; of a mapping an entry must be named. */
export function textOf(value: Filled): string | Missing {
  if (value instanceof Missing) return value;
  if (value instanceof Moment) return isoOf(value.ms);
  if (typeof value === "string") return value.slice(0, MAX_FILLED_CHARACTERS);
  if (value === null) return new Missing("null", false);
  if (typeof value !== "object") return String(value);
  if (!Array.isArray(value)) return new Missing("a mapping; name one of its entries", false);
  const items = value.slice(0, MAX_ITEMS);
  if (items.some((item) => typeof item === "object")) {
    return new Missing("a list of mappings or lists; name one of its items, as in .0", false);
  }
  return items.join(", ").slice(0, MAX_FILLED_CHARACTERS);
}
