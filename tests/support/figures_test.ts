import assert from "node:assert/strict";
import { percentile } from "./figures.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

const cases = [
  { values: hundred, share: 0.99, expected: 99 },
  { values: hundred, share: 0.5, expected: 50 },
  { values: hundred, share: 1, expected: 100 },
  { values: [3, 1, 2], share: 0.5, expected: 2 },
  { values: [7], share: 0.99, expected: 7 },
  { values: [1, 9], share: 0, expected: 1 },
] as const;

for (const { values, share, expected } of cases) {
  Deno.test(`percentile() of ${values.length} values says ${expected} at ${share}`, () => {
    assert.equal(percentile(values, share), expected);
  });
}

Deno.test("percentile() refuses to speak of no values", () => {
  assert.throws(() => percentile([], 0.5), RangeError);
});
