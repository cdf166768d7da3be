/**
 * Prints what a crash test came to, and holds it to the promise.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CrashFigures } from "./crash_books.ts";
import { tell } from "./figures.ts";
import { most } from "./rounds.ts";

/**
 * Most deliveries that are in flight at a time: from when a destination is tried until its answer
 * is on disk. 40 of each destination from the queue (`lib/queue/lane.ts`), 200 of mail that has
 * just come in (`lib/queue/queue.ts`).
 */
const IN_FLIGHT = 240;
/**
 * Longest time that an answer of a mail server may take to be on disk, in ms; otherwise so many
 * times the longest answer to a notifier in the same run, which waits for the disk as well.
 */
const ON_DISK_MS = 2_000;
const TIMES_ANSWER = 2;

/** @throws {Error} If a mail was lost, damaged, or doubled without a kill to explain it. */
export function checkCrashes(figures: CrashFigures): void {
  const { kills, early, acknowledged, refused, unanswered, unacknowledged } = figures;
  const { lost, duplicates, mostOfOneKill, cut, longestInFlightMs, drainMs } = figures;
  const { longestAnswerMs } = figures;
  tell(`${kills} kills, ${early} of them before it listened`);
  tell(
    `${acknowledged} mails acknowledged, after ${Math.round(longestAnswerMs)} ms at most, ` +
      `${refused} refused, ${unanswered} without an answer`,
  );
  tell(`${lost.length} lost; ${unacknowledged} delivered that were not acknowledged`);
  tell(
    `${duplicates} duplicates, ${mostOfOneKill} of one kill at most, delivered up to ` +
      `${longestInFlightMs} ms before it; the kills cut ${cut} connections to the mail server`,
  );
  tell(
    `drained ${Math.round(drainMs)} ms after the last mail; ${figures.litter} files to clear away`,
  );
  assert.deepEqual(lost.slice(0, 10), [], "lost");
  assert.deepEqual(figures.damaged.slice(0, 10), [], "damaged");
  assert.deepEqual(figures.twiceInOneLife.slice(0, 10), [], "delivered twice without a kill");
  assert.ok(mostOfOneKill <= IN_FLIGHT, "more duplicates than deliveries in flight");
  assert.ok(
    longestInFlightMs <= most(ON_DISK_MS, longestAnswerMs, TIMES_ANSWER),
    `duplicates of what was not in flight any more: ${longestInFlightMs} ms before the kill`,
  );
  assert.deepEqual(figures.queued.slice(0, 10), [], "left in the queue");
  assert.deepEqual(figures.litterLeft.slice(0, 10), [], "files left in the store");
  assert.deepEqual(figures.complaints.slice(0, 10), [], "complaints in the log");
}
