/**
 * Prints what a crash test came to, and holds it to the promise.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CrashFigures } from "./crash_run.ts";
import { tell } from "./figures.ts";

/** @throws {Error} If a mail was lost, damaged, or doubled without a kill to explain it. */
export function checkCrashes(figures: CrashFigures): void {
  const { kills, early, acknowledged, lost, duplicates, inFlight } = figures;
  const { refused, unanswered, unacknowledged, drainMs } = figures;
  tell(`${kills} kills, ${early} of them before it listened`);
  tell(`${acknowledged} mails acknowledged, ${refused} refused, ${unanswered} without an answer`);
  tell(`${lost.length} lost; ${unacknowledged} delivered that were not acknowledged`);
  tell(`${duplicates} duplicates; ${inFlight} connections to the mail server cut by the kills`);
  tell(`drained ${Math.round(drainMs)} ms after the last mail`);
  assert.deepEqual(lost.slice(0, 10), [], "lost");
  assert.deepEqual(figures.damaged.slice(0, 10), [], "damaged");
  assert.deepEqual(figures.twiceInOneLife.slice(0, 10), [], "delivered twice without a kill");
  assert.deepEqual(figures.overInFlight, [], "more duplicates than deliveries in flight");
  assert.deepEqual(figures.complaints.slice(0, 10), [], "complaints in the log");
}
