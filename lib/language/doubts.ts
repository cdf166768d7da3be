/**
 * What is right in a condition and yet probably not meant.
 *
 * @module
 */

import { parseCel } from "./cel.ts";
import { CALENDAR } from "./functions.ts";
import { type Expression, partsOf } from "./syntax.ts";

/**
 * Finds parts of moments that are asked for without a time zone, as in `now.getHours()`.
 *
 * @param text A condition that compiles.
 * @returns Each as it is written, once.
 */
export function zonelessParts(text: string): readonly string[] {
  const parsed = parseCel(text);
  if (parsed.kind === "problem") return [];
  const { root, check } = parsed.value;
  // Spans of time have such functions, too; only the types tell them apart.
  check();
  const found = new Set<string>();
  const visit = (part: Expression) => {
    if (
      part.kind === "call" && part.receiver !== null && part.args.length === 0 &&
      Object.hasOwn(CALENDAR, part.name) && part.receiver.type() !== "google.protobuf.Duration"
    ) found.add(part.source());
    partsOf(part).forEach(visit);
  };
  visit(root);
  return [...found];
}
