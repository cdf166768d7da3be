/** Holds lib/routing/missed_runs.ts to what it asks, of scripted answers. @module */

import assert from "node:assert/strict";
import { log } from "../../lib/log.ts";
import type { EndedRun } from "../../lib/routing/feed_change.ts";
import type { RunPlace } from "../../lib/routing/lookups/cctray.ts";
import type { GocdAnswer, GocdApi } from "../../lib/routing/lookups/gocd_api.ts";
import { MissedRuns } from "../../lib/routing/missed_runs.ts";
import { SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory } from "../../lib/routing/stage_history.ts";

function refused(elsewhere: boolean, never = false): GocdAnswer {
  return { kind: "refused", detail: "no", elsewhere, never };
}

/** A page of history: `page("12/1 Failed", "11/1 Passed")`. */
function page(...runs: readonly string[]): GocdAnswer {
  const stages = runs.map((text) => {
    const [counter = "", stageCounter = "", result = ""] = text.split(/[/ ]/);
    return { ["pipeline_counter"]: Number(counter), counter: stageCounter, result };
  });
  return { kind: "text", text: JSON.stringify({ stages }) };
}

function placeOf(run: string, stage = "s"): RunPlace {
  const [pipelineCounter = "", stageCounter = ""] = run.split("/");
  const url = `http://go.test/go/pipelines/p/${pipelineCounter}/${stage}/${stageCounter}?x=1`;
  return { pipeline: "p", pipelineCounter, stage, stageCounter, url };
}

function endedAfter(after: string, run: string, stage = "s"): EndedRun {
  return { place: placeOf(run, stage), endedAt: 9, failure: true, after };
}

/** A history, and scripted answers for what is asked. */
class World {
  readonly asked: string[] = [];
  readonly history = new StageHistory();
  readonly stages = new SilentStages(this.history);
  readonly stop = new AbortController();
  now = 0;
  readonly #missed: MissedRuns;

  constructor(...answers: GocdAnswer[]) {
    const api: GocdApi = {
      url: "http://go.test/go",
      ask: ({ path }) => {
        this.asked.push(path.replace(/^\/api\/stages\/(.*)\/history$/, "$1"));
        return Promise.resolve(answers.shift() ?? assert.fail(`asked for ${path}`));
      },
    };
    const { history, stop: { signal } } = this;
    const options = { api, history, signal, now: () => this.now, log: log("routing") };
    this.#missed = new MissedRuns(this.stages, options);
  }

  /** `11/1 failure`; `late` where a later run is known. */
  async find(...ended: readonly EndedRun[]): Promise<readonly string[]> {
    return (await this.#missed.filledIn(ended)).map(({ place, told, late }) =>
      [`${place.pipelineCounter}/${place.stageCounter}`, told, late && "late"]
        .filter(Boolean).join(" ")
    );
  }
}

const three = ["s", "t", "u"].map((stage) => endedAfter("10/1", "12/1", stage));

const FORBIDDEN = refused(true);
const SILENT = refused(false);
const NOT_FOUND = refused(true, true);
const FOUND = page("12/1 Failed");

const answers = [
  { name: "goes on after one that is forbidden", answers: [FORBIDDEN, FOUND, FOUND], asked: 3 },
  { name: "ends with a server that is silent", answers: [SILENT], asked: 1 },
  { name: "goes on after one that was deleted", answers: [NOT_FOUND, FOUND, FOUND], asked: 3 },
  {
    name: "goes on after two that were deleted of a server that answers",
    answers: [FOUND, NOT_FOUND, NOT_FOUND],
    asked: 3,
  },
  { name: "ends with a server that has none", answers: [NOT_FOUND, NOT_FOUND], asked: 2 },
];

for (const { name, answers: given, asked } of answers) {
  Deno.test(`MissedRuns.filledIn() ${name}`, async () => {
    const world = new World(...given);
    const told = three.map((_, index) => given[index] === FOUND ? "12/1 failure" : "12/1");
    assert.deepEqual(await world.find(...three), told);
    assert.equal(world.asked.join(" "), ["p/s", "p/t", "p/u"].slice(0, asked).join(" "));
  });
}

Deno.test("MissedRuns.filledIn() asks on where one stage is not found again and again", async () => {
  const world = new World(NOT_FOUND, NOT_FOUND, FOUND);
  const [deleted, other] = three;
  assert.ok(deleted && other);
  for (const stage of [deleted, deleted, other]) await world.find(stage);
  assert.deepEqual(world.asked, ["p/s", "p/s", "p/t"]);
});

Deno.test("MissedRuns.filledIn() asks a server that had no history again after an hour", async () => {
  const world = new World(NOT_FOUND, NOT_FOUND, FOUND, FOUND, FOUND);
  for (const [now, asked] of [[0, 2], [3_599_999, 2], [3_600_000, 5]] as const) {
    world.now = now;
    await world.find(...three);
    assert.equal(world.asked.length, asked);
  }
});

Deno.test("MissedRuns.filledIn() asks nothing without a gap, or when polling has ended", async () => {
  const world = new World();
  const { after: _, ...next } = endedAfter("11/1", "12/1");
  assert.deepEqual(await world.find(next), ["12/1"]);
  world.stop.abort();
  assert.deepEqual(await world.find(...three), ["12/1", "12/1", "12/1"]);
});

const pages = [
  { name: "a rerun, where the run before is gone", page: ["10/3 Failed", "10/2 Passed"] },
  {
    name: "nothing that runs",
    page: ["10/3 Failed", "11/1 Unknown", "10/2 Passed", "10/1 Failed"],
  },
  { name: "nothing newer than the run", page: ["11/1 Failed", "10/3 Failed", "10/2 Passed"] },
];

for (const { name, page: runs } of pages) {
  Deno.test(`MissedRuns.filledIn() finds ${name}`, async () => {
    const found = await new World(page(...runs)).find(endedAfter("10/1", "10/3"));
    assert.deepEqual(found, ["10/2 success", "10/3 failure"]);
  });
}

for (const runs of [["12/1 Unknown", "11/1 Failed"], ["11/1 Failed"], []]) {
  Deno.test(`MissedRuns.filledIn() finds nothing where the run is not over in ${runs}`, async () => {
    assert.deepEqual(await new World(page(...runs)).find(endedAfter("10/1", "12/1")), ["12/1"]);
  });
}

Deno.test("MissedRuns.filledIn() knows that it is late where a mail told of the last run", async () => {
  const world = new World(page("12/1 Failed", "11/1 Failed"));
  world.stages.hear(placeOf("12/1"), "FAILS", 0);
  assert.deepEqual(await world.find(endedAfter("10/1", "12/1")), [
    "11/1 failure late",
    "12/1 failure",
  ]);
});

Deno.test("MissedRuns.filledIn() finds nothing that has been announced", async () => {
  const world = new World(page("12/1 Failed", "11/1 Failed"));
  world.stages.announce(placeOf("11/1"), "FAILS");
  assert.deepEqual(await world.find(endedAfter("10/1", "12/1")), ["12/1 failure"]);
});
