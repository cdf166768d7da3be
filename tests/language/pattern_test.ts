/** Patterns of RE2, and words with their groups. @module */

import assert from "node:assert/strict";
import { compilePattern } from "../../lib/language/pattern.ts";
import { compileWords } from "../../lib/language/words.ts";

function search(source: string, text: string): unknown {
  const pattern = compilePattern(source);
  if (pattern.kind === "problem") assert.fail(pattern.text);
  assert.equal(pattern.value.source, source);
  const found = pattern.value.search(text);
  return found === null ? null : { ...found };
}

const matches: readonly (readonly [string, string, unknown])[] = [
  ["b+", "abbc", {}],
  ["^b", "abbc", null],
  ["(?<n>b+)(?P<m>c)", "abbc", { n: "bb", m: "c" }],
  ["(?<n>x)?(?<m>c)", "abbc", { m: "c" }],
  ["(?<n>x*)c", "c", { n: "" }],
  ["(?i)(?<n>B+)", "abbc", { n: "bb" }],
  ["(?m)^b(?s:.)c$", "a\nb\nc\nd", {}],
  [String.raw`(?<host>[\w.-]+)\s+\d{2,4}`, "x db-1.example 77", { host: "db-1.example" }],
  [String.raw`\p{L}+`, "é", {}],
  ["(?<constructor>a)(?<__proto__>b)", "ab", { constructor: "a", ["__proto__"]: "b" }],
];

for (const [source, text, expected] of matches) {
  Deno.test(`pattern ${source} in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(Object.entries(search(source, text) ?? {}), Object.entries(expected ?? {}));
    assert.equal(search(source, text) === null, expected === null);
  });
}

Deno.test("the groups of a pattern stand in their order", () => {
  const pattern = compilePattern("(?<z>a)(b)(?P<a>c)((?<m>d))");
  assert.ok(pattern.kind === "value");
  assert.deepEqual(pattern.value.groups, ["z", "a", "m"]);
});

const refused: readonly (readonly [string, string])[] = [
  ["a(", "malformed: missing closing )"],
  ["a)", "malformed"],
  ["(?=a)b", "a lookaround such as (?=…)"],
  ["(?!a)b", "not possible in linear time"],
  ["(?<=a)b", "a lookaround"],
  ["(?<!a)b", "a lookaround"],
  [String.raw`(a)\1`, "a backreference"],
  [String.raw`(?<n>a)\k<n>`, "a backreference"],
  ["(?>a)", "an atomic group"],
  ["a++", "possessive quantifier"],
  ["(?<n>a)(?<n>b)", "duplicate"],
  ["(?<a-b>x)", "invalid named capture"],
  ["a{2000}", "invalid repeat count"],
  ["(?:[a-z]{1000}){9}", "is too large|invalid repeat"],
  ["(?:a?b?c?d?e?){1000}", "is too large|invalid repeat"],
  ["x".repeat(1_001), "1001 characters; 1000 are allowed"],
];

for (const [source, part] of refused) {
  Deno.test(`pattern ${source.slice(0, 40)} is refused`, () => {
    const pattern = compilePattern(source);
    assert.ok(pattern.kind === "problem");
    assert.ok(part.split("|").some((piece) => pattern.text.includes(piece)), pattern.text);
  });
}

Deno.test("a text that makes others run for hours is searched in one pass", () => {
  const text = "a".repeat(100_000);
  for (const source of ["(a+)+$", "(?<n>a*)*b", "(a|aa)+b", "(?<n>.*)(?<m>.*)=(?<o>.*)"]) {
    const found = search(source, text);
    assert.equal(found === null, source !== "(a+)+$", source);
  }
});

function fill(text: string, values: Record<string, string>): string {
  const words = compileWords(text, new Set(["host", "state", "__proto__"]));
  if (words.kind === "problem") assert.fail(words.text);
  assert.equal(words.value.text, text);
  return words.value.fill(values);
}

Deno.test("words are filled with the groups of a pattern", () => {
  assert.equal(
    fill("{{host}} is {{ state | upper }}", { host: "db1", state: "down" }),
    "db1 is DOWN",
  );
  assert.equal(fill('[{{host}}] {{state | default("?")}}', {}), "[] ?");
  assert.equal(fill("{{host}}{{__proto__}}", { host: "{{state}}\r\nx\u0000" }), "{{state}} x ");
  assert.equal(fill('{{host | date("dd.MM.yyyy")}}', { host: "2026-11-22" }), "22.11.2026");
  assert.equal(fill('{{host | date("dd")}}', { host: "no date" }), "");
  assert.ok(fill("{{host}}", { host: "x".repeat(100_000) }).length <= 8_192);
});

const wrong: readonly (readonly [string, string])[] = [
  ["{{hots}}", 'column 1: there is no group "hots"'],
  ["{{hst}}", '(did you mean "host"?)'],
  ["{{host.x}}", "only the name of a group"],
  ['{{host("x")}}', "only the name of a group"],
  ["{{host | uper}}", 'did you mean "upper"?'],
  ["{{host", "{{ is not closed"],
];

for (const [text, part] of wrong) {
  Deno.test(`words ${text} are refused`, () => {
    const words = compileWords(text, new Set(["host", "state"]));
    assert.ok(words.kind === "problem");
    assert.ok(words.text.includes(part), words.text);
  });
}

Deno.test("words of a pattern without groups have no names", () => {
  const words = compileWords("{{host}}", new Set());
  assert.ok(words.kind === "problem");
  assert.match(words.text, /the pattern has no groups/);
});

for (
  const [source, count, found] of [
    ["b(b*)c", 1, "b"],
    ["(?:b)c", 0, undefined],
    ["(x)?(?<n>b)", 2, undefined],
    ["(x)", 1, null],
    ["x", 0, null],
  ] as const
) {
  Deno.test(`the first of the ${count} groups of ${source} finds ${found}`, () => {
    const pattern = compilePattern(source);
    assert.ok(pattern.kind === "value");
    assert.equal(pattern.value.groupCount, count);
    assert.equal(pattern.value.first("abbc"), found);
  });
}
