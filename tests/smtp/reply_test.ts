import assert from "node:assert/strict";
import fc from "fast-check";
import type { Reply } from "../../lib/mail/reply.ts";
import { asciiOctets, formatReply, REPLY } from "../../lib/smtp/reply.ts";

const long = "x".repeat(1200);

const replies: readonly { name: string; reply: Reply; expected: string }[] = [
  { name: "one line", reply: REPLY.ok, expected: "250 2.0.0 OK\r\n" },
  {
    name: "several lines",
    reply: { code: 250, status: "2.1.0", lines: ["a", "b", "c"] },
    expected: "250-2.1.0 a\r\n250-2.1.0 b\r\n250 2.1.0 c\r\n",
  },
  { name: "no status", reply: { code: 354, lines: ["go"] }, expected: "354 go\r\n" },
  { name: "an empty text", reply: { code: 250, lines: [""] }, expected: "250 \r\n" },
  {
    name: "control characters and CR LF",
    reply: { code: 550, status: "5.1.1", lines: ["no\r\n250 yes\x1b[2J\0"] },
    expected: "550 5.1.1 no??250 yes?[2J?\r\n",
  },
  {
    name: "what is not ASCII",
    reply: { code: 550, lines: ["für \u{1f600} \x85"] },
    expected: "550 f?r ? ?\r\n",
  },
  {
    name: "a text too long for a line",
    reply: { code: 550, lines: [long] },
    expected: `550-${long.slice(0, 496)}\r\n550-${long.slice(0, 496)}\r\n550 ${
      "x".repeat(208)
    }\r\n`,
  },
];

for (const { name, reply, expected } of replies) {
  Deno.test(`formatReply() writes ${name}`, () => assert.equal(formatReply(reply), expected));
}

for (const [name, reply] of Object.entries<Reply>(REPLY)) {
  Deno.test(`REPLY.${name} is one that a client understands`, () => {
    assert.ok(reply.code >= 200 && reply.code < 600);
    if (reply.status) assert.equal(reply.status[0], String(reply.code)[0]);
    assert.equal(reply.status === undefined, reply.code === 354);
    assert.equal(formatReply(reply).split("\r\n").length, reply.lines.length + 1);
  });
}

Deno.test("formatReply() gives reply lines of 512 octets at most, whatever the texts", () => {
  const texts = fc.array(fc.string({ unit: "binary", maxLength: 1500 }), { minLength: 1 });
  fc.assert(fc.property(texts, fc.integer({ min: 200, max: 599 }), (texts, code) => {
    const [first = "", ...more] = texts;
    const formatted = formatReply({ code, status: "5.999.999", lines: [first, ...more] });
    const lines = formatted.split("\r\n");
    assert.equal(lines.pop(), "");
    for (const [index, line] of lines.entries()) {
      assert.match(line, /^[2-5]\d\d[ -]5\.999\.999 [ -~]*$/);
      assert.equal(line[3], index < lines.length - 1 ? "-" : " ");
      assert.ok(line.length <= 510);
    }
  }));
});

Deno.test("asciiOctets() gives what TextEncoder gives for ASCII", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.deepEqual(asciiOctets(text), new TextEncoder().encode(text));
  }));
});
