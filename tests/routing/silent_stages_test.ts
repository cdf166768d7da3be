/** Holds lib/routing/silent_stages.ts to feeds, one after the other. @module */

import assert from "node:assert/strict";
import type { FeedStage, RunPlace } from "../../lib/routing/lookups/cctray.ts";
import type { StageEvent } from "../../lib/routing/packs/gocd.ts";
import { runKey, SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory, stageKey } from "../../lib/routing/stage_history.ts";

const GRACE_MS = 100;

function placeOf(run: string, stage = "s"): RunPlace {
  const [pipelineCounter = "", stageCounter = ""] = run.split("/");
  const url = `https://go.test/go/pipelines/p/${pipelineCounter}/${stage}/${stageCounter}`;
  return { pipeline: "p", pipelineCounter, stage, stageCounter, url };
}

/** `S 11/1 @5`: succeeded at 5; `F 11/1 @5 > 12/1`: failed at 5, and 12/1 is under way. */
function entryOf(text: string, stage = "s"): FeedStage {
  const [, status, run = "", at = "0", running] = /^([SF]) (\S+) @(\d+)(?: > (\S+))?$/.exec(text) ??
    assert.fail(text);
  return {
    status: status === "S" ? "Success" : "Failure",
    building: running !== undefined,
    endedAt: Number(at),
    zoned: true,
    place: placeOf(running ?? run, stage),
  };
}

type Feed = Readonly<Record<string, string>>;

/** A world with one server; a feed is given by stage, a word by stage and run. */
class World {
  readonly history = new StageHistory();
  readonly stages = new SilentStages(this.history);
  now = 1_000;

  /** Looks, settles what ended, and says what that was. */
  look(feed: Feed): readonly string[] {
    const entries = Object.entries(feed).map(([stage, text]) =>
      [stageKey("p", stage), entryOf(text, stage)] as const
    );
    const { ended, begun } = this.stages.look(new Map(entries), this.now - GRACE_MS, this.now);
    const stateOf = (stage: FeedStage) => stage.status === "Success" ? "success" : "failure";
    this.history.seed(new Map([...begun].map(([key, stage]) => [key, stateOf(stage)])));
    const wanted = { wants: () => true };
    for (const run of ended) {
      this.stages.settle(run, run.failure ? "FAILS" : "PASSES", { now: this.now, wanted });
    }
    return ended.map(({ place }) => runKey(place));
  }

  mail(run: string, reported: StageEvent, stage = "s"): void {
    if (!this.stages.hear(placeOf(run, stage), reported, this.now)) return;
    this.history.observe({ pipeline: "p", stage, run, reported });
  }

  /** What is announced once the grace is over. */
  due(): readonly string[] {
    this.now += GRACE_MS;
    return this.stages.due(this.now, GRACE_MS).map((stage) => {
      this.stages.announce(stage, stage.event);
      return `${runKey(stage)} ${stage.event} @${stage.endedAt}`;
    });
  }
}

interface Row {
  readonly name: string;
  /** Feeds, one look each; all of them before the grace is over. */
  readonly feeds: readonly Feed[];
  readonly announced: readonly string[];
}

const rows: readonly Row[] = [
  { name: "what the first look finds", feeds: [{ s: "F 11/1 @5" }], announced: [] },
  {
    name: "a stage that breaks",
    feeds: [{ s: "S 10/1 @5" }, { s: "F 11/1 @6" }],
    announced: ["p/11/s/1 BREAKS @6"],
  },
  {
    name: "a stage that is fixed",
    feeds: [{ s: "F 10/1 @5" }, { s: "S 11/1 @6" }],
    announced: ["p/11/s/1 FIXED @6"],
  },
  {
    name: "a broken stage that fails again",
    feeds: [{ s: "F 10/1 @5" }, { s: "F 11/1 @6" }],
    announced: ["p/11/s/1 FAILS @6"],
  },
  {
    name: "a stage that was run again",
    feeds: [{ s: "S 10/1 @5" }, { s: "F 10/2 @6" }],
    announced: ["p/10/s/2 BREAKS @6"],
  },
  {
    name: "runs one after the other, in their order",
    feeds: [{ s: "S 10/1 @5" }, { s: "F 11/1 @6" }, { s: "S 12/1 @7" }, { s: "S 13/1 @8" }],
    announced: ["p/11/s/1 BREAKS @6", "p/12/s/1 FIXED @7", "p/13/s/1 PASSES @8"],
  },
  {
    name: "the same feed again",
    feeds: [{ s: "S 10/1 @5" }, { s: "F 11/1 @6" }, { s: "F 11/1 @6" }],
    announced: ["p/11/s/1 BREAKS @6"],
  },
  {
    name: "a run under way, which says nothing yet",
    feeds: [{ s: "S 10/1 @5" }, { s: "S 10/1 @5 > 11/1" }, { s: "S 10/1 @5 > 11/1" }],
    announced: [],
  },
  {
    name: "a run that was under way at the first look",
    feeds: [{ s: "S 10/1 @5 > 11/1" }, { s: "F 11/1 @6" }],
    announced: ["p/11/s/1 BREAKS @6"],
  },
  {
    name: "a run that ended while the next one began",
    feeds: [{ s: "S 10/1 @5 > 11/1" }, { s: "F 11/1 @6 > 12/1" }, { s: "S 12/1 @7" }],
    announced: ["p/11/s/1 BREAKS @6", "p/12/s/1 FIXED @7"],
  },
  {
    name: "a stage run again while it was seen running",
    feeds: [{ s: "S 10/1 @5 > 11/1" }, { s: "F 11/1 @6 > 11/2" }],
    announced: ["p/11/s/1 BREAKS @6"],
  },
  {
    name: "no run without a name, but the next one",
    feeds: [{ s: "S 10/1 @5" }, { s: "F 11/1 @6 > 12/1" }, { s: "F 12/1 @7" }],
    announced: ["p/12/s/1 BREAKS @7"],
  },
  {
    name: "no run of two that may have ended",
    feeds: [{ s: "S 10/1 @5 > 11/1" }, { s: "F 12/1 @7 > 13/1" }, { s: "F 13/1 @8" }],
    announced: ["p/13/s/1 BREAKS @8"],
  },
  {
    name: "no older run that GoCD shows after a restart",
    feeds: [{ s: "S 10/2 @9" }, { s: "F 11/1 @6" }, { s: "S 10/2 @9" }],
    announced: [],
  },
  {
    name: "a stage that was not there for a while",
    feeds: [{ s: "S 10/1 @5" }, {}, { s: "F 11/1 @6" }],
    announced: ["p/11/s/1 BREAKS @6"],
  },
  {
    name: "a new stage that ended since the look before",
    feeds: [{ s: "S 10/1 @5" }, { s: "S 10/1 @5", t: "F 1/1 @6" }],
    announced: ["p/1/t/1 FAILS @6"],
  },
  {
    name: "no stage that the account may see since, and that ended before",
    feeds: [{ s: "S 10/1 @5" }, { s: "S 10/1 @5", t: "F 1/1 @4" }, { t: "S 2/1 @6" }],
    announced: ["p/2/t/1 FIXED @6"],
  },
];

for (const { name, feeds, announced } of rows) {
  Deno.test(`SilentStages announces ${name}`, () => {
    const world = new World();
    feeds.forEach((feed) => world.look(feed));
    assert.deepEqual(world.due(), announced);
    assert.deepEqual(world.due(), []);
  });
}

Deno.test("SilentStages lets a run wait for its mail as long as the grace", () => {
  const world = new World();
  world.look({ s: "S 10/1 @5" });
  world.look({ s: "F 11/1 @6" });
  assert.deepEqual(world.stages.due(world.now + GRACE_MS - 1, GRACE_MS), []);
  assert.equal(world.stages.nextDue(GRACE_MS), world.now + GRACE_MS);
  assert.equal(world.stages.due(world.now + GRACE_MS, GRACE_MS).length, 1);
  assert.equal(world.stages.due(world.now - 1, GRACE_MS).length, 1, "a clock that was set back");
});

Deno.test("SilentStages does not announce a run whose mail came within the grace", () => {
  const world = new World();
  world.look({ s: "S 10/1 @5" });
  world.look({ s: "F 11/1 @6" });
  assert.deepEqual(world.stages.told(placeOf("11/1")), { event: "BREAKS" });
  world.mail("11/1", "BREAKS");
  assert.deepEqual(world.due(), []);
  assert.equal(world.stages.told(placeOf("11/1")), undefined);
});

Deno.test("SilentStages does not announce a run whose mail came before cctray told", () => {
  const world = new World();
  world.look({ s: "S 10/1 @5" });
  world.mail("11/1", "BREAKS");
  world.mail("12/1", "FIXED");
  world.look({ s: "F 11/1 @6" });
  world.look({ s: "S 12/1 @7" });
  assert.deepEqual(world.due(), []);
  assert.deepEqual(world.stages.heard.texts, []);
});

Deno.test("SilentStages keeps the mails of one run and of another apart", () => {
  const world = new World();
  world.look({ s: "S 10/1 @5", t: "S 10/1 @5" });
  world.look({ s: "F 11/1 @6", t: "F 11/1 @7" });
  world.mail("11/1", "BREAKS", "t");
  world.mail("10/1", "PASSES", "s");
  assert.deepEqual(world.due(), ["p/11/s/1 BREAKS @6"]);
});

Deno.test("SilentStages remembers what was announced", () => {
  const world = new World();
  world.look({ s: "S 10/1 @5" });
  world.look({ s: "F 11/1 @6" });
  world.due();
  assert.deepEqual(world.stages.told(placeOf("11/1")), { event: "BREAKS" });
  world.stages.confirm(placeOf("11/1"), []);
  assert.deepEqual(world.stages.told(placeOf("11/1")), { event: "BREAKS" }, "nobody got it");
  world.stages.confirm(placeOf("11/1"), ["a@x.test"]);
  assert.deepEqual(world.stages.told(placeOf("11/1"))?.alerted, new Set(["a@x.test"]));
  world.mail("11/1", "BREAKS");
  assert.deepEqual(world.look({ s: "F 11/1 @6" }), []);
  assert.deepEqual(world.due(), []);
});

Deno.test("SilentStages leaves to the feed what it cannot remember", () => {
  const stages = new SilentStages(new StageHistory());
  const names = Array.from({ length: 10_001 }, (_, index) => `s${index}`);
  const feed = (at: number) =>
    new Map(names.map((name) => [stageKey("p", name), entryOf(`F ${at}/1 @${at}`, name)]));
  stages.look(feed(1));
  const settle = () => {
    const { ended } = stages.look(feed(2));
    const waiting = { now: 0, wanted: { wants: () => true } };
    ended.forEach((run) => stages.settle(run, "FAILS", waiting));
    return ended.length;
  };
  assert.equal(settle(), 10_001);
  assert.equal(stages.pending.length, 10_000);
  for (const stage of stages.due(0, 0)) stages.announce(stage, stage.event);
  assert.equal(settle(), 1);
  assert.equal(stages.announced.size, 10_000);
});

Deno.test("SilentStages takes the time of a server without zone less exactly", () => {
  const stages = new SilentStages(new StageHistory());
  const hour = 3_600_000;
  const look = (text: string) =>
    stages.look(new Map([["p/s", { ...entryOf(text), zoned: false }]])).ended.length;
  look(`S 10/1 @${5 * hour}`);
  assert.equal(look(`F 11/1 @${4 * hour}`), 1);
  assert.equal(look(`F 11/1 @${2 * hour}`), 0);
});
