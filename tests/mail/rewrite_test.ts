/** Header fields that are replaced on the way out. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { rewriteFields } from "../../lib/mail/rewrite.ts";
import type { HeaderRewrite } from "../../lib/mail/delivery.ts";
import { latin1, octets } from "../support/octets.ts";

function rewritten(fields: string, rewrite: HeaderRewrite): string {
  return rewriteFields(octets(fields), rewrite).map(latin1).join("");
}

const to = { to: ["a@x"] };
const both = { to: ["a@x"], from: "f@x" };

const rows = [
  {
    name: "To in its place",
    fields: "A: 1\r\nTo: y\r\nB: 2\r\n",
    rewrite: to,
    expected: "A: 1\r\nTo: a@x\r\nB: 2\r\n",
  },
  {
    name: "To at the end when there is none",
    fields: "A: 1\r\n",
    rewrite: to,
    expected: "A: 1\r\nTo: a@x\r\n",
  },
  {
    name: "a header without fields",
    fields: "",
    rewrite: both,
    expected: "From: f@x\r\nTo: a@x\r\n",
  },
  {
    name: "several To, by one where the first was",
    fields: "To: y\r\nA: 1\r\nTo: z\r\n",
    rewrite: to,
    expected: "To: a@x\r\nA: 1\r\n",
  },
  {
    name: "folded lines of To",
    fields: "To: y,\r\n z,\r\n\t  w\r\nA: 1\r\n",
    rewrite: to,
    expected: "To: a@x\r\nA: 1\r\n",
  },
  {
    name: "a To whose text begins on the next line",
    fields: "To:\r\n y\r\nA: 1\r\n",
    rewrite: to,
    expected: "To: a@x\r\nA: 1\r\n",
  },
  {
    name: "whatever the case",
    fields: "tO: y\r\nFROM: g\r\n",
    rewrite: both,
    expected: "To: a@x\r\nFrom: f@x\r\n",
  },
  {
    name: "blanks before the colon",
    fields: "To \t: y\r\nFrom : g\r\n",
    rewrite: both,
    expected: "To: a@x\r\nFrom: f@x\r\n",
  },
  {
    name: "From only when asked",
    fields: "From: g\r\nTo: y\r\n",
    rewrite: to,
    expected: "From: g\r\nTo: a@x\r\n",
  },
  {
    name: "no field whose name only begins so",
    fields: "Tobago: y\r\nFromage: g\r\nT: 1\r\n",
    rewrite: both,
    expected: "Tobago: y\r\nFromage: g\r\nT: 1\r\nFrom: f@x\r\nTo: a@x\r\n",
  },
  {
    name: "no field whose name only ends so",
    fields: "Resent-To: y\r\nReply-To: z\r\n",
    rewrite: to,
    expected: "Resent-To: y\r\nReply-To: z\r\nTo: a@x\r\n",
  },
  {
    name: "no To in the text of a field",
    fields: "Subject: x\r\n To: y\r\n",
    rewrite: to,
    expected: "Subject: x\r\n To: y\r\nTo: a@x\r\n",
  },
  {
    name: "several addresses",
    fields: "To: y\r\n",
    rewrite: { to: ["a@x", '"b c"@y'] },
    expected: 'To: a@x, "b c"@y\r\n',
  },
  { name: "UTF-8", fields: "To: y\r\n", rewrite: { to: ["ü@x"] }, expected: "To: \xc3\xbc@x\r\n" },
  {
    name: "an address that would break out",
    fields: "",
    rewrite: { to: ["a@x\r\nBcc: b"] },
    expected: "To: a@x??Bcc: b\r\n",
  },
];

for (const { name, fields, rewrite, expected } of rows) {
  Deno.test(`rewriteFields() replaces ${name}`, () => {
    assert.equal(rewritten(fields, rewrite), expected);
  });
}

Deno.test("rewriteFields() folds between addresses so that lines stay within 78 columns", () => {
  const addresses = Array.from(
    { length: 40 },
    (_, n) => `person-${n}@department-${n % 7}.example.org`,
  );
  const text = rewritten("", { to: addresses });
  const lines = text.split("\r\n").slice(0, -1);
  assert.ok(lines.every(({ length }) => length <= 78));
  assert.ok(lines.slice(1).every((line) => line.startsWith(" ")));
  assert.equal(
    text.replaceAll("\r\n ", " "),
    `To: ${addresses.join(", ")}\r\n`.replace("\r\n ", " "),
  );
});

Deno.test("rewriteFields() never folds within an address, however long", () => {
  const long = `${"x".repeat(90)}@example.org`;
  assert.equal(rewritten("", { to: [long, "b@x"] }), `To: ${long},\r\n b@x\r\n`);
});

Deno.test("rewriteFields() leaves every other field as it was", () => {
  const name = fc.constantFrom("Subject", "To", "From", "X-To", "tO", "From ", "Cc", "T", "");
  const value = fc.string({ unit: fc.constantFrom("a", ":", " ", "\xff", "\r\n ", "\r\n\tTo:") });
  fc.assert(fc.property(fc.array(fc.tuple(name, value)), (fields) => {
    const own = (field: string) => !/^(to|from) *:/i.test(field);
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
    const text = rewritten(lines.join(""), both);
    const kept = text.replace("To: a@x\r\n", "").replace("From: f@x\r\n", "");
    assert.equal(kept, lines.filter(own).join(""));
  }));
});

const worded = [
  {
    name: "a subject in its place",
    fields: "A: 1\r\nSubject: old\r\n and folded\r\nTo: y\r\n",
    rewrite: { subject: "new" },
    expected: "A: 1\r\nSubject: new\r\nTo: y\r\n",
  },
  {
    name: "a subject that is not there, and that is not ASCII",
    fields: "A: 1\r\n",
    rewrite: { subject: "größer" },
    expected: "A: 1\r\nSubject: =?utf-8?B?Z3LDtsOfZXI=?=\r\n",
  },
  {
    name: "a subject of several lines by one",
    fields: "Subject: x\r\n",
    rewrite: { subject: "a\r\nBcc: evil@x" },
    expected: "Subject: a Bcc: evil@x\r\n",
  },
  {
    name: "whatever described the body that is replaced",
    fields: "Content-Type: multipart/mixed;\r\n boundary=x\r\nMime-Version : 1.0 (x)\r\n" +
      "Content-ID: <a@b>\r\nX-Content: stays\r\n",
    rewrite: { text: "t" },
    expected: "Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n" +
      "X-Content: stays\r\nContent-Transfer-Encoding: quoted-printable\r\n",
  },
];

for (const { name, fields, rewrite, expected } of worded) {
  Deno.test(`rewriteFields() replaces ${name}`, () => {
    assert.equal(rewritten(fields, rewrite), expected);
  });
}
