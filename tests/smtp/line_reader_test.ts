import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_AUTH_LINE_OCTETS } from "../../lib/smtp/auth/sasl.ts";
import { Inbox } from "../../lib/smtp/inbox.ts";
import { type Line, LineReader } from "../../lib/smtp/line_reader.ts";
import { octets } from "../support/octets.ts";

/** What a reader makes of octets that come in packets of the given sizes, again and again. */
async function linesOf(
  input: Uint8Array,
  { maxOctets = 64, sizes = [1_000_000], lenient = false, longest = undefined }: {
    maxOctets?: number;
    sizes?: readonly number[];
    lenient?: boolean;
    longest?: number | undefined;
  } = {},
): Promise<readonly string[]> {
  let sent = 0;
  let packet = 0;
  const inbox = new Inbox({
    read: (buffer) => {
      if (sent === input.length) return Promise.resolve(null);
      const size = Math.min(sizes[packet++ % sizes.length] ?? 1, buffer.length);
      const piece = input.subarray(sent, sent + size);
      buffer.set(piece);
      sent += piece.length;
      return Promise.resolve(piece.length);
    },
  }, maxOctets);
  const reader = new LineReader(inbox, maxOctets, { lenient });
  const found: string[] = [];
  const describe = (line: Line) =>
    line.kind === "line" ? `${line.bareNewline ? "bare " : ""}line ${line.text}` : line.kind;
  do {
    for (let line = reader.next(longest); line; line = reader.next(longest)) {
      found.push(describe(line));
      if (line.kind === "endless") return found;
    }
  } while (await inbox.fill());
  return found;
}

const cases = [
  { name: "a line", input: "NOOP\r\n", expected: ["line NOOP"] },
  { name: "an empty line", input: "\r\n", expected: ["line "] },
  { name: "two lines", input: "a\r\nb\r\n", expected: ["line a", "line b"] },
  { name: "a line without its end", input: "a\r\nb", expected: ["line a"] },
  { name: "a line with half its end", input: "a\r", expected: [] },
  { name: "UTF-8", input: "\xc3\xbc\r\n", expected: ["line ü"] },
  { name: "a byte order mark", input: "\xef\xbb\xbfa\r\n", expected: ["line \ufeffa"] },
  { name: "NUL", input: "a\0b\r\n", expected: ["line a\0b"] },
  { name: "what is not UTF-8", input: "\xff\r\na\r\n", expected: ["not-utf8", "line a"] },
  {
    name: "a name that is not UTF-8",
    input: "helo B\xfcro\r\nEHLO\xff x\r\n",
    expected: ["line helo B\ufffdro", "not-utf8"],
  },
  { name: "an overlong form", input: "\xc0\xaf\r\n", expected: ["not-utf8"] },
  { name: "a bare LF", input: "NOOP\n", expected: ["bare-newline"] },
  { name: "a lone LF", input: "\n", expected: ["bare-newline"] },
  { name: "a bare CR", input: "NO\rOP\r\n", expected: ["bare-newline"] },
  { name: "CR CR LF", input: "NOOP\r\r\n", expected: ["bare-newline"] },
  { name: "LF CR", input: "NOOP\n\r", expected: ["bare-newline"] },
  {
    name: "the longest line",
    input: `${"x".repeat(62)}\r\n`,
    expected: [`line ${"x".repeat(62)}`],
  },
  { name: "one octet more", input: `${"x".repeat(63)}\r\na\r\n`, expected: ["too-long", "line a"] },
  { name: "far too long", input: `${"x".repeat(9999)}\r\na\r\n`, expected: ["too-long", "line a"] },
  {
    name: "too long and bare",
    input: `${"x".repeat(9999)}\na\r\n`,
    expected: ["bare-newline", "line a"],
  },
  { name: "1 MiB", input: `${"x".repeat(1_048_574)}\r\n`, expected: ["too-long"] },
  { name: "over 1 MiB", input: `${"x".repeat(1_048_575)}\r\n`, expected: ["endless"] },
];

for (const { name, input, expected } of cases) {
  Deno.test(`LineReader.next() reads ${name}`, async () => {
    assert.deepEqual(await linesOf(octets(input)), expected);
  });
}

Deno.test("LineReader.next() gives the same lines however they are cut into packets", async () => {
  const input = fc.array(
    fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "\r\n",
      "a",
      "ab",
      "\0",
      "\xff",
      "\xc3\xbc",
      "x".repeat(70),
      "AUTH",
      "y".repeat(12_200),
    ),
    { maxLength: 60 },
  ).map((pieces) => octets(pieces.join("")));
  const sizes = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 90 }), fc.constant(5_000)),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(fc.asyncProperty(input, sizes, fc.boolean(), async (input, sizes, lenient) => {
    assert.deepEqual(await linesOf(input, { sizes, lenient }), await linesOf(input, { lenient }));
  }));
});

const lenientCases = [
  { name: "a bare LF", input: "NOOP\na\r\n", expected: ["bare line NOOP", "line a"] },
  { name: "a lone LF", input: "\n\r\n", expected: ["bare line ", "line "] },
  { name: "a bare CR", input: "NO\rOP\r\na\n", expected: ["bare-newline", "bare line a"] },
  { name: "a bare CR before a bare LF", input: "NO\rOP\n", expected: ["bare-newline"] },
  { name: "CR CR LF", input: "NOOP\r\r\n", expected: ["bare-newline"] },
  { name: "CR alone", input: "NOOP\rNOOP\r", expected: [] },
  { name: "what is too long", input: `${"x".repeat(64)}\n`, expected: ["too-long"] },
  {
    name: "the longest line",
    input: `${"x".repeat(63)}\n`,
    expected: [`bare line ${"x".repeat(63)}`],
  },
  { name: "what is not UTF-8", input: "\xff\n", expected: ["not-utf8"] },
];

for (const { name, input, expected } of lenientCases) {
  Deno.test(`LineReader.next() reads ${name} when lenient`, async () => {
    assert.deepEqual(await linesOf(octets(input), { lenient: true }), expected);
  });
}

const AUTH_TEXT = `auth PLAIN ${"x".repeat(MAX_AUTH_LINE_OCTETS - 13)}`;
const longCases = [
  { name: "an AUTH command", input: AUTH_TEXT, expected: [`line ${AUTH_TEXT}`, "line a"] },
  {
    name: "an AUTH command too long",
    input: `${AUTH_TEXT}x`,
    expected: ["auth-too-long", "line a"],
  },
  { name: "another one", input: `AUTX${AUTH_TEXT.slice(4)}`, expected: ["too-long", "line a"] },
  {
    name: "a response that is expected",
    input: "x".repeat(MAX_AUTH_LINE_OCTETS - 2),
    longest: MAX_AUTH_LINE_OCTETS,
    expected: [`line ${"x".repeat(MAX_AUTH_LINE_OCTETS - 2)}`, "line a"],
  },
  {
    name: "a response too long",
    input: "x".repeat(MAX_AUTH_LINE_OCTETS - 1),
    longest: MAX_AUTH_LINE_OCTETS,
    expected: ["too-long", "line a"],
  },
];

for (const { name, input, longest, expected } of longCases) {
  Deno.test(`LineReader.next() reads ${name} of ${input.length} octets`, async () => {
    for (const size of [1_000_000, 1_000, 7]) {
      const found = await linesOf(octets(`${input}\r\na\r\n`), { longest, sizes: [size] });
      assert.deepEqual(found, expected);
    }
  });
}

Deno.test("LineReader.next() gives no part of a line for a line when it may be longer now", async () => {
  const pieces = ["x".repeat(100), "NOOP\r\n"].map(octets);
  const inbox = new Inbox({
    read: (buffer) => {
      const piece = pieces.shift();
      if (piece) buffer.set(piece);
      return Promise.resolve(piece?.length ?? null);
    },
  }, 64);
  const reader = new LineReader(inbox, 64);
  await inbox.fill();
  assert.equal(reader.next(), null);
  await inbox.fill();
  assert.deepEqual(reader.next(MAX_AUTH_LINE_OCTETS), { kind: "too-long" });
});

Deno.test("LineReader.next() leaves no large buffer behind", async () => {
  const rooms: number[] = [];
  let input = octets(`${AUTH_TEXT}\r\nNOOP\r\n`);
  const inbox = new Inbox({
    read: (buffer) => {
      rooms.push(buffer.length);
      const piece = input.subarray(0, buffer.length);
      input = input.slice(piece.length);
      buffer.set(piece);
      return Promise.resolve(piece.length || null);
    },
  }, 64);
  const reader = new LineReader(inbox, 64);
  do while (reader.next()); while (await inbox.fill());
  assert.ok(Math.max(...rooms) > MAX_AUTH_LINE_OCTETS - 4_096);
  assert.equal(rooms.at(-1), 4_096);
});

Deno.test("LineReader.next() refuses all but CR LF pairs, whatever the octets", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (input) => {
    for (const line of await linesOf(input)) assert.doesNotMatch(line, /[\r\n]/);
  }));
});
