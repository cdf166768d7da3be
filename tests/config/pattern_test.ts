/** Python's regular expressions. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readPattern } from "../../lib/config/pattern.ts";

/** What the first group finds in each name: `null`, the name is not like it; `undefined`, nothing. */
type Finds = readonly (readonly [name: string, found: string | null | undefined])[];

const patterns: readonly { readonly python: string; readonly finds: Finds }[] = [
  {
    python: "(.+)-release.*",
    finds: [["a-release-1", "a"], ["a-release-release", "a-release"], ["-release", null]],
  },
  { python: "(b-build)", finds: [["not-b-build-2", "b-build"], ["b-built", null]] },
  { python: "(?P<name>.+)-x", finds: [["a-x", "a"], ["a-y", null]] },
  { python: "(?P<größe_1>a+)-(?P<x>b)", finds: [["aa-b", "aa"]] },
  { python: "(?<name>a)", finds: [["ba", "a"]] },
  { python: "(a)", finds: [["A", null]] },
  { python: "(?i)(a)", finds: [["A", "A"]] },
  { python: "(?is)(a.b)", finds: [["A\nB", "A\nB"]] },
  { python: "(a.b)", finds: [["a\nb", null]] },
  { python: "(?ii)(a)", finds: [["A", "A"]] },
  { python: "\\A(a)\\Z", finds: [["a", "a"], ["a-", null], ["-a", null]] },
  { python: "^(a)$", finds: [["a", "a"], ["ab", null], ["b\na", null]] },
  { python: "^(a){,2}b", finds: [["b", undefined], ["aab", "a"], ["aaab", null]] },
  { python: "^([]a]+)$", finds: [["]a]", "]a]"], ["b", null]] },
  { python: "^([^]a]+)", finds: [["b]", "b"], ["]", null]] },
  { python: "^([[a]{,3})$", finds: [["[a[", "[a["], ["[a[a", null]] },
  { python: "^([[:alpha:]])", finds: [["a]", "a]"], ["b]", null]] },
  { python: "^([a[])$", finds: [["[", "["], ["b", null]] },
  { python: "^([{,3}(?P<]+)$", finds: [["(?P<3,}", "(?P<3,}"], ["4", null]] },
  { python: "^([(?=(?i)]+)$", finds: [["(?=i)", "(?=i)"]] },
  { python: "(\\d+)\\.\\w\\-\\/\\_\\ \\é\\–", finds: [["x12.a-/_ é–", "12"]] },
  { python: "(a)\\u002d\\x2db", finds: [["a--b", "a"], ["a-b", null]] },
  { python: "^([\\u002d-\\x30]+)$", finds: [["-./0", "-./0"], ["1", null]] },
  { python: "([\\]\\-a]+)b", finds: [["]-ab", "]-a"]] },
  { python: "^([\\][]+)$", finds: [["][", "]["], ["]a", null]] },
  { python: "^([\\]{,3}]+)$", finds: [["{,3}]", "{,3}]"], ["0", null]] },
  { python: "(x)|b", finds: [["b", undefined], ["bx", undefined], ["x", "x"]] },
  { python: "(?:(a)|b)+", finds: [["ab", "a"]] },
  { python: "(a|ab)(c|bcd)", finds: [["abcd", "a"]] },
  { python: "(a+?)a*", finds: [["aaa", "a"]] },
  { python: "(?i:A)(b)", finds: [["ab", "b"], ["aB", null]] },
  { python: "\\b(a)\\b", finds: [["x-a-x", "a"], ["xax", null]] },
  { python: "()", finds: [["a", ""]] },
];

for (const { python, finds } of patterns) {
  Deno.test(`readPattern() reads ${python}`, () => {
    const reading = readPattern(python);
    assert.ok(reading.kind === "value", reading.kind === "problem" ? reading.text : "");
    assert.equal(reading.value.source, python);
    for (const [name, found] of finds) assert.equal(reading.value.first(name), found, name);
  });
}

const refused: readonly (readonly [python: string, why: RegExp])[] = [
  ["(a)\\a", /"\\\\a" means something else in Python/],
  ["([\\A])", /"\\\\A" means something else/],
  ["([\\1])(a)", /"\\\\1" means something else/],
  ["(a)\\N", /"\\\\N" means something else/],
  ["(a)\\u12", /"\\\\u" means something else/],
  ["(a)\\x1", /"\\\\x" means something else/],
  ["(a)\\Qb", /"\\\\Q" means something else/],
  ["a(?i)(b)", /"\(\?i\)" means something else/],
  ["(a", /missing closing \)/],
  ["a)", /unexpected \)/],
  ["*(a)", /missing argument/],
  ["(a)**", /invalid nested repetition/],
  ["(?x)(a)", /only i and s are understood/],
  ["(?P>a)(b)", /malformed/],
  ["(?(1)a|b)(c)", /malformed/],
  ["(?:a)", /no group/],
  ["\\(a\\)", /no group/],
  ["[(a)]", /no group/],
  ["", /no group/],
  ["(?i)", /no group/],
  [`(${"x".repeat(999)})`, /a pattern of 1001 characters/],
  ["(a{1000})\\d{10}", /too large/],
  ["(?=a)(b)", /"\(\?=": a lookaround is not possible in linear time: leave it out/],
  ["(a)(?!b)", /"\(\?!": a lookaround/],
  ["(?<=a)(b)", /"\(\?<=": a lookaround/],
  ["(?<!a)(b)", /"\(\?<!": a lookaround/],
  ["(a)\\1", /"\\\\1": a backreference is not possible in linear time: write a rule for each/],
  ["(a)\\12", /"\\\\1": a backreference/],
  ["(?P<n>a)(?P=n)", /"\(\?P=": a backreference/],
  ["(a)++", /possessive quantifier/],
  ["(?>a)(b)", /atomic group/],
];

for (const [python, why] of refused) {
  Deno.test(`readPattern() refuses ${python.slice(0, 20)}`, () => {
    const reading = readPattern(python);
    assert.equal(reading.kind, "problem");
    if (reading.kind === "problem") assert.match(reading.text, why);
  });
}

Deno.test("readPattern() never throws, and what it reads has a group and runs", () => {
  const piece = fc.constantFrom(..."ab()[]{}^$*+?|\\.,-:=!<>P3Z", "(?P<", "(?:", "{,2}");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const reading = readPattern(pieces.join(""));
      if (reading.kind === "problem") return;
      reading.value.first("abab");
      assert.match(reading.value.source, /\(/);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("readPattern() finds what the runtime's own expression finds in names", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "-",
    "(a)",
    "(a|b)",
    "(.+)",
    "[ab]",
    "[^a]",
    "?",
    "+",
    "|",
  );
  const name = fc.string({ unit: fc.constantFrom("a", "b", "-", "c"), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), name, (pieces, text) => {
      const reading = readPattern(pieces.join(""));
      if (reading.kind === "problem") return;
      const match = new RegExp(pieces.join("")).exec(text);
      assert.equal(reading.value.first(text), match === null ? null : match[1]);
    }),
    { numRuns: 2_000 },
  );
});
