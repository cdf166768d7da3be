/**
 * "Did you mean": the nearest of the words that would have been right.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** Our side of the library, which has no types. */
const closest: (word: string, words: readonly string[]) => string = closestString;
const distance: (a: string, b: string) => number = levenshteinDistance;

/** Most words that a message lists; packs alone know a hundred fields and more events. */
const MAX_LISTED = 20;

/**
 * Ends a message about an unknown word.
 *
 * @param word What was written.
 * @param known What would have been right; at least one.
 * @returns ` (did you mean "x"?)`, or `: expected one of x, y, z` when none is near,
 * with the first of many only.
 */
export function suggest(word: string, known: readonly string[]): string {
  const near = nearest(word.slice(0, 100), known);
  if (near !== undefined) return ` (did you mean "${near}"?)`;
  const surplus = known.length - MAX_LISTED;
  const more = surplus > 0 ? `, and ${surplus} more` : "";
  return `: expected one of ${known.slice(0, MAX_LISTED).join(", ")}${more}`;
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const longer = known.find((candidate) => candidate.endsWith(`.${word}`));
  if (longer !== undefined) return longer;
  const same = known.find((candidate) => bare(candidate) === bare(word));
  if (same !== undefined) return same;
  const near = closest(word, known);
  // Two of three letters must be right: a wild guess misleads more than a list does.
  const allowed = Math.max(1, Math.floor(near.length / 3));
  const close = distance(word.toLowerCase(), near.toLowerCase()) <= allowed;
  return close || letters(word) === letters(near) ? near : undefined;
}

/** A word whichever way it joins its parts: `DEGRADED_ARRAY` is `degraded-array`. */
function bare(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

/** Two letters that changed places are the same letters. */
function letters(word: string): string {
  return [...word.toLowerCase()].sort().join("");
}
