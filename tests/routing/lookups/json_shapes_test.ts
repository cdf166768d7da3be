/** Holds lib/routing/lookups/json_shapes.ts to JSON.parse(), and to hostile texts. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  each,
  list,
  number,
  object,
  readJson,
  type Shape,
  text,
  word,
} from "../../../lib/routing/lookups/json_shapes.ts";

const person = object({ name: text }, { age: number, pet: object({ name: text }) });

const rows: readonly {
  readonly shape: Shape<unknown>;
  readonly json: string;
  readonly expected: unknown;
}[] = [
  { shape: text, json: '"a\\u00e4\\"\\\\"', expected: 'aä"\\' },
  { shape: text, json: ' \n\t\r"" ', expected: "" },
  { shape: text, json: '"a" "b"', expected: null },
  { shape: text, json: '"a\nb"', expected: null },
  { shape: text, json: '"\\x"', expected: null },
  { shape: text, json: '"a\\"', expected: null },
  { shape: text, json: "1", expected: null },
  { shape: text, json: "", expected: null },
  { shape: number, json: "-1.5e3", expected: -1500 },
  { shape: number, json: '"12"', expected: 12 },
  { shape: number, json: '"x"', expected: null },
  { shape: number, json: "true", expected: null },
  { shape: number, json: "null", expected: null },
  { shape: number, json: "1x", expected: null },
  { shape: word, json: "1", expected: "1" },
  { shape: word, json: '"1"', expected: "1" },
  { shape: list(text), json: "[]", expected: [] },
  { shape: list(text), json: '["a" , "b"]', expected: ["a", "b"] },
  { shape: list(text), json: '["a",]', expected: null },
  { shape: list(text), json: '["a" "b"]', expected: null },
  { shape: list(text), json: '["a",1]', expected: null },
  { shape: list(text), json: '["a"', expected: null },
  { shape: list(text, 1), json: '["a"]', expected: ["a"] },
  { shape: list(text, 1), json: '["a","b"]', expected: null },
  { shape: person, json: '{"name":"a"}', expected: { name: "a" } },
  { shape: person, json: '{"name":"a","name":"b"}', expected: { name: "b" } },
  { shape: person, json: '{"n\\u0061me":"a"}', expected: { name: "a" } },
  { shape: person, json: '{"age":7,"name":"a"}', expected: { age: 7, name: "a" } },
  { shape: person, json: '{"age":null,"name":"a"}', expected: { name: "a" } },
  { shape: person, json: '{"name":"a","pet":{}}', expected: null },
  { shape: person, json: '{"__proto__":{"name":"x"},"name":"a"}', expected: { name: "a" } },
  { shape: person, json: '{"x":[{"name":"}]"},[-1,true]],"name":"a"}', expected: { name: "a" } },
  { shape: person, json: '{"name":null}', expected: null },
  { shape: person, json: "{}", expected: null },
  { shape: person, json: '{"name":"a"', expected: null },
  { shape: person, json: '{"name":"a",}', expected: null },
  { shape: person, json: '{"name" "a"}', expected: null },
  { shape: person, json: '{"x":],"name":"a"}', expected: null },
  { shape: person, json: '{"x":,"name":"a"}', expected: null },
  { shape: person, json: '{"x":[[1],"name":"a"}', expected: null },
];

for (const { shape, json, expected } of rows) {
  Deno.test(`readJson() makes ${JSON.stringify(expected)} of ${json || "nothing"}`, async () => {
    assert.deepEqual(await readJson(json, shape), expected);
  });
}

Deno.test("readJson() passes over whatever JSON it is not asked for", async () => {
  const wanted = object({ wanted: list(text) });
  await fc.assert(fc.asyncProperty(fc.json(), fc.array(fc.string()), async (json, texts) => {
    const indented = JSON.stringify(JSON.parse(json), null, 2);
    for (const other of [json, indented]) {
      const whole = `{"a":${other},"wanted":${JSON.stringify(texts)},"b":${other}}`;
      assert.deepEqual(await readJson(whole, wanted), { wanted: texts });
    }
  }));
});

Deno.test("readJson() takes whatever else for a misfit", async () => {
  const piece = fc.constantFrom("[", "]", "{", "}", '"a"', '"', "\\", ",", ":", "1", "null", " ");
  const json = fc.oneof(fc.string(), fc.array(piece, { maxLength: 30 }).map((all) => all.join("")));
  await fc.assert(fc.asyncProperty(json, async (text) => void await readJson(text, list(person))));
});

Deno.test("readJson() stops at the first value that does not fit", async () => {
  let asked = 0;
  const counted: Shape<string> = (cursor) => {
    asked++;
    return cursor.text();
  };
  assert.equal(await readJson(`["a",${"1,".repeat(1_000_000)}1]`, list(counted)), null);
  assert.equal(asked, 2);
});

Deno.test("readJson() rejects for what is no text's fault", async () => {
  const broken = each(text, () => {
    throw new TypeError("a bug");
  });
  await assert.rejects(readJson('["a"]', broken), /a bug/);
});

const large = [
  { name: "items", json: `[${'"a",'.repeat(400_000)}"a"]`, fits: true },
  { name: "too many items", json: `[${'"a",'.repeat(500_000)}"a"]`, fits: false },
  { name: "fields", json: `[${`{"x":1${',"y":[]'.repeat(400_000)}}`}]`, fits: false },
  { name: "brackets", json: `{"x":${"[".repeat(4_000_000)}`, fits: false },
];

for (const { name, json, fits } of large) {
  Deno.test(`readJson() lets others have their turn while it reads ${name}`, async () => {
    let turns = 0;
    const timer = setInterval(() => turns++);
    const shape: Shape<unknown> = name === "brackets" ? person : list(text);
    const read = await readJson(json, name === "fields" ? list(person) : shape);
    clearInterval(timer);
    assert.equal(read !== null, fits);
    assert.ok(turns > 0);
  });
}

for (
  const [name, json] of [
    ["blanks", `${" ".repeat(100_000)}"a"`],
    ["one text", `"${"a".repeat(1024 * 1024)}"`],
    ["one text of escapes", `"${'\\"'.repeat(1024 * 1024)}"`],
  ] as const
) {
  Deno.test(`readJson() takes ${name} without end for a misfit`, async () => {
    assert.ok(await readJson(json, text) === null);
  });
}
