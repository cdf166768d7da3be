/** Variables of the environment. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { expandVariables } from "../../lib/config/expand.ts";

const variables: Readonly<Record<string, string>> = {
  A: "x",
  "LONG_name_1": "y",
  EMPTY: "",
  DOLLAR: "$A ${A} $& $1",
};
const environment = (name: string) => Object.hasOwn(variables, name) ? variables[name] : undefined;

const expansions = [
  { text: "$A", expected: "x" },
  { text: "${A}", expected: "x" },
  { text: "a$A/b${A}c", expected: "ax/bxc" },
  { text: "$LONG_name_1", expected: "y" },
  { text: "${LONG_name_1}2", expected: "y2" },
  { text: "$A$A${A}", expected: "xxx" },
  { text: "[$EMPTY]", expected: "[]" },
  { text: "$DOLLAR", expected: "$A ${A} $& $1" },
  { text: "$$A", expected: "$A" },
  { text: "$${A}", expected: "${A}" },
  { text: "$$$A", expected: "$x" },
  { text: "$$$$A", expected: "$$A" },
  { text: "$", expected: "$" },
  { text: "$$", expected: "$$" },
  { text: "$1 $- $. $) ${1} ${} {A}", expected: "$1 $- $. $) ${1} ${} {A}" },
  { text: "(.+)-release.*$", expected: "(.+)-release.*$" },
  { text: "^(.+?)$|^x$", expected: "^(.+?)$|^x$" },
  { text: "a\n$A\n$", expected: "a\nx\n$" },
  { text: "$Ä $Aä", expected: "$Ä xä" },
  { text: "$B", expected: "$B", missing: ["B"] },
  { text: "$A-${B}-$C", expected: "x-${B}-$C", missing: ["B", "C"] },
  { text: "$$B", expected: "$B" },
  { text: "$toString", expected: "$toString", missing: ["toString"] },
  { text: "${A:-b}", expected: "${A:-b}", malformed: true },
  { text: "${A", expected: "${A", malformed: true },
  { text: "${A }", expected: "${A }", malformed: true },
  { text: "$${A:-b}", expected: "${A:-b}" },
];

for (const { text, expected, missing = [], malformed = false } of expansions) {
  Deno.test(`expandVariables() takes ${JSON.stringify(text)} for ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(expandVariables(text, environment), { text: expected, missing, malformed });
  });
}

Deno.test("expandVariables() never throws and leaves text without dollar signs alone", () => {
  const piece = fc.constantFrom("$", "{", "}", "A", "B", "_", "1", " ", ":", "ä", "\n");
  fc.assert(fc.property(fc.array(piece), (pieces) => {
    const text = pieces.join("");
    const expansion = expandVariables(text, environment);
    if (!text.includes("$")) assert.equal(expansion.text, text);
    if (text.replaceAll("$", "").length === 0) assert.equal(expansion.text, text);
    for (const name of expansion.missing) assert.match(name, /^[A-Za-z_]\w*$/);
  }));
});

Deno.test("expandVariables() gives back any text whose dollar signs before names are doubled", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const escaped = text.replace(/\$+(?=[A-Za-z_{])/g, (dollars) => dollars + dollars);
    const { text: expanded, missing } = expandVariables(escaped, environment);
    assert.deepEqual(missing, []);
    // A dollar sign before a brace that begins no name needs no doubling, so is not halved.
    if (!/\$\{/.test(text)) assert.equal(expanded, text);
  }));
});
