import assert from "node:assert/strict";
import { holdsInARound, most, ROUNDS } from "./rounds.ts";

/** Plays rounds of one figure; how many there were. */
async function play(values: readonly number[], limit: number): Promise<number> {
  let round = 0;
  await holdsInARound(() =>
    Promise.resolve([
      { name: "always well", value: 1, most: 1 },
      { name: "it", value: values[round++] ?? NaN, most: limit },
    ]), () => {});
  return round;
}

const cases = [
  { values: [5, 20, 20], rounds: 1 },
  { values: [20, 10, 20], rounds: 2 },
  { values: [20, 20, 9], rounds: ROUNDS },
] as const;

for (const { values, rounds } of cases) {
  Deno.test(`holdsInARound() ends with the first round that holds: ${values}`, async () => {
    assert.equal(await play(values, 10), rounds);
  });
}

Deno.test("holdsInARound() fails when no round holds, and says what each has missed", async () => {
  await assert.rejects(
    play([20, 30, NaN, 5], 10),
    /round 1: it: 20 \(at most 10\)\nround 2: it: 30 .*\nround 3: it: NaN [^;]*$/,
  );
});

Deno.test("most() is the promise, or what the control allows where that is more", () => {
  assert.deepEqual([most(10, 2, 3), most(10, 4, 3)], [10, 12]);
});
