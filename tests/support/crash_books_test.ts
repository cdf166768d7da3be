import assert from "node:assert/strict";
import { balanceCrashes } from "./crash_books.ts";
import type { Copy } from "./sink_books.ts";

const copy = (life: number, answered = true): Copy => ({ life, at: 0, answered });

const cases = [
  {
    name: "finds an acknowledged mail of which no copy arrived",
    acknowledged: ["a", "b"],
    copies: { a: [copy(0)] },
    expected: { lost: ["b"] },
  },
  {
    name: "explains a second copy after a kill by what was in flight",
    acknowledged: ["a"],
    copies: { a: [copy(0), copy(1)] },
    expected: { duplicates: 1 },
  },
  {
    name: "finds more second copies than were in flight",
    acknowledged: ["a", "b"],
    copies: { a: [copy(1), copy(2)], b: [copy(1), copy(2)] },
    expected: { duplicates: 2, overInFlight: [{ life: 1, duplicates: 2 }] },
  },
  {
    name: "finds two copies out of one life",
    acknowledged: ["a"],
    copies: { a: [copy(0), copy(0)] },
    expected: { twiceInOneLife: ["a"], duplicates: 1 },
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
    assert.deepEqual(balanceCrashes(new Set(acknowledged), { copies, cut: [1, 1, 0] }), {
      lost: [],
      twiceInOneLife: [],
      duplicates: 0,
      inFlight: 2,
      overInFlight: [],
      unacknowledged: 0,
      ...expected,
    });
  });
}
