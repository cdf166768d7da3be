/** Holds polling to what cctray says, whatever mails anybody forges. @module */

import assert from "node:assert/strict";
import { HeardMails } from "../../lib/routing/heard_mails.ts";
import { StageHistory } from "../../lib/routing/stage_history.ts";
import { ended, PolledGocd } from "../support/polled_gocd.ts";

type Course = (gocd: PolledGocd) => Promise<unknown>;

const mail = (run: string, verb: string): Course => (gocd) => gocd.mail(run, verb);
const breaks: Course = (gocd) => gocd.turns(ended("11/1", "Failed"));
const cancels: Course = (gocd) => gocd.turns(ended("11/1", "Cancelled"));
const passes: Course = (gocd) => gocd.turns(ended("11/1", "Passed"));
const graceOver: Course = (gocd) => gocd.graceOver();
const runs: Course = (gocd) => gocd.turns(ended("10/1", "Passed", { building: true }));
const failing = (path: string | null): Course => (gocd) => {
  gocd.server.setFault(path === null ? null : "error", path ?? undefined);
  return Promise.resolve();
};
const nobodyTells = failing("/api");
const noFeed = failing("/cctray.xml");
const again = failing(null);

const announcements: readonly {
  readonly name: string;
  readonly course: readonly Course[];
  readonly announced: readonly string[];
}[] = [
  {
    name: "a run that was called passed before it failed",
    course: [mail("p/11/s/1", "passed"), breaks],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "a run that is called passed after it failed",
    course: [breaks, mail("p/11/s/1", "passed")],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "a run that is called cancelled after it failed",
    course: [breaks, mail("p/11/s/1", "is cancelled")],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "a run that was called cancelled before it failed",
    course: [mail("p/11/s/1", "is cancelled"), breaks],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "no run that was called passed and failed, and failed",
    course: [mail("p/11/s/1", "passed"), mail("p/11/s/1", "failed"), breaks],
    announced: [],
  },
  {
    name: "no run that was called failed and passed, and failed",
    course: [mail("p/11/s/1", "failed"), mail("p/11/s/1", "passed"), breaks],
    announced: [],
  },
  {
    name: "a run that was called failed long before it did",
    course: [mail("p/11/s/1", "failed"), graceOver, breaks],
    announced: ["p/11/s/1 BREAKS"],
  },
  {
    name: "no run that was called cancelled, and was",
    course: [mail("p/11/s/1", "is cancelled"), cancels],
    announced: [],
  },
  {
    name: "no run that was called cancelled, where nobody else can tell",
    course: [nobodyTells, mail("p/11/s/1", "is cancelled"), breaks],
    announced: [],
  },
  {
    name: "no run that is called cancelled, where nobody else can tell",
    course: [nobodyTells, breaks, mail("p/11/s/1", "is cancelled")],
    announced: [],
  },
  {
    name: "no run that was called failed while there was no feed",
    course: [noFeed, mail("p/11/s/1", "failed"), graceOver, again, breaks],
    announced: [],
  },
  {
    name: "what a run is after one that came and went while there was no feed",
    course: [
      noFeed,
      mail("p/11/s/1", "failed"),
      graceOver,
      again,
      (gocd) => gocd.turns(ended("12/1", "Failed")),
    ],
    announced: ["p/12/s/1 FAILS"],
  },
  {
    name: "a run that is called passed, where nobody can tell if it was cancelled",
    course: [nobodyTells, breaks, mail("p/11/s/1", "passed")],
    announced: ["p/11/s/1 BREAKS"],
  },
];

for (const { name, course, announced } of announcements) {
  Deno.test(`GocdContext announces ${name}`, async () => {
    await using gocd = new PolledGocd([ended("10/1", "Passed")]);
    await gocd.polled();
    for (const step of course) await step(gocd);
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, announced);
  });
}

const histories: readonly {
  readonly name: string;
  readonly course: readonly Course[];
  /** What a mail of GoCD that calls 12/1 failed stands for then. */
  readonly event: string;
}[] = [
  { name: "nothing forged", course: [], event: "BREAKS" },
  {
    name: "a run that never was",
    course: [mail("p/10/s/2", "failed"), graceOver],
    event: "BREAKS",
  },
  {
    name: "more runs that never were than are remembered",
    course: [
      ...["2", "3", "4", "5", "6", "7"].map((counter) => mail(`p/10/s/${counter}`, "failed")),
      graceOver,
    ],
    event: "BREAKS",
  },
  {
    name: "a run that is under way",
    course: [runs, mail("p/11/s/1", "failed"), graceOver],
    event: "BREAKS",
  },
  { name: "the run that passed", course: [mail("p/10/s/1", "failed")], event: "BREAKS" },
  {
    name: "a run that passes after it",
    course: [mail("p/11/s/1", "failed"), passes],
    event: "BREAKS",
  },
  {
    name: "a run that passes, and was announced",
    course: [passes, graceOver, mail("p/11/s/1", "failed")],
    event: "BREAKS",
  },
  {
    name: "nothing: 11/1 failed indeed",
    course: [mail("p/11/s/1", "failed"), breaks],
    event: "FAILS",
  },
  { name: "nothing: 11/1 is just over", course: [mail("p/11/s/1", "failed")], event: "FAILS" },
];

for (const { name, course, event } of histories) {
  Deno.test(`GocdContext knows ${event} after mails forge ${name}`, async () => {
    await using gocd = new PolledGocd([ended("10/1", "Passed")]);
    await gocd.polled();
    for (const step of course) await step(gocd);
    await gocd.polled();
    assert.equal((await gocd.mail("p/12/s/1", "failed")).event, event);
  });
}

Deno.test("GocdContext knows FAILS after a mail forged that a broken stage passed", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Failed")]);
  await gocd.polled();
  await gocd.mail("p/10/s/2", "passed");
  await gocd.graceOver();
  assert.equal((await gocd.mail("p/11/s/1", "failed")).event, "FAILS");
});

Deno.test("HeardMails reads what it wrote, and what was written before there were words", () => {
  const name = { pipeline: "p", pipelineCounter: "1", stage: "s", stageCounter: "2" };
  const heard = new HeardMails();
  heard.hear(name, "failure", 5);
  heard.hear(name, "unknown", 6);
  assert.deepEqual(heard.texts, ["p/1/s/2 fu"]);
  const read = new HeardMails();
  for (const text of [...heard.texts, "q/1/s/2"]) read.restore(text, 7);
  assert.deepEqual(read.texts, ["p/1/s/2 fu", "q/1/s/2 sfu"]);
  assert.deepEqual(heard.before(5), []);
  assert.deepEqual(heard.before(6), [name]);
  assert.deepEqual(read.before(8).length, 2);
});

Deno.test("HeardMails forgets the oldest of too many runs", () => {
  const heard = new HeardMails();
  for (let counter = 0; counter < 10_002; counter++) {
    const name = { pipeline: "p", pipelineCounter: `${counter}`, stage: "s", stageCounter: "1" };
    heard.hear(name, "failure", 0);
  }
  assert.equal(heard.texts.length, 10_000);
  assert.equal(heard.texts[0], "p/2/s/1 f");
});

Deno.test("StageHistory.revoke() keeps what stands", () => {
  const history = new StageHistory();
  const stage = { pipeline: "p", stage: "s" };
  const observe = (run: string, reported: "PASSES" | "FAILS") =>
    history.observe({ ...stage, run, reported }).event;
  const revoke = (pipelineCounter: string, ended?: "success" | "failure") =>
    history.revoke({ ...stage, pipelineCounter, stageCounter: "1" }, ended);
  observe("1/1", "PASSES");
  observe("2/1", "FAILS");
  observe("3/1", "PASSES");
  revoke("2");
  assert.equal(history.stateOf("p", "s"), "success", "a later run has its say");
  revoke("3");
  assert.equal(history.stateOf("p", "s"), "failure", "as it was before that run");
  observe("4/1", "PASSES");
  observe("4/1", "FAILS");
  revoke("4", "success");
  assert.equal(history.stateOf("p", "s"), "success");
  assert.equal(observe("4/1", "PASSES"), "FIXED", "what stands is known");
  revoke("9");
  assert.equal(history.stateOf("p", "s"), "success");
  history.revoke({ pipeline: "q", stage: "s", pipelineCounter: "1", stageCounter: "1" });
  assert.equal(history.stateOf("q", "s"), "unknown");
});
