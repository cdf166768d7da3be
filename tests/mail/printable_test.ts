/** Holds lib/mail/printable.ts to what its comments promise. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { breakLines, clip, escapeToAscii, foldField, printable } from "../../lib/mail/printable.ts";

const texts = [
  { name: "plain text as it is", text: "a b", expected: "a b" },
  { name: "line ends as a blank", text: "a\r\n\r\n  b\n", expected: "a b" },
  { name: "controls as ?", text: "\x1b[2J\0\x85\x7f", expected: "?[2J???" },
  { name: "overrides of direction as ?", text: "a\u202eb\u2066", expected: "a?b?" },
  { name: "half a character as ?", text: "\ud800x", expected: "?x" },
  { name: "Unicode as it is", text: "Größe 😀", expected: "Größe 😀" },
];

for (const { name, text, expected } of texts) {
  Deno.test(`printable() shows ${name}`, () => {
    assert.equal(printable(text, 100), expected);
  });
}

Deno.test("printable() cuts with a mark, and never in a character", () => {
  assert.equal(printable("x".repeat(20), 20), "x".repeat(20));
  assert.equal(printable("x".repeat(21), 20), `${"x".repeat(16)} ...`);
  assert.equal(printable(`${"x".repeat(15)}😀${"y".repeat(9)}`, 20), `${"x".repeat(15)} ...`);
  assert.equal(printable(`a${" ".repeat(1_000)}b`, 20), "a ...");
});

Deno.test("printable() gives one harmless line within the bound, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 8, max: 50 }), (text, max) => {
      const line = printable(text, max);
      assert.ok(line.length <= max && line.isWellFormed());
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

Deno.test("clip() never leaves half a character", () => {
  assert.equal(clip("a😀b", 2), "a");
  assert.equal(clip("a😀b", 3), "a😀");
  assert.equal(clip("a😀b", 4), "a😀b");
});

Deno.test("escapeToAscii() writes what is not printable ASCII by its number", () => {
  assert.equal(escapeToAscii("ü€😀\t~"), "\\x{FC}\\x{20AC}\\x{1F600}\\x{09}~");
});

Deno.test("breakLines() breaks at blanks only, and leaves room in the first line", () => {
  assert.deepEqual(breakLines("aaa bbb ccc", 7), ["aaa bbb", "ccc"]);
  assert.deepEqual(breakLines("aaa bbb ccc", 7, 1), ["aaa", "bbb ccc"]);
  assert.deepEqual(breakLines("aaaaaaaaaa b", 5), ["aaaaaaaaaa", "b"]);
  assert.deepEqual(breakLines("", 5), [""]);
});

Deno.test("foldField() keeps lines within 78 columns where the words allow it", () => {
  const word = fc.stringMatching(/^[!-~]{1,60}$/);
  fc.assert(fc.property(fc.array(word, { minLength: 1 }), (words) => {
    const field = foldField("Subject", words.join(" "));
    const lines = field.slice(0, -2).split("\r\n");
    for (const line of lines) assert.ok(line.length <= 78 && line.trim() !== "");
    assert.equal(lines.join(""), `Subject: ${words.join(" ")}`);
  }));
});
