/**
 * Measuring two sides in turns.
 *
 * @module
 */

import type { Load } from "./load.ts";

/** What to measure: each side sends that many mails and says how many it took a second. */
export interface Sides {
  readonly ours: (mails: number) => Promise<number>;
  readonly theirs: (mails: number) => Promise<number>;
  readonly load: Load;
}

/** What came out. */
export interface Pairs {
  /** Our median, in mails a second. */
  readonly ours: number;
  /** Their median, in mails a second. */
  readonly theirs: number;
  /** Ours by theirs: the median over the pairs. */
  readonly ratio: number;
  /** Ours by theirs, of each pair. */
  readonly ratios: readonly number[];
}

/**
 * Mails until the engine has compiled all that it will: rates go on rising for so long. A daemon
 * runs for months; what counts is what comes after.
 */
const OUR_WARM_UP = 30_000;

/** Warms both sides up, then runs them in turns. */
export async function measurePairs({ ours, theirs, load }: Sides): Promise<Pairs> {
  await ours(OUR_WARM_UP);
  await theirs(Math.ceil(load.mails / 5));
  const pairs: { ours: number; theirs: number }[] = [];
  for (let pair = 0; pair < load.pairs; pair++) {
    pairs.push({ ours: await ours(load.mails), theirs: await theirs(load.mails) });
  }
  const ratios = pairs.map((pair) => pair.ours / pair.theirs);
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    ratio: median(ratios),
    ratios,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
