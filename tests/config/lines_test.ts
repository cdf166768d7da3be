/** The line of a key path. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type KeyPath, lineFinder } from "../../lib/config/lines.ts";
import { isList, isMapping, readYaml, type YamlValue } from "../../lib/config/yaml.ts";

const text = `---
# a: 1
a: 1
b:
  - c: x
    d: "quoted
      b: 2

      e: 3"
  -
    e: |
      a: b
      c: d
    f: >-
      g: 1
  - plain text
    goes: on here
`.replace("goes: on", "goes on");

const blocks: { path: KeyPath; line: number }[] = [
  { path: [], line: 1 },
  { path: ["a"], line: 3 },
  { path: ["b"], line: 4 },
  { path: ["b", 0], line: 5 },
  { path: ["b", 0, "c"], line: 5 },
  { path: ["b", 0, "d"], line: 9 },
  { path: ["b", 1], line: 10 },
  { path: ["b", 1, "e"], line: 11 },
  { path: ["b", 1, "f"], line: 14 },
  { path: ["b", 2], line: 16 },
  { path: ["b", 3], line: 4 },
  { path: ["b", 0, "x", "y"], line: 5 },
  { path: ["x"], line: 1 },
  { path: ["a", "toString"], line: 3 },
];

for (const { path, line } of blocks) {
  Deno.test(`lineFinder() finds ${JSON.stringify(path)} in block style on line ${line}`, () => {
    assert.equal(lineFinder(text)(path), line);
  });
}

const flow = `{
  # comment with ] and }
  "a": 1, "it's": [
    2, {
      "x": '}]',
\t\t"y": 3
    },
    4
  ],
  last: [
]}
`;

const flows: { path: KeyPath; line: number }[] = [
  { path: ["a"], line: 3 },
  { path: ["it's"], line: 3 },
  { path: ["it's", 0], line: 4 },
  { path: ["it's", 1], line: 4 },
  { path: ["it's", 1, "x"], line: 5 },
  { path: ["it's", 1, "y"], line: 6 },
  { path: ["it's", 2], line: 8 },
  { path: ["last"], line: 10 },
];

for (const { path, line } of flows) {
  Deno.test(`lineFinder() finds ${JSON.stringify(path)} in flow style on line ${line}`, () => {
    assert.equal(lineFinder(flow)(path), line);
  });
}

Deno.test("lineFinder() finds flow collections inside blocks", () => {
  const find = lineFinder("a:\n  b: [\n    {c: 1,\n     d: 2},\n    {e: 3}]\nf: 4\n");
  assert.equal(find(["a", "b"]), 2);
  assert.equal(find(["a", "b", 0, "d"]), 4);
  assert.equal(find(["a", "b", 1, "e"]), 5);
  assert.equal(find(["f"]), 6);
});

Deno.test("lineFinder() finds the key of a mapping that another line merges", () => {
  const find = lineFinder("a: &x\n  k: 1\nb:\n  <<: *x\n  l: 2\n");
  assert.equal(find(["b", "k"]), 4);
  assert.equal(find(["b", "l"]), 5);
});

const leaf = fc.stringMatching(/^[a-z]{1,5}$/);
const { tree } = fc.letrec<{ tree: YamlValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.dictionary(leaf, tie("tree"), { minKeys: 1, maxKeys: 4 }),
    fc.array(tie("tree"), { minLength: 1, maxLength: 4 }),
  ),
}));

Deno.test("lineFinder() finds every path of a generated block document on its own line", () => {
  fc.assert(fc.property(tree, (value) => {
    const lines: string[] = [];
    const expected: { path: KeyPath; line: number }[] = [];
    write(value, "", [], { lines, expected });
    if (expected.length === 0) return;
    const document = lines.join("\n");
    const find = lineFinder(document);
    for (const { path, line } of expected) assert.equal(find(path), line, document);
  }));
});

Deno.test("lineFinder() points into the file, whatever is in it and whatever is asked", () => {
  const piece = fc.constantFrom(
    "a",
    ":",
    " ",
    "\n",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "#",
    "b: ",
  );
  const key = fc.oneof(fc.constantFrom("a", "b", ""), fc.nat(3));
  fc.assert(fc.property(fc.array(piece), fc.array(key, { maxLength: 4 }), (pieces, path) => {
    const document = pieces.join("");
    const line = lineFinder(document)(path);
    assert.ok(Number.isInteger(line) && line >= 1 && line <= document.split("\n").length);
  }));
});

Deno.test("lineFinder() stays quick on a document of 20,000 lines, all in one quoted text", () => {
  const document = `a: 1\nb: "${"x\n  ".repeat(20_000)}"\nc: 3`;
  const started = performance.now();
  const line = lineFinder(document)(["c"]);
  assert.ok(line >= 1 && line <= 20_003);
  assert.ok(performance.now() - started < 30_000);
});

/** Writes a tree in block style, one path a line. */
function write(
  value: YamlValue,
  indent: string,
  path: KeyPath,
  out: { lines: string[]; expected: { path: KeyPath; line: number }[] },
): void {
  const entries: [string | number, YamlValue][] = isMapping(value)
    ? Object.entries(value)
    : isList(value)
    ? value.map((item, index) => [index, item])
    : [];
  for (const [key, item] of entries) {
    const head = typeof key === "number" ? "-" : `${key}:`;
    out.lines.push(typeof item === "string" ? `${indent}${head} ${item}` : `${indent}${head}`);
    out.expected.push({ path: [...path, key], line: out.lines.length });
    write(item, `${indent}  `, [...path, key], out);
  }
}

Deno.test("readYaml() answers for any text, and never with a throw", () => {
  const piece = fc.constantFrom(
    ..."a:\n -[]{}'\"#&*!|>%@`?<,\t\\".split(""),
    "<<: ",
    "&x ",
    "*x",
    "- ",
    "---\n",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const reading = readYaml(pieces.join(""));
      if (reading.kind === "tree") return;
      assert.ok(reading.line >= 1);
      assert.doesNotMatch(reading.reason, /[^\x20-\x7e…]/);
    }),
    { numRuns: 1_000 },
  );
});
