/** Holds lib/routing/missed_runs.ts to runs that no look at cctray shows. @module */

import assert from "node:assert/strict";
import type { ServedStage } from "../../lib/cli/demo/gocd_server.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { ended, GRACE_MS, PolledGocd } from "../support/polled_gocd.ts";
import { until } from "../support/wait.ts";

/** Soon enough after the runs to tell of them after a start. */
const BEGAN = Date.parse("2026-11-22T12:00:00Z");

/** The last run and those before it: `course("13/1 Passed", "12/1 Failed")`. */
function course(...runs: readonly string[]): ServedStage {
  const [last, ...before] = runs.map((text) => {
    const [run = "", result = ""] = text.split(" ");
    return ended(run, result as ServedStage["result"]);
  });
  return { ...last ?? assert.fail(), before };
}

/** Asks that were for the history of a stage. */
function histories({ server }: PolledGocd): number {
  return server.requests.filter(({ path }) => path.endsWith("/history")).length;
}

interface Row {
  readonly name: string;
  readonly known?: string;
  /** What cctray shows next, and the history before it. */
  readonly then: readonly string[];
  readonly building?: boolean;
  /** Mails that come before that. */
  readonly mails?: readonly (readonly [run: string, verb: string])[];
  readonly announced: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: "one that broke and was fixed",
    then: ["13/1 Passed", "12/1 Passed", "11/1 Failed", "10/1 Passed"],
    announced: ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"],
  },
  {
    name: "one that broke before another failed",
    then: ["12/1 Failed", "11/1 Failed", "10/1 Passed"],
    announced: ["p/11/s/1 BREAKS", "p/12/s/1 FAILS"],
  },
  {
    name: "one that was fixed before it broke again",
    known: "10/1 Failed",
    then: ["12/1 Failed", "11/1 Passed", "10/1 Failed"],
    announced: ["p/11/s/1 FIXED", "p/12/s/1 BREAKS"],
  },
  {
    name: "none that was cancelled",
    then: ["12/1 Failed", "11/1 Cancelled", "10/1 Passed"],
    announced: ["p/12/s/1 FAILS"],
  },
  {
    name: "a rerun of the one that was known",
    then: ["10/3 Passed", "10/2 Failed", "10/1 Passed"],
    announced: ["p/10/s/2 BREAKS", "p/10/s/3 FIXED"],
  },
  {
    name: "one that was run again in the next pipeline",
    then: ["11/2 Passed", "11/1 Failed", "10/1 Passed"],
    announced: ["p/11/s/1 BREAKS", "p/11/s/2 FIXED"],
  },
  {
    name: "none where counters were skipped and nothing ran",
    then: ["15/1 Failed", "10/1 Passed", "9/1 Failed"],
    announced: ["p/15/s/1 BREAKS"],
  },
  {
    name: "none older than the one that was known, whose history is gone",
    then: ["12/1 Passed", "11/1 Failed", "9/2 Failed", "9/1 Failed"],
    announced: ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"],
  },
  {
    name: "nine of many",
    known: "1/1 Passed",
    then: [
      "30/1 Failed",
      ...Array.from({ length: 20 }, (_, index) => `${29 - index}/1 Failed`),
    ],
    announced: Array.from({ length: 10 }, (_, index) => {
      return `p/${21 + index}/s/1 ${index === 0 ? "BREAKS" : "FAILS"}`;
    }),
  },
  {
    name: "none of which a mail came",
    then: ["13/1 Passed", "12/1 Passed", "11/1 Failed", "10/1 Passed"],
    mails: [["p/11/s/1", "is broken"]],
    announced: ["p/12/s/1 FIXED"],
  },
  {
    name: "one of which a mail came that lied",
    then: ["13/1 Passed", "12/1 Passed", "11/1 Failed", "10/1 Passed"],
    mails: [["p/11/s/1", "passed"]],
    announced: ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"],
  },
  {
    name: "one although a mail came of the next",
    then: ["13/1 Passed", "12/1 Passed", "11/1 Failed", "10/1 Passed"],
    mails: [["p/12/s/1", "is fixed"]],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "nothing while the next one is under way, and does not know which ended",
    then: ["12/1 Failed", "11/1 Failed", "10/1 Passed"],
    building: true,
    announced: [],
  },
];

for (const { name, known = "10/1 Passed", then, building, mails = [], announced } of rows) {
  Deno.test(`GocdContext finds in a stage's history ${name}`, async () => {
    await using gocd = new PolledGocd([course(known)]);
    await gocd.polled();
    for (const [run, verb] of mails) await gocd.mail(run, verb);
    const shown = course(...then);
    await gocd.turns(building ? { ...shown, building } : shown);
    await gocd.graceOver();
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, announced);
    assert.equal(histories(gocd), building ? 0 : 1);
    const single = gocd.server.requests.filter(({ path }) => /stages\/.*\d$/.test(path));
    assert.deepEqual(single, [], "the history tells of the last run, too");
  });
}

Deno.test("GocdContext keeps the state of a stage when an older run is found late", async () => {
  await using gocd = new PolledGocd([course("10/1 Passed")]);
  await gocd.polled();
  await gocd.mail("p/12/s/1", "is fixed");
  await gocd.turns(course("13/1 Passed", "12/1 Passed", "11/1 Failed", "10/1 Passed"));
  assert.equal((await gocd.mail("p/14/s/1", "passed", { dryRun: true })).event, "PASSES");
  const { event, alreadyAlerted } = await gocd.mail("p/11/s/1", "is broken");
  assert.deepEqual([event, alreadyAlerted], ["BREAKS", undefined]);
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, [], "its mail has come in time");
});

Deno.test("GocdContext believes a mail whose run cctray did not show within the grace", async () => {
  await using gocd = new PolledGocd([course("10/1 Passed")]);
  await gocd.polled();
  await gocd.mail("p/11/s/1", "is broken");
  await gocd.turns({ ...course("11/1 Failed"), building: true });
  await gocd.graceOver();
  await gocd.turns(course("13/1 Passed", "12/1 Cancelled", "11/1 Failed", "10/1 Passed"));
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, []);
});

Deno.test("GocdContext tells in an announcement where the run was, and when it ended at the latest", async () => {
  const told: unknown[] = [];
  await using gocd: PolledGocd = new PolledGocd([course("10/1 Passed")], {
    announce: ({ url, endedAt }) => {
      told.push(url.replace(gocd.server.url, ""), endedAt);
      return Promise.resolve(true);
    },
  });
  await gocd.polled();
  await gocd.turns(course("12/1 Cancelled", "11/1 Failed", "10/1 Passed"));
  await gocd.graceOver();
  // It was scheduled a minute before it ended.
  assert.deepEqual(told, ["/pipelines/p/11/s/1", Date.parse("2026-11-22T10:10:01Z")]);
});

Deno.test("GocdContext finds after a start what came and went meanwhile, once", async () => {
  let memory: string | null;
  {
    await using gocd = new PolledGocd([course("10/1 Passed")], { began: BEGAN });
    await gocd.polled();
    await gocd.context.close();
    memory = gocd.saved;
  }
  const now = course("12/1 Passed", "11/1 Failed", "10/1 Passed");
  {
    await using gocd = new PolledGocd([now], { memory, began: BEGAN });
    await gocd.polled();
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"]);
    await gocd.context.close();
    memory = gocd.saved;
  }
  await using gocd = new PolledGocd([now], { memory, began: BEGAN + GRACE_MS });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual([gocd.announced, histories(gocd)], [[], 0]);
});

Deno.test("GocdContext finds after a start what it was about to find when it ended", async () => {
  let memory: string | null;
  const now = course("12/1 Passed", "11/1 Failed", "10/1 Passed");
  {
    await using gocd = new PolledGocd([course("10/1 Passed")], { began: BEGAN });
    await gocd.polled();
    gocd.server.setFault("hang", "/api/stages");
    const { requests } = gocd.server;
    const feeds = () =>
      requests.filter(({ path, status }) => path === "/cctray.xml" && status === 200);
    const before = feeds().length;
    gocd.server.setStages([now]);
    await until(() => feeds().length > before, { what: "the feed", everyMs: 1 });
    await gocd.context.close();
    memory = gocd.saved;
  }
  await using gocd = new PolledGocd([now], { memory, began: BEGAN });
  await gocd.polled();
  await gocd.graceOver();
  assert.deepEqual(gocd.announced, ["p/11/s/1 BREAKS", "p/12/s/1 FIXED"]);
});

const silent = [
  { name: "has no such API", version: "19.12", lines: 1 },
  { name: "does not answer", version: "26.1", lines: 2 },
];

const twice = (...runs: readonly string[]) =>
  ["s", "t"].map((stage) => ({ ...course(...runs), stage }));

for (const { name, version, lines: count } of silent) {
  Deno.test(`GocdContext goes on where a GoCD ${name}, and says so at debug`, async () => {
    const lines: string[] = [];
    startLog("DEBUG", (line) => lines.push(line));
    {
      await using gocd = new PolledGocd(twice("10/1 Passed"), { version });
      await gocd.polled();
      if (version === "26.1") gocd.server.setFault("unavailable", "/api/stages");
      await gocd.turns(...twice("12/1 Passed", "11/1 Failed"));
      await gocd.turns(...twice("14/1 Passed", "13/1 Failed"));
      await gocd.graceOver();
      assert.deepEqual([gocd.announced, histories(gocd)], [[], 2]);
    }
    stopLog();
    const told = lines.filter((line) => line.includes("runs between two looks"));
    assert.equal(told.length, count);
    assert.ok(told.every((line) => line.includes("DEBUG")), told.join(""));
  });
}

Deno.test("GocdContext asks for the histories of twenty stages after one look, and no more", async () => {
  const stagesAt = (run: string) =>
    Array.from({ length: 21 }, (_, index) => ({ ...ended(run, "Passed"), stage: `s${index}` }));
  await using gocd = new PolledGocd(stagesAt("10/1"));
  await gocd.polled();
  await gocd.turns(...stagesAt("12/1"));
  assert.equal(histories(gocd), 20);
});
