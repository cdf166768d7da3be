import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldValue, fieldValues, findHeaderEnd } from "../../lib/mail/header.ts";

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const ends = [
  { name: "the blank line", input: "A: 1\r\nB: 2\r\n\r\nbody", at: 12, blankLine: true },
  {
    name: "a blank line after a folded field",
    input: "A: 1\r\n 2\r\n\r\n",
    at: 10,
    blankLine: true,
  },
  { name: "a blank line at once", input: "\r\nbody", at: 0, blankLine: true },
  { name: "a line that is no field", input: "A: 1\r\nno field\r\n", at: 6, blankLine: false },
  { name: "a line that starts with a colon", input: "A: 1\r\n: 2\r\n", at: 6, blankLine: false },
  { name: "a body without any header", input: "just text\r\n", at: 0, blankLine: false },
  { name: "a continuation of nothing", input: " x\r\nA: 1\r\n\r\n", at: 0, blankLine: false },
  { name: "8-bit in a field name", input: "\xe5: 1\r\n\r\n", at: 0, blankLine: false },
];

for (const { name, input, at, blankLine } of ends) {
  Deno.test(`findHeaderEnd() ends at ${name}`, () => {
    assert.deepEqual(findHeaderEnd(octets(input)), { fieldsEnd: at, blankLine });
  });
}

for (const input of ["", "A: 1\r\n", "A: 1\r\n folded\r\n", "A : 1\r\n", "A: unfinished"]) {
  Deno.test(`findHeaderEnd() takes ${JSON.stringify(input)} for fields only`, () => {
    assert.equal(findHeaderEnd(octets(input)), null);
  });
}

const fields = octets(
  "Subject: one\r\n two\r\nX-Subject: no\r\nSUBJECT :\tthree \r\nTo: a@x\r\nSubjectX: no\r\n",
);

const values = [
  { name: "subject", expected: ["one two", "three"] },
  { name: "Subject", expected: ["one two", "three"] },
  { name: "to", expected: ["a@x"] },
  { name: "subj", expected: [] },
  { name: "cc", expected: [] },
];

for (const { name, expected } of values) {
  Deno.test(`fieldValues() reads every "${name}", unfolded`, () => {
    assert.deepEqual(fieldValues(fields, name), expected);
    assert.equal(fieldValue(fields, name), expected[0]);
  });
}

Deno.test("fieldValues() keeps raw octets, one character each", () => {
  assert.deepEqual(fieldValues(octets("Subject: \x80\xff\r\n"), "subject"), ["\x80\xff"]);
});

Deno.test("findHeaderEnd() and fieldValues() take any octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
    const end = findHeaderEnd(input);
    assert.ok(end === null || end.fieldsEnd <= input.length);
    fieldValues(input, "subject");
  }));
});

Deno.test("findHeaderEnd() finds the blank line behind any well-formed fields", () => {
  const field = fc.tuple(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/),
    fc.stringMatching(/^[ -~]{0,40}$/),
  );
  fc.assert(fc.property(fc.array(field), fc.uint8Array(), (list, body) => {
    const header = list.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const message = new Uint8Array([...octets(`${header}\r\n`), ...body]);
    assert.deepEqual(findHeaderEnd(message), { fieldsEnd: header.length, blankLine: true });
    for (const [name, value] of list.slice(0, 1)) {
      assert.equal(fieldValue(octets(header), name), value.trim());
    }
  }));
});
