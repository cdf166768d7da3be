/** Holds lib/routing/stage_history.ts to the table of 2017. @module */

import assert from "node:assert/strict";
import type { StageEvent } from "../../lib/routing/packs/gocd.ts";
import {
  decideEvent,
  StageHistory,
  stageKey,
  type StageState,
  stateAfter,
} from "../../lib/routing/stage_history.ts";

type Row = readonly [StageState, StageEvent, StageEvent, StageEvent];

/** The state before, the event as reported, as expected, as decided. */
const table: readonly Row[] = [
  ["success", "PASSES", "PASSES", "PASSES"],
  ["success", "FIXED", "PASSES", "FIXED"],
  ["success", "FAILS", "BREAKS", "BREAKS"],
  ["success", "BREAKS", "BREAKS", "BREAKS"],
  ["success", "CANCELLED", "CANCELLED", "CANCELLED"],
  ["failure", "PASSES", "FIXED", "FIXED"],
  ["failure", "FIXED", "FIXED", "FIXED"],
  ["failure", "FAILS", "FAILS", "FAILS"],
  ["failure", "BREAKS", "FAILS", "BREAKS"],
  ["failure", "CANCELLED", "CANCELLED", "CANCELLED"],
  ["unknown", "PASSES", "PASSES", "PASSES"],
  ["unknown", "FIXED", "FIXED", "FIXED"],
  ["unknown", "FAILS", "FAILS", "FAILS"],
  ["unknown", "BREAKS", "BREAKS", "BREAKS"],
  ["unknown", "CANCELLED", "CANCELLED", "CANCELLED"],
];

for (const [before, reported, expected, event] of table) {
  Deno.test(`decideEvent() makes ${event} of ${reported} after ${before}`, () => {
    assert.deepEqual(decideEvent(before, reported), { before, expected, event });
  });
}

const after: readonly (readonly [StageEvent, StageState])[] = [
  ["PASSES", "success"],
  ["FIXED", "success"],
  ["BREAKS", "failure"],
  ["FAILS", "failure"],
  ["CANCELLED", "unknown"],
];

for (const [event, state] of after) {
  Deno.test(`stateAfter() is ${state} after ${event}`, () => {
    assert.equal(stateAfter(event), state);
  });
}

function run(run: string, reported: StageEvent, stage = "s"): Parameters<StageHistory["peek"]>[0] {
  return { pipeline: "p", stage, run, reported };
}

Deno.test("StageHistory.observe() decides each copy of one mail alike", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "FAILS"));
  assert.equal(history.observe(run("2/1", "PASSES")).event, "FIXED");
  assert.equal(history.observe(run("2/1", "PASSES")).event, "FIXED");
  assert.equal(history.observe(run("3/1", "PASSES")).event, "PASSES");
});

Deno.test("StageHistory.observe() decides what comes late of a run from the state before it", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "PASSES"));
  assert.equal(history.observe(run("2/1", "FAILS")).event, "BREAKS");
  assert.equal(history.observe(run("3/1", "FAILS")).event, "FAILS");
  assert.equal(history.observe(run("2/1", "FAILS")).event, "BREAKS");
  assert.equal(history.observe(run("2/1", "BREAKS")).expected, "BREAKS");
  assert.equal(history.observe(run("4/1", "PASSES")).event, "FIXED");
  assert.equal(history.observe(run("3/1", "FAILS")).event, "FAILS");
  assert.equal(history.stateOf("p", "s"), "success");
});

Deno.test("StageHistory.observe() takes a run that ended otherwise for another one", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "FAILS"));
  assert.equal(history.observe(run("1/1", "PASSES")).event, "FIXED");
  assert.equal(history.stateOf("p", "s"), "success");
});

Deno.test("StageHistory.observe() keeps stages of one pipeline apart", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "FAILS", "build"));
  assert.equal(history.observe(run("1/1", "PASSES", "test")).event, "PASSES");
});

Deno.test("StageHistory.peek() changes nothing", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "PASSES"));
  assert.equal(history.peek(run("2/1", "FAILS")).event, "BREAKS");
  assert.equal(history.stateOf("p", "s"), "success");
});

Deno.test("StageHistory.seed() leaves what a mail told", () => {
  const history = new StageHistory();
  history.observe(run("1/1", "FAILS"));
  history.seed(new Map([[stageKey("p", "s"), "success"], [stageKey("p", "t"), "success"]]));
  assert.equal(history.stateOf("p", "s"), "failure");
  assert.equal(history.stateOf("p", "t"), "success");
});

Deno.test("StageHistory forgets the stage that was not heard of for longest", () => {
  const history = new StageHistory(2);
  history.observe(run("1/1", "FAILS", "a"));
  history.observe(run("1/1", "FAILS", "b"));
  history.observe(run("2/1", "FAILS", "a"));
  history.observe(run("1/1", "FAILS", "c"));
  history.seed(new Map([[stageKey("p", "d"), "success"]]));
  assert.equal(history.size, 2);
  assert.deepEqual(["a", "b", "c", "d"].map((stage) => history.stateOf("p", stage)), [
    "failure",
    "unknown",
    "failure",
    "unknown",
  ]);
});
