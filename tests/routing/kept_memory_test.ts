/** Holds lib/routing/kept_memory.ts to when it saves. @module */

import assert from "node:assert/strict";
import { log } from "../../lib/log.ts";
import { KeptMemory } from "../../lib/routing/kept_memory.ts";
import { SilentStages } from "../../lib/routing/silent_stages.ts";
import { StageHistory } from "../../lib/routing/stage_history.ts";

/** A memory that is saved at most every ten seconds, and how often it was. */
class World {
  now = 100_000_000;
  saves = 0;
  readonly memory: KeptMemory;

  constructor() {
    const history = new StageHistory();
    this.memory = new KeptMemory({
      memory: {
        load: () => Promise.resolve(null),
        save: () => Promise.resolve(void this.saves++),
      },
      stages: new SilentStages(history),
      history,
      saveMs: 10_000,
      now: () => this.now,
      log: log("routing"),
    });
  }

  async loaded(): Promise<this> {
    assert.equal(await this.memory.load(0, new AbortController().signal), null);
    this.memory.touch();
    await this.memory.saveDue();
    assert.equal(this.saves, 1);
    return this;
  }
}

const rows = [
  { name: "nothing that is as it was", laterMs: 60_000, saves: 1 },
  { name: "no change before its time", laterMs: 9_999, touch: false, saves: 1 },
  { name: "a change in its time", laterMs: 10_000, touch: false, saves: 2 },
  { name: "sooner what must not get lost", laterMs: 5_000, touch: true, saves: 2 },
  { name: "although the clock was set back", laterMs: -86_400_000, touch: false, saves: 2 },
] as const;

for (const { name, laterMs, saves, ...row } of rows) {
  Deno.test(`KeptMemory saves ${name}`, async () => {
    const world = await new World().loaded();
    const { memory } = world;
    if ("touch" in row) memory.touch(row.touch);
    assert.equal(memory.nextAt === Infinity, !("touch" in row));
    world.now += laterMs;
    assert.equal(memory.nextAt <= world.now, saves === 2);
    await memory.saveDue();
    assert.equal(world.saves, saves);
  });
}

Deno.test("KeptMemory saves nothing before it has read, nor after its end", async () => {
  const world = new World();
  world.memory.touch(true);
  await world.memory.saveDue();
  assert.deepEqual([world.saves, world.memory.nextAt], [0, Infinity]);
  await world.loaded();
  world.memory.touch();
  await world.memory.end();
  assert.equal(world.saves, 2);
  world.memory.touch(true);
  world.now += 60_000;
  await world.memory.saveDue();
  await world.memory.end();
  assert.equal(world.saves, 2);
});
