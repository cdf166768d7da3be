/**
 * Walks through lists: `all`, `exists`, `exists_one`, `map`, `filter`.
 *
 * @module
 */

import { compileExpression, compileTest, lookupWithin, misfit } from "./evaluate.ts";
import { countParts, type Each } from "./syntax.ts";
import * as values from "./values.ts";
import { Doubt, type Evaluate, type Frame, type Value } from "./values.ts";

/** What a walk needs. */
interface Walk {
  /** Tests an item. */
  readonly test: (frame: Frame) => boolean | Doubt;
  /** What an item becomes. */
  readonly result: Evaluate;
  /** Steps that an item costs. */
  readonly cost: number;
}

/** Compiles a walk through a list, or through the keys of a mapping. */
export function compileEach(part: Each): Evaluate {
  const list = compileExpression(part.list);
  const lookup = lookupWithin(part.list);
  const walk = {
    test: part.macro === "map" && part.result === null ? () => true : compileTest(part.body),
    result: resultOf(part),
    cost: countParts(part),
  };
  return (frame) => {
    const value = list(frame);
    if (value instanceof Doubt) return value;
    const items = values.isList(value)
      ? value
      : values.isMapping(value)
      ? values.keysOf(value)
      : null;
    if (items === null) return misfit(part, `${part.list.source()} is no list`);
    if (items.length > values.MAX_ITEMS) {
      return misfit(part, `${part.list.source()} has over ${values.MAX_ITEMS} items`);
    }
    const outcome = part.macro === "all" || part.macro === "exists"
      ? quantify(part.macro === "all", walk, { frame, items })
      : collect(part, walk, { frame, items });
    return outcome instanceof Doubt ? attributed(outcome, lookup) : outcome;
  };
}

/** What an item lacks, the answer lacks from which it comes. */
function attributed(doubt: Doubt, lookup: string | undefined): Doubt {
  if (lookup === undefined || doubt.missing.length > 0 || doubt.lookups.length > 0) return doubt;
  return new Doubt([], doubt.why, lookup === undefined ? [] : [lookup]);
}

function resultOf({ macro, body, result }: Each): Evaluate {
  if (macro !== "map") return ({ item }) => item;
  return compileExpression(result ?? body);
}

/** Like `&&` and `||` between all items: one that decides is enough, whatever is in doubt. */
function quantify(
  isAll: boolean,
  { test, cost }: Walk,
  { frame, items }: { readonly frame: Frame; readonly items: readonly Value[] },
): boolean | Doubt {
  let doubt: Doubt | null = null;
  for (const item of items) {
    const much = values.spend(frame, cost);
    if (much !== null) return much;
    frame.item = item;
    const value = test(frame);
    if (value === !isAll) return value;
    if (value instanceof Doubt) {
      doubt = doubt === null ? value : values.eitherHelps(doubt, value);
    }
  }
  return doubt ?? isAll;
}

function collect(
  { macro }: Each,
  { test, result, cost }: Walk,
  { frame, items }: { readonly frame: Frame; readonly items: readonly Value[] },
): Value | Doubt {
  const found: Value[] = [];
  for (const item of items) {
    const much = values.spend(frame, cost);
    if (much !== null) return much;
    frame.item = item;
    const takes = test(frame);
    if (takes instanceof Doubt) return takes;
    if (!takes) continue;
    const value = result(frame);
    if (value instanceof Doubt) return value;
    found.push(value);
  }
  return macro === "exists_one" ? found.length === 1 : found;
}
