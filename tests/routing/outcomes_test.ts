/** Holds lib/routing/outcomes.ts and what it asks to scripted answers. @module */

import assert from "node:assert/strict";
import type { EndedRun } from "../../lib/routing/feed_change.ts";
import type { GocdAnswer, GocdApi } from "../../lib/routing/lookups/gocd_api.ts";
import { Outcomes } from "../../lib/routing/outcomes.ts";
import type { StageEvent } from "../../lib/routing/packs/gocd.ts";
import { SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory } from "../../lib/routing/stage_history.ts";

const said = (body: unknown): GocdAnswer => ({ kind: "text", text: JSON.stringify(body) });
const refused = (elsewhere: boolean, never = false): GocdAnswer => ({
  kind: "refused",
  detail: "no",
  elsewhere,
  never,
});
const SILENT = refused(false);
const FORBIDDEN = refused(true);
const MISSING = refused(true, true);
const result = (word: string) => said({ result: word });
/** A dashboard that shows run 11/1 of the first stages so. */
const board = (status: string, stages = 1) =>
  said({
    _embedded: {
      pipelines: [{
        name: "p",
        _embedded: {
          instances: [{
            counter: 11,
            _embedded: {
              stages: Array.from(
                { length: stages },
                (_, index) => ({ name: `s${index}`, counter: "1", status }),
              ),
            },
          }],
        },
      }],
    },
  });

/** A world in which the run 11/1 of each stage has ended, as a Failure unless it says otherwise. */
class World {
  readonly asked: string[] = [];
  readonly events: (StageEvent | "open")[] = [];
  readonly stages = new SilentStages(new StageHistory());
  readonly #answers: GocdAnswer[];
  readonly #outcomes: Outcomes;

  constructor(answers: readonly GocdAnswer[]) {
    this.#answers = [...answers];
    const api: GocdApi = {
      url: "http://go.test/go",
      ask: ({ path }) => {
        this.asked.push(path);
        return Promise.resolve(this.#answers.shift() ?? assert.fail(`asked for ${path}`));
      },
    };
    const wants = (_: EndedRun, event: StageEvent) => this.events.push(event) > 0;
    const { signal } = new AbortController();
    this.#outcomes = new Outcomes(this.stages, { api, now: () => 0, signal, wanted: { wants } });
  }

  async settle(count = 1, failure = true): Promise<void> {
    await this.#outcomes.settle(Array.from({ length: count }, (_, index) => {
      const place = {
        ...{ pipeline: "p", pipelineCounter: "11", stage: `s${index}`, stageCounter: "1" },
        url: `http://go.test/go/pipelines/p/11/s${index}/1`,
      };
      return { place, endedAt: 1, failure };
    }));
    if (this.#outcomes.open) this.events.push("open");
  }
}

interface Row {
  readonly name: string;
  readonly answers: readonly GocdAnswer[];
  readonly event: StageEvent | "open";
}

const rows: readonly Row[] = [
  { name: "a failed run", answers: [result("Failed")], event: "FAILS" },
  { name: "a cancelled run", answers: [result("Cancelled")], event: "CANCELLED" },
  { name: "a run that passed after all", answers: [result("Passed")], event: "PASSES" },
  { name: "a run that is not over", answers: [result("Unknown")], event: "open" },
  { name: "nonsense, then nobody", answers: [said([]), FORBIDDEN], event: "FAILS" },
  { name: "nonsense twice", answers: [said([]), said({})], event: "FAILS" },
  {
    name: "a missing API, but a dashboard",
    answers: [MISSING, board("Cancelled")],
    event: "CANCELLED",
  },
  { name: "a run that is failing on it", answers: [FORBIDDEN, board("Failing")], event: "open" },
  { name: "a dashboard without the run", answers: [FORBIDDEN, board("Passed", 0)], event: "FAILS" },
  { name: "neither", answers: [MISSING, MISSING], event: "FAILS" },
  { name: "a dashboard that is loading", answers: [MISSING, SILENT], event: "open" },
  { name: "a server that is silent", answers: [SILENT], event: "open" },
];

for (const { name, answers, event } of rows) {
  Deno.test(`Outcomes.settle() finds ${name}: ${event}`, async () => {
    const world = new World(answers);
    await world.settle();
    assert.deepEqual(world.events, [event]);
    assert.equal(world.asked.length, answers.length);
    assert.equal(world.asked[0], "/api/stages/p/11/s0/1");
  });
}

Deno.test("Outcomes.settle() asks again for what is open, but not for ever", async () => {
  const world = new World([SILENT, SILENT, SILENT, SILENT, SILENT]);
  for (let look = 0; look < 5; look++) await world.settle();
  assert.deepEqual(world.events, ["open", "open", "open", "open", "FAILS"]);
  const told = new World([SILENT, result("Cancelled")]);
  for (let look = 0; look < 2; look++) await told.settle();
  assert.deepEqual(told.events, ["open", "CANCELLED"]);
});

Deno.test("Outcomes.settle() asks nobody about a success, or a run that a mail told about", async () => {
  const world = new World([]);
  await world.settle(1, false);
  assert.deepEqual(world.events, ["PASSES"]);
  const heard = new World([]);
  heard.stages.hear(
    { pipeline: "p", pipelineCounter: "11", stage: "s0", stageCounter: "1" },
    "FAILS",
    0,
  );
  await heard.settle();
  assert.deepEqual(heard.events, []);
});

Deno.test("Outcomes.settle() asks the dashboard at once about many runs", async () => {
  const world = new World([board("Cancelled", 20)]);
  await world.settle(21);
  assert.deepEqual(world.asked, ["/api/dashboard"]);
  assert.deepEqual(world.events, [...Array.from({ length: 20 }, () => "CANCELLED"), "FAILS"]);
});

Deno.test("Outcomes.settle() asks for no second run where the first tells that the API is missing", async () => {
  const world = new World([MISSING, board("Cancelled", 2)]);
  await world.settle(2);
  assert.deepEqual(world.events, ["CANCELLED", "CANCELLED"]);
});

Deno.test("Outcomes.settle() asks a server that is silent no more about the other runs", async () => {
  const world = new World([result("Failed"), SILENT]);
  await world.settle(3);
  assert.deepEqual(world.events, ["FAILS", "open"]);
  assert.equal(world.asked.length, 2);
});
