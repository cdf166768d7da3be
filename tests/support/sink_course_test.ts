import assert from "node:assert/strict";
import { drawFault } from "./sink_course.ts";

const course = {
  temporary: 0.2,
  permanent: 0.05,
  drop: 0.1,
  slow: 0.1,
  slowMs: [100, 200],
} as const;

const draws = [
  { draw: 0.1, expected: { kind: "refuse", at: "MAIL", reply: "451 4.3.2 not now" } },
  { draw: 0.22, expected: { kind: "refuse", at: "MAIL", reply: "550 5.7.1 never" } },
  { draw: 0.3, expected: { kind: "drop", at: "MAIL" } },
  { draw: 0.4, expected: { kind: "slow", ms: 100 } },
  { draw: 0.5, expected: { kind: "none" } },
] as const;

for (const { draw, expected } of draws) {
  Deno.test(`drawFault() makes ${expected.kind} of ${draw}`, () => {
    const dice = [draw, 0];
    assert.deepEqual(drawFault(course, () => dice.shift() ?? 0), expected);
  });
}

Deno.test("drawFault() keeps to its shares", () => {
  const kinds = Array.from({ length: 20_000 }, () => drawFault(course).kind);
  const share = kinds.filter((kind) => kind === "refuse").length / kinds.length;
  assert.ok(Math.abs(share - 0.25) < 0.02, `${share}`);
});
