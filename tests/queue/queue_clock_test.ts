import assert from "node:assert/strict";
import fc from "fast-check";
import { openQueueClock } from "../../lib/queue/queue_clock.ts";

const NOW = Date.UTC(2026, 10, 22, 18, 30);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Clocks that stand still until a test moves them; time passing moves both. */
function sources(wallNow = NOW) {
  let wallMs = wallNow;
  let monotonicMs = 12_345.678;
  return {
    wall: () => wallMs,
    monotonic: () => monotonicMs,
    pass(ms: number) {
      wallMs += ms;
      monotonicMs += ms;
    },
    set(ms: number) {
      wallMs += ms;
    },
    slipBack(ms: number) {
      monotonicMs -= ms;
    },
  };
}

Deno.test("openQueueClock() starts at the wall clock and goes on in whole milliseconds", () => {
  const time = sources(NOW + 0.5);
  const clock = openQueueClock(null, time);
  assert.equal(clock.now(), NOW);
  time.pass(250.75);
  assert.equal(clock.now(), NOW + 250);
});

Deno.test("QueueClock.now() does not care what the wall clock does", () => {
  const time = sources();
  const clock = openQueueClock(null, time);
  time.set(-50 * 365 * DAY);
  assert.equal(clock.now(), NOW);
  time.set(100 * 365 * DAY);
  time.pass(1);
  assert.equal(clock.now(), NOW + 1);
});

Deno.test("QueueClock.now() stands still while the monotonic clock breaks its word", () => {
  const time = sources();
  const clock = openQueueClock(null, time);
  time.pass(100);
  assert.equal(clock.now(), NOW + 100);
  time.slipBack(60);
  assert.equal(clock.now(), NOW + 100);
  time.pass(61);
  assert.equal(clock.now(), NOW + 101);
});

Deno.test("QueueClock.now() loses nothing however often it is asked", () => {
  const time = sources();
  const clock = openQueueClock(null, time);
  for (let step = 0; step < 100_000; step++) {
    time.pass(0.0001);
    clock.now();
  }
  time.pass(0.5);
  assert.equal(clock.now(), NOW + 10);
});

const restarts = [
  { name: "counts the time that it was down", downMs: 90_000, expected: 90_000 },
  { name: "counts an hour", downMs: HOUR, expected: HOUR },
  { name: "counts no more than an hour", downMs: HOUR + 1, expected: HOUR },
  { name: "is not flushed by a wall clock years ahead", downMs: 3_650 * DAY, expected: HOUR },
  { name: "is not frozen by a wall clock years behind", downMs: -20_000 * DAY, expected: 0 },
];

for (const { name, downMs, expected } of restarts) {
  Deno.test(`openQueueClock() after a restart ${name}`, () => {
    const before = sources();
    const clock = openQueueClock(null, before);
    before.set(-5 * DAY);
    before.pass(1_000);
    const after = sources(before.wall() + downMs);
    assert.equal(openQueueClock(clock.save(), after).now(), NOW + 1_000 + expected);
  });
}

const nonsense = [
  "",
  "{",
  "null",
  "7",
  "[]",
  "{}",
  '{"queue":1}',
  '{"wall":1}',
  '{"queue":"1","wall":1}',
  '{"queue":1.5,"wall":1}',
  '{"queue":null,"wall":1}',
  '{"queue":1,"wall":1e300}',
  '{"queue":8640000000000001,"wall":1}',
];

for (const saved of nonsense) {
  Deno.test(`openQueueClock() begins anew when ${JSON.stringify(saved)} was saved`, () => {
    assert.equal(openQueueClock(saved, sources()).now(), NOW);
  });
}

Deno.test("QueueClock.save() gives JSON that people can read", () => {
  const time = sources();
  const clock = openQueueClock(null, time);
  time.pass(10.5);
  time.set(-HOUR);
  assert.deepEqual(JSON.parse(clock.save()), { queue: NOW + 10, wall: NOW + 10 - HOUR });
});

const jumps = [
  { name: "tells a jump forward", set: HOUR, pass: 60_000, expected: HOUR },
  { name: "tells a jump back", set: -HOUR, pass: 60_000, expected: -HOUR },
  { name: "tells a jump that took no time", set: 1_000, pass: 0, expected: 1_000 },
  { name: "takes less than a second for none", set: -999, pass: 0, expected: 0 },
  { name: "takes a clock that is being hastened for none", set: 1_059, pass: 60_000, expected: 0 },
  { name: "tells a small jump in a minute", set: 1_060, pass: 60_000, expected: 1_060 },
];

for (const { name, set, pass, expected } of jumps) {
  Deno.test(`QueueClock.jumpMs() ${name}, once`, () => {
    const time = sources();
    const clock = openQueueClock(null, time);
    assert.equal(clock.jumpMs(), 0);
    time.set(set);
    time.pass(pass);
    assert.equal(clock.jumpMs(), expected);
    assert.equal(clock.jumpMs(), 0);
  });
}

Deno.test("QueueClock.jumpMs() never takes a slow drift for a jump", () => {
  const time = sources();
  const clock = openQueueClock(null, time);
  for (let minute = 0; minute < 600; minute++) {
    time.pass(60_000);
    time.set(30);
    assert.equal(clock.jumpMs(), 0);
  }
});

Deno.test("the queue clock never falls, whatever the wall clock does, also over restarts", () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant("pass"), ms: fc.double({ min: 0, max: DAY, noNaN: true }) }),
    fc.record({ kind: fc.constant("set"), ms: fc.integer({ min: -NOW, max: NOW }) }),
    fc.record({ kind: fc.constant("restart"), ms: fc.integer({ min: -NOW, max: NOW }) }),
  );
  fc.assert(fc.property(fc.array(event), (events) => {
    let time = sources();
    let clock = openQueueClock(null, time);
    let before = clock.now();
    for (const { kind, ms } of events) {
      const least = kind === "pass" ? Math.floor(ms) : 0;
      const most = kind === "pass" ? Math.ceil(ms) : kind === "set" ? 0 : HOUR;
      if (kind === "pass") time.pass(ms);
      if (kind === "set") time.set(ms);
      if (kind === "restart") {
        const saved = clock.save();
        time = sources(Math.max(time.wall() + ms, 0));
        clock = openQueueClock(saved, time);
      }
      const moved = clock.now() - before;
      assert.ok(moved >= least && moved <= most, `${kind} ${ms}: ${moved}`);
      before += moved;
    }
  }));
});

Deno.test("openQueueClock() runs on the system's clocks where none are given", () => {
  const before = Date.now();
  const clock = openQueueClock(null);
  assert.ok(clock.now() >= before && clock.now() <= Date.now() + 1_000);
  assert.equal(clock.jumpMs(), 0);
});
