import assert from "node:assert/strict";
import fc from "fast-check";
import { compose, rewriteFields } from "../../lib/mail/compose.ts";
import type { HeaderRewrite } from "../../lib/mail/delivery.ts";
import { latin1, octets } from "../support/octets.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";

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

Deno.test("compose() puts the trace before the fields and counts all octets", async () => {
  const mail = sampleMail({ fields: "To: y\r\n", rest: "\r\nbody\r\n" });
  const delivery = { ...sampleDelivery(), rewrite: both };
  const content = compose(mail, delivery, octets("Received: here\r\n"));
  const pieces = [...content.head];
  for await (const piece of content.rest()) pieces.push(piece.slice());
  const text = pieces.map(latin1).join("");
  assert.equal(text, "Received: here\r\nTo: a@x\r\nFrom: f@x\r\n\r\nbody\r\n");
  assert.equal(content.octets, text.length);
});

Deno.test("compose() passes on the very octets when nothing is rewritten", () => {
  const mail = sampleMail();
  const content = compose(mail, sampleDelivery());
  assert.equal(content.head[0], mail.message.fields);
  assert.equal(content.octets, mail.message.octets);
});
