import assert from "node:assert/strict";
import { SlowTimers } from "../../lib/smtp/slow_timers.ts";
import { until } from "../support/wait.ts";

Deno.test("SlowTimers ring what is due, in one tick, and nothing else", async () => {
  let now = 0;
  const rings: string[] = [];
  const timers = new SlowTimers(() => now);
  timers.set(() => rings.push("first"), 1_000);
  const takeBack = timers.set(() => rings.push("taken back"), 1_000);
  const later = timers.set(() => rings.push("later"), 5_000);
  takeBack();
  now = 1_000;
  timers.set(() => rings.push("at once"), 0);
  await until(() => rings.length > 0, { what: "a tick" });
  assert.deepEqual(rings, ["first", "at once"]);
  // The sanitizer holds us to leaving no timer behind.
  later();
});

Deno.test("SlowTimers go on when a ring sets another", async () => {
  let now = 0;
  const rings: number[] = [];
  const timers = new SlowTimers(() => now);
  timers.set(() => {
    rings.push(1);
    timers.set(() => rings.push(2), 10);
    now = 20;
  }, 10);
  now = 10;
  await until(() => rings.length === 2, { what: "the second ring" });
});
