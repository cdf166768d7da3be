/**
 * What the checks of a tree have in common.
 *
 * @module
 */

import type { Problem } from "./problems.ts";
import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

/** A problem for each pair of keys of which a mapping has both; the first key is to blame. */
export function exclusive(
  mapping: YamlMapping,
  pairs: readonly (readonly [string, string])[],
  path: Problem["path"],
): readonly Problem[] {
  return pairs.filter((pair) => pair.every((key) => Object.hasOwn(mapping, key)))
    .map(([key, other]) => ({
      path: [...path, key],
      text: `not together with ${other}: remove one of the two`,
    }));
}

/** The positions of texts that an earlier position has too. */
export function repeated(texts: readonly (string | undefined)[]): readonly number[] {
  return texts.flatMap((text, index) =>
    text !== undefined && texts.indexOf(text) < index ? [index] : []
  );
}

/** The items of a list; none of anything else. */
export function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  return isList(value) ? value : [];
}

/** A text itself, or the text that a mapping has under a key. */
export function textOf(value: YamlValue | undefined, key?: string): string | undefined {
  if (typeof value === "string") return value;
  const inner = key !== undefined && isMapping(value) ? value[key] : undefined;
  return typeof inner === "string" ? inner : undefined;
}
