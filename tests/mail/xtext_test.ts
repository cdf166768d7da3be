/** @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeXtext, encodeXtext } from "../../lib/mail/xtext.ts";

const pairs = [
  { name: "text that stands for itself", text: "QQ314159!*,<>~", xtext: "QQ314159!*,<>~" },
  { name: "nothing", text: "", xtext: "" },
  { name: "a plus, an equals sign and a blank", text: "a+b=c d", xtext: "a+2Bb+3Dc+20d" },
  { name: "an address of RFC 6533", text: "\\x{FC}@x", xtext: "\\x{FC}@x" },
];

for (const { name, text, xtext } of pairs) {
  Deno.test(`encodeXtext() and decodeXtext() agree about ${name}`, () => {
    assert.equal(encodeXtext(text), xtext);
    assert.equal(decodeXtext(xtext), text);
  });
}

Deno.test("encodeXtext() makes a word without = of any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.match(encodeXtext(text), /^[!-<>-~]*$/);
  }));
});

Deno.test("encodeXtext() writes UTF-8 by its octets", () => {
  assert.equal(encodeXtext("\u00fc\n"), "+C3+BC+0A");
});

Deno.test("decodeXtext() gives back any printable ASCII", () => {
  const ascii = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((n) => String.fromCharCode(n)),
  });
  fc.assert(fc.property(ascii, (text) => assert.equal(decodeXtext(encodeXtext(text)), text)));
});

const refused = [
  "a+",
  "a+2",
  "+2G",
  "a b",
  "a=b",
  "ab+0D+0A",
  "+00",
  "+7F",
  "+C3+BC",
  "\u00fc",
  "a\n",
];

for (const text of refused) {
  Deno.test(`decodeXtext() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(decodeXtext(text), null);
  });
}

Deno.test("decodeXtext() takes hexadecimal digits in either case", () => {
  assert.equal(decodeXtext("+2b+2B"), "++");
});
