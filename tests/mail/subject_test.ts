/** Holds lib/mail/subject.ts to its invariants. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readSubject } from "../../lib/mail/subject.ts";
import { octetsOf } from "../support/mails.ts";

const subjects = [
  { name: "a plain one", fields: "Subject: passed\r\n", expected: "passed" },
  { name: "the first of two", fields: "Subject: one\r\nSubject: two\r\n", expected: "one" },
  { name: "one in odd case", fields: "sUBJECT: x\r\n", expected: "x" },
  { name: "one with a blank before the colon", fields: "Subject : x\r\n", expected: "x" },
  { name: "one after other fields", fields: "X-Subject: no\r\nSubject: yes\r\n", expected: "yes" },
  { name: "an empty one", fields: "Subject:\r\n", expected: "" },
  { name: "a folded one", fields: "Subject: a\r\n  b\r\n\tc\r\nTo: x\r\n", expected: "a b c" },
  { name: "a fold inside another field", fields: "X: a\r\n Subject: b\r\n", expected: undefined },
  { name: "one with runs of blanks", fields: "Subject: a  b\r\n", expected: "a b" },
  { name: "none", fields: "To: x\r\n", expected: undefined },
  { name: "none at all", fields: "", expected: undefined },
  { name: "raw UTF-8", fields: "Subject: caf\xc3\xa9\r\n", expected: "café" },
  { name: "raw UTF-8 that ends in A0", fields: "Subject: voil\xc3\xa0\r\n", expected: "voilà" },
  { name: "raw windows-1252", fields: "Subject: caf\xe9 \x80\r\n", expected: "café €" },
  {
    name: "a Q word",
    fields: "Subject: =?utf-8?Q?Stage_[p/1/s/1]?=\r\n",
    expected: "Stage [p/1/s/1]",
  },
  { name: "a B word", fields: "Subject: =?UTF-8?B?w6U=?= x\r\n", expected: "å x" },
  {
    name: "words in a row",
    fields: "Subject: =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n",
    expected: "ab",
  },
  { name: "ISO-8859-1", fields: "Subject: =?iso-8859-1?Q?=E5?=\r\n", expected: "å" },
  {
    name: "a word that hides CR LF",
    fields: "Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n",
    expected: "a Bcc: x",
  },
  {
    name: "a word that hides an escape",
    fields: "Subject: =?utf-8?Q?a=1B[2J?=\r\n",
    expected: "a [2J",
  },
  { name: "a broken word", fields: "Subject: =?utf-8?Q?a\r\n", expected: "=?utf-8?Q?a" },
];

for (const { name, fields, expected } of subjects) {
  Deno.test(`readSubject() reads ${name}`, () => {
    assert.equal(readSubject(octetsOf(fields)), expected);
  });
}

Deno.test("readSubject() returns one line, whatever the octets", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
    const prefix = octetsOf("Subject: ");
    const fields = new Uint8Array([...prefix, ...octets]);
    assert.doesNotMatch(readSubject(fields) ?? "", /\p{Cc}/u);
  }));
});

Deno.test("readSubject() returns one line, whatever the encoded words", () => {
  const piece = fc.constantFrom(
    "=?utf-8?Q?",
    "=?x?B?",
    "?=",
    "=0D=0A",
    " ",
    "\r\n ",
    "å",
    "a",
    "=",
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const subject = readSubject(new TextEncoder().encode(`Subject: ${pieces.join("")}\r\n`));
    assert.doesNotMatch(subject ?? "missing\n", /\p{Cc}/u);
  }));
});

Deno.test("readSubject() bounds what it keeps of an endless subject", () => {
  assert.equal(readSubject(octetsOf(`Subject: ${"x".repeat(100_000)}\r\n`))?.length, 8_192);
  const words = readSubject(octetsOf(`Subject: ${"=?utf-8?Q?a?= ".repeat(70_000)}\r\n`));
  assert.ok((words?.length ?? 0) <= 8_192);
});
