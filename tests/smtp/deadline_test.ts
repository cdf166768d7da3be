import assert from "node:assert/strict";
import process from "node:process";
import { Deadline, SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("Deadline.set() rings once when its time has come", () => {
  const clock = new FakeClock();
  const rings: number[] = [];
  new Deadline(clock).set(100, () => rings.push(clock.now()));
  clock.advance(99);
  assert.deepEqual(rings, []);
  clock.advance(1_000);
  assert.deepEqual(rings, [100]);
});

Deno.test("Deadline.set() moves the deadline further without a new timer", () => {
  const clock = new FakeClock();
  const rings: string[] = [];
  const deadline = new Deadline(clock);
  deadline.set(100, () => rings.push("first"));
  for (let step = 0; step < 10; step++) {
    clock.advance(9);
    deadline.set(100, () => rings.push("last"));
  }
  assert.equal(clock.timersMade, 1);
  clock.advance(99);
  assert.deepEqual(rings, []);
  clock.advance(1);
  assert.deepEqual(rings, ["last"]);
});

Deno.test("Deadline.set() moves the deadline nearer", () => {
  const clock = new FakeClock();
  const rings: string[] = [];
  const deadline = new Deadline(clock);
  deadline.set(1_000, () => rings.push("far"));
  deadline.set(10, () => rings.push("near"));
  clock.advance(2_000);
  assert.deepEqual(rings, ["near"]);
  assert.equal(clock.pending, 0);
});

Deno.test("Deadline.setAt() rings at a moment of the clock, whatever was said before", () => {
  const clock = new FakeClock();
  clock.advance(500);
  const rings: number[] = [];
  const deadline = new Deadline(clock);
  deadline.setAt(530, () => assert.fail("rang"));
  deadline.setAt(550, () => assert.fail("rang"));
  deadline.setAt(510, () => rings.push(clock.now()));
  clock.advance(1_000);
  assert.deepEqual(rings, [510]);
});

Deno.test("Deadline.stop() leaves no timer", () => {
  const clock = new FakeClock();
  const deadline = new Deadline(clock);
  deadline.set(10, () => assert.fail("rang"));
  deadline.stop();
  clock.advance(100);
  assert.equal(clock.pending, 0);
});

Deno.test("SYSTEM_CLOCK rings at once, and without a warning, for a time that has passed", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  await new Promise<void>((resolve) => SYSTEM_CLOCK.set(resolve, -5));
  process.off("warning", onWarning);
  assert.deepEqual(warnings, []);
});

Deno.test("Deadline.set() hands its clock the very delay: a fraction less would cost a timer of its own", () => {
  const delays: number[] = [];
  let now = 0;
  const clock = {
    now: () => now += 0.01,
    set: (_ring: () => void, delayMs: number) => {
      delays.push(delayMs);
      return () => {};
    },
  };
  new Deadline(clock).set(1_000, () => {});
  assert.deepEqual(delays, [1_000]);
});
