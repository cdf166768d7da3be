/**
 * Balances the books of a crash test: what was acknowledged against what arrived. Pure.
 *
 * @module
 */

import type { SinkReport } from "./sink_books.ts";

/** What the books say. */
export interface CrashBalance {
  /** Acknowledged mails of which no copy arrived: there must be none. */
  readonly lost: readonly string[];
  /** Mails of which two copies came out of one life of the program: no kill explains that. */
  readonly twiceInOneLife: readonly string[];
  /** Copies beyond the first, all together; and the most of them that one kill has caused. */
  readonly duplicates: number;
  readonly mostOfOneKill: number;
  /** The longest time from a copy that had to be repeated to the kill that is why, in ms. */
  readonly longestInFlightMs: number;
  /** Connections to the mail server that the kills cut off, all together. */
  readonly cut: number;
  /** Mails that arrived though nobody was told so; the notifier may send them again. */
  readonly unacknowledged: number;
}

/** All that a crash test came to. */
export interface CrashFigures extends CrashBalance {
  /** How often the program was killed. */
  readonly kills: number;
  /** How many of these kills struck before it listened. */
  readonly early: number;
  /** Mails answered 2xx. */
  readonly acknowledged: number;
  /** The longest time until one of them was answered, in ms: how slow disk and machine were. */
  readonly longestAnswerMs: number;
  /** Mails answered otherwise, and mails whose answer never came. */
  readonly refused: number;
  readonly unanswered: number;
  /** Mails that came with another body than they were sent with. */
  readonly damaged: readonly string[];
  /** Lines of the log that speak of an error. */
  readonly complaints: readonly string[];
  /** Mails that are in the queue at the end. */
  readonly queued: readonly string[];
  /** Files that the kills left; and those that were still there an hour and a start later. */
  readonly litter: number;
  readonly litterLeft: readonly string[];
  /** From the last kill until every acknowledged mail had arrived, in ms. */
  readonly drainMs: number;
}

/**
 * Compares. A copy whose 250 never reached the program is not what a duplicate comes from: the
 * sink dropped that connection itself, so the program had to try again.
 *
 * @param kills When each life was killed, in milliseconds since the epoch.
 */
export function balanceCrashes(
  acknowledged: ReadonlySet<string>,
  { copies, cut }: Pick<SinkReport, "copies" | "cut">,
  kills: readonly number[],
): CrashBalance {
  const twiceInOneLife: string[] = [];
  /** Copies that a kill made worthless, by the life that it ended. */
  const repeated = new Map<number, number>();
  let longestInFlightMs = 0;
  for (const [id, all] of Object.entries(copies)) {
    const heard = all.filter(({ answered }) => answered).toSorted((a, b) => a.life - b.life);
    if (new Set(heard.map(({ life }) => life)).size < heard.length) twiceInOneLife.push(id);
    for (const { life, at } of heard.slice(0, -1)) {
      repeated.set(life, (repeated.get(life) ?? 0) + 1);
      longestInFlightMs = Math.max(longestInFlightMs, (kills[life] ?? Infinity) - at);
    }
  }
  const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
  return {
    lost: [...acknowledged].filter((id) => !Object.hasOwn(copies, id)),
    twiceInOneLife,
    duplicates: sum(repeated.values()),
    mostOfOneKill: Math.max(0, ...repeated.values()),
    longestInFlightMs,
    cut: sum(cut),
    unacknowledged: Object.keys(copies).filter((id) => !acknowledged.has(id)).length,
  };
}
