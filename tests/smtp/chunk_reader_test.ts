import assert from "node:assert/strict";
import fc from "fast-check";
import { ChunkReader } from "../../lib/smtp/chunk_reader.ts";
import { latin1, octets } from "../support/octets.ts";
import { hasOnlyPairs } from "../support/recording_service.ts";

interface Cut {
  readonly binary?: boolean;
  readonly maxOctets?: number;
  readonly sizes?: readonly number[];
}

/** What a reader makes of chunks that come in packets of the given sizes, again and again. */
function readAll(
  chunks: readonly string[],
  { binary = false, maxOctets = 1_000_000, sizes = [1_000_000] }: Cut = {},
): { text: string; octets: number; mended: number; oversize: boolean } {
  const reader = new ChunkReader(maxOctets, { binary });
  let text = "";
  let packet = 0;
  for (const chunk of chunks) {
    reader.begin(chunk.length);
    // What follows the chunk in the same packet is a command.
    const all = octets(`${chunk}QUIT\r\n`);
    let sent = 0;
    while (!reader.chunkEnded) {
      text += latin1(reader.push(all.subarray(sent, sent + (sizes[packet++ % sizes.length] ?? 1))));
      sent += reader.used;
    }
    assert.equal(sent, chunk.length);
  }
  text += latin1(reader.end());
  assert.equal(latin1(reader.end()), "");
  const { octets: count, mended, oversize } = reader;
  reader.release();
  return { text, octets: count, mended, oversize };
}

const messages = [
  { name: "nothing", chunks: [], text: "" },
  { name: "an empty chunk", chunks: [""], text: "" },
  { name: "one line", chunks: ["a\r\n"], text: "a\r\n" },
  { name: "a lone dot and doubled ones", chunks: ["a\r\n.\r\n..b\r\n"], text: "a\r\n.\r\n..b\r\n" },
  { name: "commands", chunks: ["QUIT\r\nBDAT 1\r\n"], text: "QUIT\r\nBDAT 1\r\n" },
  { name: "a pair in two chunks", chunks: ["a\r", "\nb\r\n"], text: "a\r\nb\r\n" },
  { name: "a pair around an empty chunk", chunks: ["a\r", "", "\n"], text: "a\r\n" },
  {
    name: "a bare CR at the end of a chunk",
    chunks: ["a\r", "b\r\n"],
    text: "a\r\nb\r\n",
    mended: 1,
  },
  { name: "a bare LF", chunks: ["a\nb\r\n"], text: "a\r\nb\r\n", mended: 1 },
  { name: "CR CR LF", chunks: ["a\r\r\n"], text: "a\r\n\r\n", mended: 1 },
  { name: "LF CR", chunks: ["a\n\rb\r\n"], text: "a\r\n\r\nb\r\n", mended: 2 },
  { name: "a last line without end", chunks: ["a\r\n", "b"], text: "a\r\nb\r\n" },
  { name: "a last CR", chunks: ["a\r"], text: "a\r\n", mended: 1 },
  { name: "nothing but CR", chunks: ["\r"], text: "\r\n", mended: 1 },
  { name: "a last LF", chunks: ["a", "\n"], text: "a\r\n", mended: 1 },
  { name: "a last line before an empty chunk", chunks: ["a", ""], text: "a\r\n" },
  { name: "NUL and 8-bit octets", chunks: ["\0\xff\x80\r\n"], text: "\0\xff\x80\r\n" },
];

for (const { name, chunks, text, mended = 0 } of messages) {
  Deno.test(`ChunkReader reads ${name}`, () => {
    const expected = { text, octets: text.length, mended, oversize: false };
    for (const size of [1, 2, 1_000]) {
      assert.deepEqual(readAll(chunks, { sizes: [size] }), expected);
    }
  });

  Deno.test(`ChunkReader leaves ${name} as it is when binary`, () => {
    const whole = chunks.join("");
    const expected = { text: whole, octets: whole.length, mended: 0, oversize: false };
    assert.deepEqual(readAll(chunks, { binary: true, sizes: [2] }), expected);
  });
}

Deno.test("ChunkReader uses nothing before a chunk has begun, or of an empty one", () => {
  for (const binary of [true, false]) {
    const reader = new ChunkReader(10, { binary });
    assert.ok(reader.chunkEnded);
    assert.equal(reader.push(octets("QUIT\r\n")).length, 0);
    assert.equal(reader.used, 0);
    reader.begin(3);
    assert.ok(!reader.chunkEnded);
  }
});

Deno.test("ChunkReader is not moved by an empty packet", () => {
  for (const [input, end] of [["a\r\n", ""], ["a", "\r\n"], ["a\r", "\r\n"]] as const) {
    const reader = new ChunkReader(10, { binary: false });
    reader.begin(input.length);
    reader.push(octets(input));
    assert.equal(reader.push(new Uint8Array(0)).length, 0);
    assert.equal(latin1(reader.end()), end);
  }
});

Deno.test("ChunkReader has room for nothing but newlines to mend", () => {
  assert.equal(readAll(["\r", "\n".repeat(20_000)]).text, "\r\n".repeat(20_000));
});

Deno.test("ChunkReader takes exactly as many octets as it may, and reads on past them", () => {
  for (const binary of [true, false]) {
    const exact = readAll(["x".repeat(48), `${"x".repeat(50)}\r\n`], { maxOctets: 100, binary });
    assert.equal(exact.text.length, 100);
    assert.ok(!exact.oversize);
    const reader = new ChunkReader(10, { binary });
    reader.begin(20);
    assert.equal(reader.push(octets("x".repeat(10))).length, 10);
    assert.equal(reader.push(octets("x".repeat(5))).length, 0);
    assert.ok(reader.oversize && !reader.chunkEnded);
    assert.equal(reader.push(octets("x".repeat(9))).length, 0);
    assert.equal(reader.used, 5);
    assert.ok(reader.chunkEnded);
    assert.equal(reader.end().length, 0);
  }
});

Deno.test("ChunkReader ends the last line of a message that is as large as it may be", () => {
  const { text, octets, oversize } = readAll(["x".repeat(10)], { maxOctets: 10 });
  assert.deepEqual({ text, octets, oversize }, {
    text: `${"x".repeat(10)}\r\n`,
    octets: 12,
    oversize: false,
  });
});

const wire = fc.array(
  fc.constantFrom("\r", "\n", "\r\n", ".", "a", "\0", "\xff", "\r\n.\r\n"),
  { maxLength: 40 },
).map((pieces) => pieces.join(""));
const numbers = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

Deno.test("ChunkReader gives the same message however it is cut into packets and chunks", () => {
  fc.assert(fc.property(wire, numbers, numbers, fc.boolean(), (input, cuts, sizes, binary) => {
    const chunks: string[] = [];
    for (let at = 0; at < input.length;) {
      // Every other chunk may be empty.
      const size = (cuts[chunks.length % cuts.length] ?? 1) - chunks.length % 2;
      chunks.push(input.slice(at, at + size));
      at += size;
    }
    assert.deepEqual(readAll(chunks, { sizes, binary }), readAll([input], { binary }));
  }));
});

Deno.test("ChunkReader changes nothing but newlines, and ends every line with CR LF", () => {
  fc.assert(fc.property(wire, (input) => {
    const { text, octets, mended } = readAll([input]);
    assert.ok(hasOnlyPairs(text));
    assert.ok(text === "" || text.endsWith("\r\n"));
    const expected = input.replace(/\r\n|\r|\n/g, "\r\n");
    assert.equal(text, /(?:^|\n)$/.test(expected) ? expected : `${expected}\r\n`);
    assert.equal(octets, text.length);
    assert.equal(mended, input.match(/\r(?!\n)|(?<!\r)\n/g)?.length ?? 0);
  }));
});
