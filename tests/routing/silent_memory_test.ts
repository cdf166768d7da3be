/** Holds lib/routing/silent_memory.ts, and polling over a restart, to what must be remembered. @module */

import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { readMemory, writeMemory } from "../../lib/routing/silent_memory.ts";
import { type SilentStage, SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory, stageKey } from "../../lib/routing/stage_history.ts";
import { ended, PolledGocd } from "../support/polled_gocd.ts";
import { until } from "../support/wait.ts";

const AT = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;

/** What is known after a life with that course. */
async function livedThrough(course: (gocd: PolledGocd) => Promise<void>): Promise<string | null> {
  await using gocd = new PolledGocd([ended("10/1", "Passed")], { began: AT });
  await gocd.polled();
  await course(gocd);
  await gocd.context.close();
  return gocd.saved;
}

Deno.test("GocdContext announces after a start what ended meanwhile, once", async () => {
  const memory = await livedThrough(() => Promise.resolve());
  await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory, began: AT });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  await gocd.context.close();
  const again = { memory: gocd.saved, began: AT };
  await using third = new PolledGocd([ended("11/1", "Failed")], again);
  await third.polled();
  await third.graceOver();
  assert.deepEqual(third.announced, []);
  assert.equal((await third.mail("p/11/s/1", "failed")).alreadyAlerted, true);
  assert.equal((await third.mail("p/12/s/1", "passed")).event, "FIXED");
});

Deno.test("GocdContext knows after a start which announcement went to nobody", async () => {
  const run = { pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" };
  let memory: string | null;
  {
    await using gocd: PolledGocd = new PolledGocd([ended("10/1", "Passed")], {
      began: AT,
      announce: () => Promise.resolve(true),
    });
    await gocd.polled();
    await gocd.turns(ended("11/1", "Failed"));
    await gocd.graceOver();
    await gocd.context.close();
    memory = gocd.saved;
  }
  await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory, began: AT });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
  assert.equal((await gocd.mail("p/11/s/1", "failed")).alreadyAlerted, undefined);
  gocd.sent(run);
  assert.equal((await gocd.mail("p/11/s/1", "failed")).alreadyAlerted, true);
});

Deno.test("GocdContext announces after a start nothing that ended more than a day ago", async () => {
  const memory = await livedThrough(() => Promise.resolve());
  const began = AT + DAY_MS;
  await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory, began });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
  // From then on nothing is too old: the server's clock may be wrong.
  await gocd.turns(ended("12/1", "Passed"));
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/12/s/1 FIXED"]);
});

Deno.test("GocdContext announces after a start what may have ended a day ago, in some zone", async () => {
  const memory = await livedThrough(() => Promise.resolve());
  const old = { memory, began: AT + DAY_MS, version: "18.2" };
  await using gocd = new PolledGocd([ended("11/1", "Failed")], old);
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
});

Deno.test("GocdContext announces after a start what waited for its mail", async () => {
  const memory = await livedThrough((gocd) => gocd.turns(ended("11/1", "Failed")));
  await using gocd = new PolledGocd([ended("12/1", "Failed")], { memory, began: AT });
  await gocd.polled();
  assert.deepEqual(gocd.announced, [], "the grace begins anew");
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS", "p/12/s/1 FAILS"]);
});

Deno.test("GocdContext announces after a start nothing of which a mail had come", async () => {
  const memory = await livedThrough(async (gocd) => void await gocd.mail("p/11/s/1", "failed"));
  await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory, began: AT });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
});

Deno.test("GocdContext makes the same of a late mail after a start", async () => {
  const memory = await livedThrough((gocd) => gocd.turns(ended("11/1", "Failed")));
  await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory, began: AT });
  await gocd.polled();
  const { event, alreadyAlerted } = await gocd.mail("p/11/s/1", "failed");
  assert.deepEqual([event, alreadyAlerted], ["BREAKS", undefined]);
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
});

Deno.test("GocdContext waits for what is known, and overwrites nothing before", async () => {
  const memory = await livedThrough(() => Promise.resolve());
  let faults = 3;
  await using gocd: PolledGocd = new PolledGocd([ended("11/1", "Failed")], {
    began: AT,
    load: () => faults-- > 0 ? Promise.reject(new Error("locked")) : Promise.resolve(memory),
  });
  await until(() => faults < 0, { what: "four tries" });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  await using never = new PolledGocd([], { load: () => Promise.reject(new Error("locked")) });
  await never.mail("p/11/s/1", "failed", { waitMs: 0 });
  await never.context.close();
  assert.equal(never.saves, 0);
});

Deno.test("GocdContext keeps later what could not be kept", async () => {
  let tries = 0;
  await using gocd = new PolledGocd([ended("10/1", "Passed")], {
    saving: () => tries++ === 0 ? Promise.reject(new Error("full")) : Promise.resolve(),
  });
  await gocd.polled();
  assert.deepEqual([tries, gocd.saves], [1, 0], "not again at once");
  await gocd.context.close();
  assert.equal(gocd.saves, 1);
  assert.equal(reread(gocd.saved ?? "")?.stages.seen.get("p/s")?.run, "10/1");
  await gocd.context.close();
  assert.equal(gocd.saves, 1, "nothing has changed");
});

Deno.test("GocdContext ends although what is known is never read", async () => {
  await using gocd = new PolledGocd([], { load: () => new Promise(() => {}) });
  await gocd.mail("p/11/s/1", "failed", { waitMs: 0 });
  await gocd.context.close();
  assert.equal(gocd.saves, 0);
});

for (const memory of ["", "{", "[]", '{"version":2}', '{"version":1,"seen":[[1]]}']) {
  Deno.test(`GocdContext begins anew where ${memory || "nothing"} was kept`, async () => {
    const lines: string[] = [];
    startLog("WARNING", (line) => lines.push(line));
    {
      await using gocd = new PolledGocd([ended("11/1", "Failed")], { memory });
      await gocd.polled();
      await gocd.graceOver();
      assert.deepEqual(gocd.announced, []);
    }
    stopLog();
    assert.match(lines.join(""), /not readable; beginning anew/);
  });
}

const STAGE: SilentStage = {
  ...{ pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1", event: "BREAKS" },
  ...{ endedAt: AT, url: "https://go.test/go/pipelines/p/11/s/1" },
};

/** What was written is read by a new process. */
function reread(text: string, since = 0): { stages: SilentStages; history: StageHistory } | null {
  const history = new StageHistory();
  const stages = new SilentStages(history);
  return readMemory(text, { stages, history, now: 0, since }) ? { stages, history } : null;
}

Deno.test("readMemory() reads what writeMemory() wrote", () => {
  const history = new StageHistory();
  const stages = new SilentStages(history);
  history.observe({ pipeline: "p", stage: "s", run: "11/1", reported: "FAILS" });
  history.observe({ pipeline: "p", stage: "t", run: "11/1", reported: "PASSES" });
  const { event: _, endedAt: __, ...running } = STAGE;
  stages.seen.set("p/s", { run: "10/1", endedAt: 5, running });
  stages.seen.set("p/t", { run: "", endedAt: 6 });
  stages.seen.set("p/u", { run: "1/1", endedAt: 7 });
  stages.newest = 7;
  stages.hear({ ...STAGE, stage: "v" }, "FAILS", 0);
  stages.announce({ ...STAGE, stage: "w" }, "FIXED");
  stages.announce({ ...STAGE, stage: "x" }, "FAILS");
  for (const stage of ["x", "y"]) stages.confirm({ ...STAGE, stage }, ["Ada@X.test", "bo@x.test"]);
  stages.resume(STAGE, 0);
  const { stages: read, history: known } = reread(writeMemory(stages, history)) ?? assert.fail();
  assert.deepEqual(read.seen, stages.seen);
  assert.deepEqual(read.heard.texts, stages.heard.texts);
  assert.deepEqual(read.announced, stages.announced);
  assert.deepEqual(read.alerted.all, stages.alerted.all);
  assert.deepEqual(read.alerted.of("p/11/x/1"), new Set(["Ada@x.test", "bo@x.test"]));
  assert.deepEqual(read.pending, [STAGE]);
  assert.equal(read.newest, 7);
  const states = ["s", "t", "u"].map((stage) => known.stateOf("p", stage));
  assert.deepEqual(states, ["failure", "success", "unknown"]);
  assert.deepEqual(reread(writeMemory(stages, history), AT + 1)?.stages.pending, []);
});

Deno.test("readMemory() reads what an earlier version wrote, who kept no names", () => {
  const history = new StageHistory();
  const { alerted: _, ...whole } = JSON.parse(writeMemory(new SilentStages(history), history));
  const announced = [["p/11/s/1", "BREAKS"], ["p/11/t/1", "BREAKS", false]];
  const { stages } = reread(JSON.stringify({ ...whole, announced })) ?? assert.fail();
  assert.deepEqual(stages.alerted.all, [["p/11/s/1", "everybody"]]);
});

Deno.test("readMemory() takes in nothing of a text whose names are damaged", () => {
  const history = new StageHistory();
  const whole = JSON.parse(writeMemory(new SilentStages(history), history));
  for (const alerted of ["x", [1], [["p/11/s/1"]], [["p/11/s/1", "x"]], [["p/11/s/1", [1]]]]) {
    assert.equal(reread(JSON.stringify({ ...whole, alerted })), null, JSON.stringify(alerted));
  }
});

Deno.test("writeMemory() needs less than 5 MB for 50,000 stages", () => {
  const history = new StageHistory();
  const stages = new SilentStages(history);
  for (let index = 0; index < 50_000; index++) {
    const key = stageKey(`some-service-${index}`, "integration-test");
    stages.seen.set(key, { run: "1234/1", endedAt: AT });
  }
  const text = writeMemory(stages, history);
  assert.ok(text.length < 5_000_000, `${text.length} octets`);
  assert.equal(reread(text)?.stages.seen.size, 50_000);
});

const broken = ["newest", "seen", "heard", "announced", "pending"];

for (const key of broken) {
  Deno.test(`readMemory() takes in nothing of a text whose "${key}" is damaged`, () => {
    const history = new StageHistory();
    const whole = JSON.parse(writeMemory(new SilentStages(history), history));
    for (const damage of ["x", [{}], [[]], [1], undefined]) {
      assert.equal(reread(JSON.stringify({ ...whole, [key]: damage })), null, String(damage));
    }
  });
}
