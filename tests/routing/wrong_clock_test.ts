/** Holds polling to GoCD servers whose clock was wrong for a while, or has no zone. @module */

import assert from "node:assert/strict";
import type { FeedStage } from "../../lib/routing/lookups/cctray.ts";
import { runKey, SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory } from "../../lib/routing/stage_history.ts";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-11-22T12:00:00Z");

/** Run `counter` of a stage, which ended so many hours after noon. */
function ended(counter: number, hours: number, zoned = true, stage = "s"): [string, FeedStage] {
  const url = `https://go.test/go/pipelines/p/${counter}/${stage}/1`;
  const run = { pipeline: "p", pipelineCounter: String(counter), stage, stageCounter: "1", url };
  const endedAt = NOW + hours * HOUR_MS;
  return [`p/${stage}`, { status: "Failure", building: false, endedAt, zoned, place: run }];
}

/** What each look finds, after the first; one an hour. */
function finds(...feeds: readonly (readonly [string, FeedStage][])[]): readonly string[] {
  const stages = new SilentStages(new StageHistory());
  return feeds.flatMap((feed, index) => {
    const now = NOW + index * HOUR_MS;
    return stages.look(new Map(feed), -Infinity, now).ended.map((run) => {
      stages.settle(run, "FAILS", { now, wanted: { wants: () => true } });
      return runKey(run.place);
    });
  });
}

Deno.test("SilentStages tells of a stage again when a clock that was ahead has been set right", () => {
  assert.deepEqual(finds([ended(10, 0)], [ended(11, 9_999)], [ended(12, 2)], [ended(13, 3)]), [
    "p/11/s/1",
    "p/12/s/1",
    "p/13/s/1",
  ]);
});

Deno.test("SilentStages tells of a new stage although one ended by a wrong clock", () => {
  const wrong = ended(10, 9_999);
  assert.deepEqual(finds([wrong, ended(1, 0, true, "t")], [wrong, ended(1, 1, true, "u")]), [
    "p/1/u/1",
  ]);
});

Deno.test("SilentStages tells of no older run that GoCD shows after a restart", () => {
  assert.deepEqual(finds([ended(11, 0)], [ended(10, 1)], [ended(11, 0)], [ended(12, 3)]), [
    "p/10/s/1",
    "p/12/s/1",
  ]);
});

Deno.test("SilentStages takes a clock without zone as it is, however far from ours", () => {
  assert.deepEqual(
    finds([ended(11, 10, false)], [ended(10, 7, false)], [ended(12, 9, false)]),
    ["p/12/s/1"],
    "older by three hours; by one, as in autumn",
  );
});
