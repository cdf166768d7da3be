/** How the demo sets its text. @module */

import assert from "node:assert/strict";
import { column, setEntry, showMs, wrap } from "../../../lib/cli/demo/layout.ts";
import { paint } from "../../../lib/cli/paint.ts";

const WRAPPED = [
  { name: "a text that fits", text: "one two", lines: ["one two"] },
  { name: "a text too long", text: "one two three", lines: ["one two", "three"] },
  { name: "a word too long", text: "a incomprehensible b", lines: ["a", "incomprehensible", "b"] },
  { name: "no text", text: "", lines: [""] },
] as const;

for (const { name, text, lines } of WRAPPED) {
  Deno.test(`wrap() wraps ${name}`, () => assert.deepEqual(wrap(text, 8), lines));
}

Deno.test("setEntry() puts the label before the first line and the mark after the last", () => {
  const text = `${"x".repeat(60)} ${"y".repeat(10)}`;
  const mark = { sign: "✔", colour: "green" } as const;
  const lines = setEntry({ label: "reply", text, mark }, paint(false)).split("\n");
  assert.deepEqual(lines, [
    `    reply    ${"x".repeat(60)}`,
    `${" ".repeat(13)}${"y".repeat(10)}${" ".repeat(56)}✔`,
    "",
  ]);
});

Deno.test("column() fills or cuts", () => {
  assert.equal(column("abc", 5), "abc  ");
  assert.equal(column("abcdef", 5), "abcd…");
});

Deno.test("showMs() has a decimal below ten milliseconds", () => {
  assert.deepEqual([0.04, 9.94, 10.4].map(showMs), ["0.0 ms", "9.9 ms", "10 ms"]);
});
