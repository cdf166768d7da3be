/**
 * Balances the books of a crash test: what was acknowledged against what arrived. Pure.
 *
 * @module
 */

import type { SinkReport } from "./sink_books.ts";

/** What a crash test came to. */
export interface CrashBalance {
  /** Acknowledged mails of which no copy arrived: there must be none. */
  readonly lost: readonly string[];
  /** Mails of which two copies came out of one life of the program: no kill explains that. */
  readonly twiceInOneLife: readonly string[];
  /** Copies beyond the first, all together. */
  readonly duplicates: number;
  /** Deliveries in flight at the kills, all together: connections that they cut off. */
  readonly inFlight: number;
  /** Lives whose kill left more duplicates than were in flight. */
  readonly overInFlight: readonly { readonly life: number; readonly duplicates: number }[];
  /** Mails that arrived though nobody was told so; the notifier may send them again. */
  readonly unacknowledged: number;
}

/**
 * Compares. A copy whose 250 never reached the program is not counted as a duplicate's cause: the
 * sink dropped that connection itself, so the program had to try again.
 */
export function balanceCrashes(
  acknowledged: ReadonlySet<string>,
  { copies, cut }: Pick<SinkReport, "copies" | "cut">,
): CrashBalance {
  const twiceInOneLife: string[] = [];
  const byLife = new Map<number, number>();
  for (const [id, all] of Object.entries(copies)) {
    const lives = all.filter(({ answered }) => answered).map(({ life }) => life);
    if (new Set(lives).size < lives.length) twiceInOneLife.push(id);
    // The kill of the life that had it delivered is why there is a next copy.
    for (const life of lives.toSorted((a, b) => a - b).slice(0, -1)) {
      byLife.set(life, (byLife.get(life) ?? 0) + 1);
    }
  }
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return {
    lost: [...acknowledged].filter((id) => !Object.hasOwn(copies, id)),
    twiceInOneLife,
    duplicates: sum(byLife.values()),
    inFlight: sum(cut),
    overInFlight: [...byLife].filter(([life, count]) => count > (cut[life] ?? 0))
      .map(([life, duplicates]) => ({ life, duplicates })),
    unacknowledged: Object.keys(copies).filter((id) => !acknowledged.has(id)).length,
  };
}
