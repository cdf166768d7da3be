/**
 * The pieces of a template with their names looked up and their filters made.
 *
 * @module
 */

import { compiled, placeOf, problem } from "./compiled.ts";
import { type Filled, Missing } from "./filled.ts";
import { compileFilter, type Filter } from "./filters.ts";
import type { MemberPath } from "./members.ts";
import type { Piece, Placeholder, Subject } from "./placeholder.ts";
import type { Compiled, Needs, Scope } from "./scope.ts";
import { Doubt } from "./values.ts";

/** Where a value comes from, and what it may have to know; `From` is what it is read from. */
export interface Source<From = Scope> {
  /** The lookup that it comes from. */
  readonly lookup?: string;
  /** Where in its answer, the lookup's name first. */
  readonly member?: MemberPath;
  /** Whether the body of the mail must be read. */
  readonly text: boolean;
  /** Whether a pack must have read the mail; absent: no. */
  readonly reading?: boolean;
  /** Reads it. */
  readonly read: (from: From) => Filled | Doubt;
}

/** A placeholder, ready. */
export interface ValueSlot<From = Scope> extends Source<From> {
  /** Tells it apart. */
  readonly kind: "value";
  /** As it is written, without its braces. */
  readonly source: string;
}

/** A piece of a template, ready. */
export type Slot<From = Scope> =
  | { readonly kind: "literal"; readonly text: string }
  | ValueSlot<From>;

/** Finds what a placeholder begins with, or says that there is no such name. */
export type Resolve<From = Scope> = (subject: Subject) => Compiled<Source<From>>;

/** Makes the pieces ready. */
export function compileSlots<From>(
  text: string,
  pieces: readonly Piece[],
  resolve: Resolve<From>,
): Compiled<readonly Slot<From>[]> {
  const slots: Slot<From>[] = [];
  for (const piece of pieces) {
    const slot = piece.kind === "literal" ? compiled(piece) : compileSlot(piece, resolve);
    if (slot.kind === "problem") {
      const at = piece.kind === "literal" ? 0 : piece.at;
      return problem(`${placeOf(text, at)}: ${slot.text}`);
    }
    slots.push(slot.value);
  }
  return compiled(slots);
}

function compileSlot<From>(
  piece: Placeholder,
  resolve: Resolve<From>,
): Compiled<Slot<From>> {
  const found = resolve(piece.subject);
  if (found.kind === "problem") return found;
  const filters: Filter[] = [];
  for (const call of piece.filters) {
    const filter = compileFilter(call);
    if (filter.kind === "problem") return filter;
    filters.push(filter.value);
  }
  const { read } = found.value;
  return compiled({
    ...found.value,
    kind: "value",
    source: piece.source,
    read: (from) => filtered(read(from), filters),
  });
}

/** A lookup that nothing can bring about is a missing value, which `default` may mend. */
function filtered(value: Filled | Doubt, filters: readonly Filter[]): Filled | Doubt {
  if (value instanceof Doubt && value.lookups.length > 0) return value;
  const known: Filled = value instanceof Doubt ? new Missing(value.why, false) : value;
  return filters.reduce((before, filter) => filter(before), known);
}

/** What a template may have to know. */
export function needsOfSlots(slots: readonly Slot[]): Needs {
  const values = slots.filter((slot) => slot.kind === "value");
  const lookups = values.flatMap(({ lookup }) => lookup === undefined ? [] : [lookup]);
  const members = values.flatMap(({ member }) => member === undefined ? [] : [member]);
  return {
    lookups: [...new Set(lookups)],
    ...members.length > 0 && { members },
    text: values.some(({ text }) => text),
    reading: values.some(({ reading }) => reading === true),
  };
}
