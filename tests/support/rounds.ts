/**
 * Figures that are to hold, on machines that are slow or busy with something else: each is held to
 * what is promised or, where that is more, to what a control needed in the same round; and a round
 * that was disturbed is followed by another.
 *
 * @module
 */

import assert from "node:assert/strict";
import { tell } from "./figures.ts";

/** A figure of one round: the smaller, the better. */
export interface Figure {
  /** What was measured, with its unit: "NOOP at p99, ms". */
  readonly name: string;
  /** What came out. */
  readonly value: number;
  /** The most that it may be, as {@link most} says it. */
  readonly most: number;
}

/** Rounds that there are: one of them must hold. */
export const ROUNDS = 3;

/**
 * What a figure may be: the promise, or so many times what the control needed.
 *
 * @param promised For a machine with nothing else to do.
 * @param control What the same, or something plainer, needed meanwhile.
 */
export function most(promised: number, control: number, times: number): number {
  return Math.max(promised, control * times);
}

/**
 * Measures until all figures of a round hold, and prints every one.
 *
 * @throws {Error} If they do in no round: says what each has missed.
 */
export async function holdsInARound(
  measure: () => Promise<readonly Figure[]>,
  print: (line: string) => void = tell,
): Promise<void> {
  const missed: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const figures = await measure();
    for (const figure of figures) print(inWords(figure));
    // A figure that is no number does not hold.
    const over = figures.filter(({ value, most }) => !(value <= most));
    if (over.length === 0) return;
    missed.push(`round ${round}: ${over.map(inWords).join("; ")}`);
  }
  assert.fail(missed.join("\n"));
}

function inWords({ name, value, most }: Figure): string {
  return `${name}: ${shown(value)} (at most ${shown(most)})`;
}

function shown(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
