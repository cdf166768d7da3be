/** What goes out for a mail. @module */

import assert from "node:assert/strict";
import PostalMime from "postal-mime";
import { compose } from "../../lib/mail/compose.ts";
import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { latin1, octets } from "../support/octets.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";

const both = { to: ["a@x"], from: "f@x" };

/** All that goes out, one character an octet. */
async function sent(mail: Mail, delivery: Delivery, trace?: Uint8Array): Promise<string> {
  const content = compose(mail, delivery, trace);
  const pieces = [...content.head];
  for await (const piece of content.rest()) pieces.push(piece.slice());
  const text = pieces.map(latin1).join("");
  assert.equal(content.octets, text.length);
  return text;
}

Deno.test("compose() puts the trace before the fields and counts all octets", async () => {
  const mail = sampleMail({ fields: "To: y\r\n", rest: "\r\nbody\r\n" });
  const text = await sent(mail, { ...sampleDelivery(), rewrite: both }, octets("Received: h\r\n"));
  assert.equal(text, "Received: h\r\nTo: a@x\r\nFrom: f@x\r\n\r\nbody\r\n");
});

Deno.test("compose() passes on the very octets when nothing is rewritten", () => {
  const mail = sampleMail();
  const content = compose(mail, sampleDelivery());
  assert.equal(content.head[0], mail.message.fields);
  assert.equal(content.octets, mail.message.octets);
});

const TEXTS = [
  { name: "a line", text: "all is well", read: "all is well\n" },
  { name: "nothing", text: "", read: "\n" },
  { name: "dots and blanks", text: ".\n..\nx \n", read: ".\n..\nx \n" },
  {
    name: "other letters and long lines",
    text: `größer ${"ü".repeat(2_000)}\r\nend`,
    read: `größer ${"ü".repeat(2_000)}\nend\n`,
  },
];

for (const { name, text, read } of TEXTS) {
  Deno.test(`compose() sends a text instead of the body: ${name}`, async () => {
    const mail = sampleMail({
      fields: "Subject: s\r\nContent-Type: text/html; charset=latin1\r\n",
      rest: "\r\n<p>old</p>\r\n",
    });
    const out = await sent(mail, { ...sampleDelivery(), rewrite: { text } });
    assert.match(out, /^[\t\r\n -~]+$/, "7 bits");
    assert.ok(out.split("\r\n").every(({ length }) => length <= 78));
    const parsed = await PostalMime.parse(octets(out));
    assert.equal(parsed.text?.replaceAll("\r\n", "\n"), read);
    assert.equal(parsed.subject, "s");
    assert.equal(parsed.html, undefined);
  });
}

const DECLARED = [
  { name: "fields in ASCII", fields: "X: a\r\n", text: "ö", body: "7BIT" },
  { name: "a long field", fields: `X: ${"a".repeat(2_000)}\r\n`, text: "t", body: "7BIT" },
  { name: "fields in 8 bits", fields: "X: \xc3\xb6\r\n", text: "t", body: "8BITMIME" },
  { name: "a NUL in a field", fields: "X: \0\r\n", text: "t", body: undefined },
  { name: "a bare LF in a field", fields: "X: a\n.\r\n", text: "t", body: undefined },
  { name: "a bare CR in a field", fields: "X: a\r.\r\n", text: "t", body: undefined },
  { name: "no text of ours", fields: "X: a\r\n", text: undefined, body: undefined },
];

for (const { name, fields, text, body } of DECLARED) {
  Deno.test(`compose() declares a body as ${body ?? "the notifier did"}, with ${name}`, () => {
    const rewrite = { ...both, ...text !== undefined && { text } };
    const mail = sampleMail({ fields, rest: "\r\n\xff\0\n" });
    assert.equal(compose(mail, { ...sampleDelivery(), rewrite }).body, body);
  });
}
