import assert from "node:assert/strict";
import fc from "fast-check";
import { RelayError } from "../../../lib/errors.ts";
import type { Reply } from "../../../lib/mail/reply.ts";
import { MAX_LINE_OCTETS, ReplyReader } from "../../../lib/smtp/client/reply_reader.ts";
import { octets } from "../../support/octets.ts";

/** A source that hands out `text` in pieces of `size` octets. */
function source(text: string, size = 65_536) {
  const all = octets(text);
  let at = 0;
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      const piece = all.subarray(at, at + Math.min(size, buffer.length));
      at += piece.length;
      buffer.set(piece);
      return Promise.resolve(piece.length > 0 ? piece.length : null);
    },
  };
}

const replies: { name: string; input: string; reply: Reply }[] = [
  { name: "one line", input: "250 Ok\r\n", reply: { code: 250, lines: ["Ok"] } },
  { name: "a code alone", input: "250\r\n", reply: { code: 250, lines: [""] } },
  { name: "a code and a blank", input: "354 \r\n", reply: { code: 354, lines: [""] } },
  { name: "a lone LF", input: "250 Ok\n", reply: { code: 250, lines: ["Ok"] } },
  {
    name: "several lines",
    input: "250-a\r\n250-\r\n250 b\r\n",
    reply: { code: 250, lines: ["a", "", "b"] },
  },
  {
    name: "a status",
    input: "550 5.1.1 No such user\r\n",
    reply: { code: 550, status: "5.1.1", lines: ["No such user"] },
  },
  {
    name: "a status without text",
    input: "450 4.2.0\r\n",
    reply: { code: 450, status: "4.2.0", lines: [""] },
  },
  {
    name: "a status on every line",
    input: "550-5.7.1 Not\r\n550 5.7.1 here\r\n",
    reply: { code: 550, status: "5.7.1", lines: ["Not", "here"] },
  },
  {
    name: "a status of another class, as text",
    input: "450 5.1.1 Odd\r\n",
    reply: { code: 450, lines: ["5.1.1 Odd"] },
  },
  {
    name: "an address, as text",
    input: "550 5.1.1.1 Odd\r\n",
    reply: { code: 550, lines: ["5.1.1.1 Odd"] },
  },
  {
    name: "control characters, made harmless",
    input: "550 \x1b[2Ja\tb\0c\rd\x7f\x9b\xe4\r\n",
    reply: { code: 550, lines: ["?[2Ja b?c?d???"] },
  },
  {
    name: "a long line, cut",
    input: `250 ${"x".repeat(4000)}\r\n`,
    reply: { code: 250, lines: ["x".repeat(480)] },
  },
];

for (const { name, input, reply } of replies) {
  Deno.test(`ReplyReader.readReply() takes ${name}`, async () => {
    assert.deepEqual(await new ReplyReader(source(input)).readReply(), reply);
  });
}

const refusals = [
  { name: "no code", input: "Hello\r\n", code: "reply-invalid" },
  { name: "an empty line", input: "\r\n", code: "reply-invalid" },
  { name: "two digits", input: "25 Ok\r\n", code: "reply-invalid" },
  { name: "four digits", input: "2500 Ok\r\n", code: "reply-invalid" },
  { name: "class 1", input: "150 Ok\r\n", code: "reply-invalid" },
  { name: "class 6", input: "650 Ok\r\n", code: "reply-invalid" },
  { name: "no separator", input: "250Ok\r\n", code: "reply-invalid" },
  { name: "two codes in one reply", input: "250-a\r\n550 b\r\n", code: "reply-invalid" },
  { name: "a line without end", input: "250 ".padEnd(9_000, "x"), code: "reply-invalid" },
  { name: "too many lines", input: "250-x\r\n".repeat(200_000), code: "reply-invalid" },
  {
    name: "too many octets",
    input: `250-${"x".repeat(4_000)}\r\n`.repeat(100),
    code: "reply-invalid",
  },
  { name: "the end of the stream", input: "", code: "peer-closed" },
  { name: "the end of the stream in a line", input: "250 O", code: "peer-closed" },
  { name: "the end of the stream in a reply", input: "250-Ok\r\n", code: "peer-closed" },
] as const;

for (const { name, input, code } of refusals) {
  Deno.test(`ReplyReader.readReply() refuses ${name}`, async () => {
    await assert.rejects(
      () => new ReplyReader(source(input)).readReply(),
      (error) => error instanceof RelayError && error.code === code,
    );
  });
}

Deno.test("ReplyReader.readReply() returns the same replies however they are cut into packets", async () => {
  const text = fc.string({ unit: fc.constantFrom(..."ab c-.5"), maxLength: 30 });
  const reply = fc.record({
    code: fc.integer({ min: 200, max: 599 }),
    lines: fc.array(text, { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(reply), fc.integer({ min: 1, max: 40 }), async (sent, size) => {
      const wire = sent.map(({ code, lines }) =>
        lines.map((line, at) => `${code}${at < lines.length - 1 ? "-" : " "}${line}\r\n`).join("")
      ).join("");
      const reader = new ReplyReader(source(wire, size));
      const whole = new ReplyReader(source(wire));
      for (const { code } of sent) {
        const got = await reader.readReply();
        assert.equal(got.code, code);
        assert.deepEqual(got, await whole.readReply());
      }
      assert.equal(await reader.fill(), false);
      assert.equal(reader.hasMore, false);
    }),
  );
});

Deno.test("ReplyReader.readReply() neither hangs nor leaks octets, whatever comes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (noise) => {
      const wire = [...noise].map((c) => String.fromCharCode(c.charCodeAt(0) & 0xff)).join("");
      const reader = new ReplyReader(source(`250 ${wire}\r\n250 end\r\n`, 7));
      try {
        const { lines } = await reader.readReply();
        assert.match(lines.join(""), /^[ -~]*$/);
      } catch (error) {
        assert.ok(error instanceof RelayError);
        assert.match(error.message, /^[ -~]*$/);
      }
    }),
  );
});

Deno.test("ReplyReader.readReply() takes a line of exactly the longest length", async () => {
  const line = `250 ${"x".repeat(MAX_LINE_OCTETS - 6)}\r\n`;
  const reader = new ReplyReader(source(`${line}${line}221 Bye\r\n`, 1_000));
  await reader.readReply();
  assert.equal((await reader.readReply()).code, 250);
  assert.equal((await reader.readReply()).code, 221);
});

Deno.test("ReplyReader.fill() is one wait, shared by all who call it", async () => {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let reads = 0;
  const reader = new ReplyReader({ read: () => (reads++, promise) });
  const waits = [reader.fill(), reader.fill()];
  const reply = reader.readReply();
  reply.catch(() => {});
  resolve(null);
  assert.deepEqual(await Promise.all(waits), [false, false]);
  await assert.rejects(() => reply);
  assert.equal(reads, 1);
});
