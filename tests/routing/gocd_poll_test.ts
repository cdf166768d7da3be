/** Holds lib/routing/gocd_poll.ts and its parts to a server of GoCD that sends no mail. @module */

import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { ended, PolledGocd } from "../support/polled_gocd.ts";
import { until } from "../support/wait.ts";

Deno.test("GocdContext announces a stage that breaks without a mail, once", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Passed")]);
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  assert.deepEqual(gocd.announced, [], "its mail may still come");
  await gocd.graceOver();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  await gocd.turns(ended("12/1", "Passed"));
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"]);
});

Deno.test("GocdContext announces nothing that the first start finds", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Failed")]);
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
  assert.equal((await gocd.mail("p/11/s/1", "passed", { dryRun: true })).event, "FIXED");
});

for (const when of ["before", "after"]) {
  Deno.test(`GocdContext announces no run whose mail came ${when} cctray told`, async () => {
    await using gocd = new PolledGocd([ended("10/1", "Passed")]);
    await gocd.polled();
    if (when === "after") await gocd.turns(ended("11/1", "Failed"));
    const first = await gocd.mail("p/11/s/1", "failed");
    if (when === "before") await gocd.turns(ended("11/1", "Failed"));
    await gocd.graceOver();
    const copy = await gocd.mail("p/11/s/1", "failed");
    assert.deepEqual(gocd.announced, []);
    for (const judged of [first, copy]) {
      assert.deepEqual([judged.event, judged.alreadyAlerted], ["BREAKS", undefined]);
    }
  });
}

Deno.test("GocdContext knows a mail that comes after its run was announced", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Passed")]);
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  await gocd.graceOver();
  const rows = [
    ["p/11/s/1", "is broken", "BREAKS", true],
    ["p/11/s/1", "failed", "BREAKS", true],
    ["p/11/s/1", "is cancelled", "CANCELLED", undefined],
    ["p/12/s/1", "failed", "FAILS", undefined],
    ["p/11/t/1", "failed", "FAILS", undefined],
  ] as const;
  for (const [run, verb, event, already] of rows) {
    const judged = await gocd.mail(run, verb, { dryRun: true });
    assert.deepEqual([judged.event, judged.alreadyAlerted], [event, already], `${run} ${verb}`);
  }
  assert.deepEqual((await gocd.mail("p/11/s/1", "is broken")).notes, [
    "cctray told of this run before any mail did; announced as BREAKS",
  ]);
});

Deno.test("GocdContext lets a mail pass that says more than was announced", async () => {
  await using gocd = new PolledGocd([]);
  await gocd.polled();
  await gocd.turns(ended("1/1", "Passed"));
  await gocd.turns(ended("1/1", "Passed"), ended("11/1", "Failed", { stage: "t" }));
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/t/1 FAILS"]);
  const { event, alreadyAlerted } = await gocd.mail("p/11/t/1", "is broken");
  assert.deepEqual([event, alreadyAlerted], ["BREAKS", undefined]);
});

Deno.test("GocdContext judges our own announcement alike however often it is routed", async () => {
  const judged: unknown[] = [];
  const route = async (gocd: PolledGocd) => {
    const { event, alreadyAlerted } = await gocd.mail("p/11/s/1", "is broken", { announced: true });
    judged.push(event, alreadyAlerted);
  };
  await using gocd: PolledGocd = new PolledGocd([ended("10/1", "Passed")], {
    announce: async (stage) => {
      await route(gocd);
      return gocd.note(stage);
    },
  });
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  await gocd.graceOver();
  await route(gocd);
  await gocd.turns(ended("12/1", "Passed"));
  await route(gocd);
  await using later = new PolledGocd([ended("12/1", "Passed")]);
  await route(later);
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  assert.deepEqual(judged, Array.from({ length: 4 }, () => ["BREAKS", undefined]).flat());
});

const RUN = { pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" };

Deno.test("GocdContext lets a mail wait for the announcement that is being made", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<boolean>();
  await using gocd = new PolledGocd([ended("10/1", "Passed")], {
    announce: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  void gocd.graceOver().catch(() => {});
  await asked.promise;
  const late = gocd.mail("p/11/s/1", "is broken", { waitMs: 10_000 });
  gocd.sent(RUN);
  answer.resolve(true);
  assert.equal((await late).alreadyAlerted, true);
  await gocd.polled();
});

Deno.test("GocdContext announces again what was not taken, or rejected", async () => {
  const lines: string[] = [];
  startLog("WARNING", (line) => lines.push(line));
  const answers = [() => Promise.resolve(false), () => Promise.reject(new Error("full"))];
  {
    await using gocd: PolledGocd = new PolledGocd([ended("10/1", "Passed")], {
      announce: async (stage) => {
        // It is routed before the store says that it cannot take it.
        await gocd.mail("p/11/s/1", "is broken", { announced: true });
        return await (answers.shift()?.() ?? gocd.note(stage));
      },
    });
    await gocd.polled();
    await gocd.turns(ended("11/1", "Failed"));
    await gocd.graceOver();
    await until(() => gocd.announced.length > 0, { what: "an announcement that is taken" });
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  }
  stopLog();
  assert.deepEqual(lines.map((line) => /a stage without mail cannot be announced/.test(line)), [
    true,
  ]);
});

Deno.test("GocdContext announces what its rules may want, and nothing else", async () => {
  const course = async (gocd: PolledGocd) => {
    await gocd.polled();
    await gocd.turns(ended("11/1", "Passed"));
    await gocd.turns(ended("12/1", "Cancelled"));
    await gocd.turns(ended("13/1", "Failed"));
    await gocd.graceOver();
    return gocd.announced;
  };
  const first = [ended("10/1", "Passed")];
  await using alerts = new PolledGocd(first);
  assert.deepEqual(await course(alerts), ["p/13/s/1 FAILS"], "cancelled, so that nothing broke");
  await using all = new PolledGocd(first, {
    events: () => new Set(["PASSES", "CANCELLED", "FAILS"]),
  });
  assert.deepEqual(await course(all), ["p/11/s/1 PASSES", "p/12/s/1 CANCELLED", "p/13/s/1 FAILS"]);
});

Deno.test("GocdContext asks for the feed no oftener than it changes", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Passed")]);
  await gocd.polled();
  const feeds = gocd.server.requests.filter(({ path }) => path === "/cctray.xml");
  assert.deepEqual(feeds.map(({ status }) => status).slice(0, 2), [200, 304]);
  const saved = gocd.saves;
  await gocd.polled();
  assert.equal(gocd.saves, saved);
});

Deno.test("GocdContext polls on after every fault, and tells of it once", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  {
    await using gocd = new PolledGocd([ended("10/1", "Passed")]);
    await gocd.polled();
    for (const fault of ["error", "unavailable", "redirect", "garbage", "reset"] as const) {
      gocd.server.setFault(fault, "/cctray.xml");
      await gocd.polled();
    }
    gocd.server.setFault(null);
    await gocd.turns(ended("11/1", "Failed"));
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
  }
  stopLog();
  const told = (words: string) => lines.filter((line) => line.includes(words)).length;
  assert.equal(told("GoCD does not tell how the stages ended"), 1);
  assert.equal(told("GoCD tells how the stages ended"), 1);
  assert.equal(told("no mail came about a stage; announced"), 1);
});

Deno.test("GocdContext takes cctray's word where nobody tells who cancelled a stage", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Passed")]);
  await gocd.polled();
  gocd.server.setFault("unavailable", "/api");
  await gocd.turns(ended("11/1", "Failed"));
  await gocd.polled();
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS"]);
});
