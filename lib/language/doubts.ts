/**
 * What is right in a condition and yet probably not meant.
 *
 * @module
 */

import { parseCel } from "./cel.ts";
import { CALENDAR } from "./functions.ts";
import { type Call, type Expression, partsOf } from "./syntax.ts";

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

/** Functions that make nothing of the empty text, which a field is that the mail lacks. */
const OF_FULL_TEXT: ReadonlySet<string> = new Set(["int", "double", "timestamp"]);

/**
 * Finds fields that are read as numbers or moments though nothing else is asked before, as in
 * `int(fields.charge) < 50`: of a mail without the field nobody can say whether that holds. Where
 * `&&` or `?` stand before it, or the field is named elsewhere, somebody has thought of it.
 *
 * @param text A condition that compiles.
 * @returns Each as it is written, with its field, once.
 */
export function unguardedFields(text: string): readonly UnguardedField[] {
  const parsed = parseCel(text);
  if (parsed.kind === "problem") return [];
  const found = new Map<string, UnguardedField>();
  const named = new Map<string, number>();
  const visit = (part: Expression, guarded: boolean) => {
    const field = fieldOf(part);
    if (field !== undefined) named.set(field, (named.get(field) ?? 0) + 1);
    const read = readField(part);
    if (read !== undefined && !guarded) {
      found.set(part.source(), { field: read, written: part.source() });
    }
    const within = guarded || part.kind === "and" || part.kind === "choose" || part.kind === "each";
    partsOf(part).forEach((below) => visit(below, within));
  };
  visit(parsed.value.root, false);
  return [...found.values()].filter(({ field }) => named.get(field) === 1);
}

/** A field, and how a condition reads it. */
export interface UnguardedField {
  /** As conditions write it: `fields.charge`. */
  readonly field: string;
  /** `int(fields.charge)`. */
  readonly written: string;
}

function readField(part: Expression): string | undefined {
  const isRead = (call: Call) => call.receiver === null && OF_FULL_TEXT.has(call.name);
  const [of] = part.kind === "call" && isRead(part) ? part.args : [];
  return of === undefined ? undefined : fieldOf(of);
}

function fieldOf(part: Expression): string | undefined {
  const isField = part.kind === "member" && part.of.kind === "name" && part.of.name === "fields";
  return isField ? part.source() : undefined;
}
