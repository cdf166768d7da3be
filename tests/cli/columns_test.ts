/** Texts cut and filled to columns. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { cut, fit } from "../../lib/cli/columns.ts";

const cuts = [
  { text: "abcd", columns: 4, expected: "abcd" },
  { text: "abcde", columns: 4, expected: "abc…" },
  { text: "e\u0301e\u0301", columns: 2, expected: "e\u0301e\u0301" },
  { text: "日本", columns: 4, expected: "日本" },
  { text: "日本語", columns: 4, expected: "日…" },
  { text: "日本語", columns: 5, expected: "日本…" },
  { text: "a🚀b", columns: 3, expected: "a…" },
  { text: "", columns: 3, expected: "" },
];

for (const { text, columns, expected } of cuts) {
  Deno.test(`cut() makes ${JSON.stringify(expected)} of ${JSON.stringify(text)}`, () => {
    assert.equal(cut(text, columns), expected);
  });
}

Deno.test("fit() fills to the columns that a terminal shows", () => {
  assert.deepEqual(["ab", "日", "e\u0301", "abcdef"].map((text) => fit(text, 4)), [
    "ab  ",
    "日  ",
    "e\u0301   ",
    "abc…",
  ]);
});

Deno.test("cut() keeps a beginning, and never more than fits", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "日", "e\u0301", " ", "🚀") });
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 30 }), (text, columns) => {
    const shown = cut(text, columns);
    assert.ok(shown === text || (shown.endsWith("…") && text.startsWith(shown.slice(0, -1))));
    assert.ok(shown.replaceAll("\u0301", "").replace(/[日🚀]/gu, "xx").length <= columns);
  }));
});
