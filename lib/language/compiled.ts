/**
 * The two ways a compilation ends.
 *
 * @module
 */

import type { Compiled } from "./scope.ts";

/** It compiled. */
export function compiled<T>(value: T): Compiled<T> {
  return { kind: "value", value };
}

/**
 * It did not compile.
 *
 * @param text What, where and how to mend it; control characters in it become blanks, because they
 * are marks of their own in the configuration's problems.
 */
export function problem(text: string): Compiled<never> {
  return { kind: "problem", text: text.replace(/\p{Cc}+/gu, " ") };
}

/** Where in a text something is: `column 7`, or `line 2, column 7` beyond its first line. */
export function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  const column = `column ${(before.at(-1)?.length ?? 0) + 1}`;
  return before.length === 1 ? column : `line ${before.length}, ${column}`;
}
