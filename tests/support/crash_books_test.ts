import assert from "node:assert/strict";
import { balanceCrashes } from "./crash_books.ts";
import type { Copy } from "./sink_books.ts";

/** Each life begins with a multiple of 1,000 ms, and is killed 900 ms later. */
const KILLS = [900, 1_900, 2_900];
const copy = (life: number, answered = true): Copy => ({ life, at: life * 1_000 + 800, answered });

const cases = [
  {
    name: "finds an acknowledged mail of which no copy arrived",
    acknowledged: ["a", "b"],
    copies: { a: [copy(0)] },
    expected: { lost: ["b"] },
  },
  {
    name: "explains a second copy by the kill after the first",
    acknowledged: ["a"],
    copies: { a: [copy(1), copy(0)] },
    expected: { duplicates: 1, mostOfOneKill: 1, longestInFlightMs: 100 },
  },
  {
    name: "counts the second copies of each kill",
    acknowledged: ["a", "b"],
    copies: { a: [copy(0), copy(1), copy(2)], b: [copy(1), copy(2)] },
    expected: { duplicates: 3, mostOfOneKill: 2, longestInFlightMs: 100 },
  },
  {
    name: "finds a copy that was forgotten long after it had been delivered",
    acknowledged: ["a"],
    copies: { a: [{ ...copy(0), at: 10 }, copy(2)] },
    expected: { duplicates: 1, mostOfOneKill: 1, longestInFlightMs: 890 },
  },
  {
    name: "finds two copies out of one life",
    acknowledged: ["a"],
    copies: { a: [copy(0), copy(0)] },
    expected: { twiceInOneLife: ["a"], duplicates: 1, mostOfOneKill: 1, longestInFlightMs: 100 },
  },
  {
    name: "expects a second copy where the sink kept its answer to itself",
    acknowledged: ["a"],
    copies: { a: [copy(0, false), copy(0)] },
    expected: {},
  },
  {
    name: "counts what arrived without an acknowledgement",
    acknowledged: [],
    copies: { a: [copy(0)] },
    expected: { unacknowledged: 1 },
  },
] as const;

for (const { name, acknowledged, copies, expected } of cases) {
  Deno.test(`balanceCrashes() ${name}`, () => {
    const balance = balanceCrashes(new Set(acknowledged), { copies, cut: [1, 1, 0] }, KILLS);
    assert.deepEqual(balance, {
      lost: [],
      twiceInOneLife: [],
      duplicates: 0,
      mostOfOneKill: 0,
      longestInFlightMs: 0,
      cut: 2,
      unacknowledged: 0,
      ...expected,
    });
  });
}
