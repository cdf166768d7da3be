/** Python's regular expressions. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readPattern } from "../../lib/config/pattern.ts";

const patterns = [
  { python: "(.+)-release.*", expected: /(.+)-release.*/ },
  { python: "(?P<name>.+)-x(?P=name)", expected: /(?<name>.+)-x\k<name>/ },
  { python: "(?i)(a)", expected: /(a)/i },
  { python: "(?is)(a)", expected: /(a)/is },
  { python: "\\A(a)\\Z", expected: /^(a)$/ },
  { python: "(a){,3}", expected: /(a){0,3}/ },
  { python: "([]a]+)", expected: /([\]a]+)/ },
  { python: "([^]a]+)", expected: /([^\]a]+)/ },
  { python: "([[a]{,3})", expected: /([[a]{0,3})/ },
  { python: "([{,3}(?P<])", expected: /([{,3}(?P<])/ },
  { python: "(\\d+)\\.\\w\\-\\/", expected: /(\d+)\.\w\-\// },
  { python: "(a)\\1", expected: /(a)\1/ },
  { python: "([\\]\\-a])b", expected: /([\]\-a])b/ },
  { python: "(a)\\a", expected: null },
  { python: "([\\A])", expected: null },
  { python: "(a)\\N", expected: null },
  { python: "(a", expected: null },
  { python: "a)", expected: null },
  { python: "*(a)", expected: null },
  { python: "(?x)(a)", expected: null },
  { python: "(?P>a)(b)", expected: null },
  { python: "(?(1)a|b)(c)", expected: null },
  { python: "(?:a)", expected: null },
  { python: "\\(a\\)", expected: null },
  { python: "[(a)]", expected: null },
  { python: "", expected: null },
  { python: `(${"x".repeat(999)})`, expected: null },
];

for (const { python, expected } of patterns) {
  Deno.test(`readPattern() ${expected ? `reads ${python}` : `refuses ${python.slice(0, 20)}`}`, () => {
    const reading = readPattern(python);
    assert.deepEqual(reading.kind === "value" ? reading.value : null, expected);
  });
}

Deno.test("readPattern() never throws, and what it reads has a group and runs", () => {
  const piece = fc.constantFrom(..."ab()[]{}^$*+?|\\.,-:=!<>P3Z", "(?P<", "(?:", "{,2}");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const reading = readPattern(pieces.join(""));
      if (reading.kind === "problem") return;
      reading.value.exec("abab");
      assert.match(reading.value.source, /\(/);
    }),
    { numRuns: 2_000 },
  );
});
