/**
 * What every reader of one value answers: the value, or what is wrong with the text.
 *
 * A problem's text never holds the offending value. It holds {@link VALUE} where the value
 * belongs; the one place that writes problems out (`problems.ts`) puts it there as the file wrote
 * it, before variables were expanded, or leaves it out when it is a secret.
 *
 * @module
 */

/** Stands for the offending value in the text of a problem. */
export const VALUE = "\u0000";

/** Stands for the same, without quotes: in what the operator may copy into the file. */
export const PLAIN_VALUE = "\u0001";

/** Stands before and after what a compiler says about a text: it may quote pieces of it. */
const QUOTING = "\u0002";

/** A value, or a problem whose text may hold {@link VALUE}. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "problem"; readonly text: string };

/** The value was right. */
export function value<T>(value: T): Reading<T> {
  return { kind: "value", value };
}

/**
 * The value was wrong.
 *
 * @param text Why, and what would be right; begins with {@link VALUE} unless it says otherwise.
 */
export function problem(text: string): Reading<never> {
  return { kind: "problem", text };
}

/** Marks words that may quote the value: left out where that would show more than the file does. */
export function quoting(words: string): string {
  return `${QUOTING}${words}${QUOTING}`;
}

/** Shows what {@link quoting} marked, or what stands in for it. */
export function showQuoting(text: string, instead?: string): string {
  const [before = "", marked, ...after] = text.split(QUOTING);
  if (marked === undefined) return text;
  return `${before}${instead ?? marked}${showQuoting(after.join(QUOTING), instead)}`;
}
