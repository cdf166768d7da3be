import assert from "node:assert/strict";
import fc from "fast-check";
import { BLOCK_OCTETS, DataWriter } from "../../../lib/smtp/client/data_writer.ts";
import { latin1, octets } from "../../support/octets.ts";

/** Writes pieces and returns the blocks that came out. */
async function write(pieces: readonly string[], blockOctets = BLOCK_OCTETS): Promise<string[]> {
  const blocks: string[] = [];
  const writer = new DataWriter((block) => {
    blocks.push(latin1(block));
    return Promise.resolve();
  }, new Uint8Array(blockOctets));
  for (const piece of pieces) await writer.add(octets(piece));
  await writer.end();
  return blocks;
}

/** What a server does with the octets (RFC 5321 §4.5.2), in its plainest form. */
function unstuff(wire: string): string {
  assert.ok(`\r\n${wire}`.endsWith("\r\n.\r\n"), "no end of data");
  const end = `\r\n${wire}`.indexOf("\r\n.\r\n");
  assert.equal(end, wire.length - 3, "end of data before the end");
  return `\r\n${wire.slice(0, -3)}`.replaceAll("\r\n.", "\r\n").slice(2);
}

const rows = [
  { name: "an empty message", pieces: [""], wire: ".\r\n" },
  { name: "no pieces", pieces: [], wire: ".\r\n" },
  { name: "a line", pieces: ["a\r\n"], wire: "a\r\n.\r\n" },
  { name: "a last line without end", pieces: ["a"], wire: "a\r\n.\r\n" },
  { name: "a dot alone", pieces: [".\r\n"], wire: "..\r\n.\r\n" },
  { name: "a dot without line end", pieces: ["."], wire: "..\r\n.\r\n" },
  {
    name: "dots at line starts",
    pieces: [".a\r\n..b\r\nc.\r\n"],
    wire: "..a\r\n...b\r\nc.\r\n.\r\n",
  },
  { name: "a dot cut from its line", pieces: ["a\r\n", ".b\r\n"], wire: "a\r\n..b\r\n.\r\n" },
  { name: "a cut within CR LF", pieces: ["a\r", "\n.b\r\n"], wire: "a\r\n..b\r\n.\r\n" },
  { name: "octet by octet", pieces: ["\r", "\n", ".", "\r", "\n"], wire: "\r\n..\r\n.\r\n" },
  { name: "a piece without octets", pieces: ["a\r\n", "", ".b"], wire: "a\r\n..b\r\n.\r\n" },
  { name: "a lone LF before a dot", pieces: ["a\n.b"], wire: "a\n.b\r\n.\r\n" },
  { name: "a lone LF cut from a dot", pieces: ["a\n", ".b"], wire: "a\n.b\r\n.\r\n" },
  { name: "8-bit octets", pieces: ["\xe4\xff\0\r\n"], wire: "\xe4\xff\0\r\n.\r\n" },
];

for (const { name, pieces, wire } of rows) {
  Deno.test(`DataWriter writes ${name}`, async () => {
    assert.deepEqual(await write(pieces), [wire]);
  });
}

Deno.test("DataWriter loses nothing to stuffing, however the message is cut", async () => {
  const word = fc.constantFrom("\r\n", ".", "..", "a", "\xff", "\r\n.\r\n", "b.c");
  await fc.assert(fc.asyncProperty(fc.array(fc.array(word)), async (cut) => {
    const pieces = cut.map((words) => words.join(""));
    const message = pieces.join("");
    const whole = message.endsWith("\r\n") || message === "" ? message : `${message}\r\n`;
    assert.equal(unstuff((await write(pieces)).join("")), whole);
  }));
});

Deno.test("DataWriter writes a long message in blocks that fit its buffer", async () => {
  const pieces = ["\r\n.".repeat(100_000), ".", "x".repeat(70_000), "\r\n.\r\n".repeat(9_000)];
  const blocks = await write(pieces);
  assert.ok(blocks.length > 5);
  assert.ok(blocks.every(({ length }) => length <= BLOCK_OCTETS));
  assert.equal(unstuff(blocks.join("")), pieces.join(""));
});

for (const room of [1, 2, 3, 4, 5, 6]) {
  Deno.test(`DataWriter finds place for the end of data with ${room} octets left`, async () => {
    const message = "\r\n.".repeat(5_000);
    for (const last of ["", "x"]) {
      const blocks = await write([message, last], 20_000 + room + last.length);
      assert.equal(unstuff(blocks.join("")), `${message}${last}\r\n`);
    }
  });
}

Deno.test("DataWriter.octets counts the message and not the stuffing", async () => {
  const writer = new DataWriter(() => Promise.resolve(), new Uint8Array(BLOCK_OCTETS));
  await writer.add(octets(".a\r\n"));
  await writer.add(octets("..\r\n"));
  await writer.end();
  assert.equal(writer.octets, 8);
});

Deno.test("DataWriter waits for a block before it takes more", async () => {
  const { promise: written, resolve } = Promise.withResolvers<void>();
  let blocks = 0;
  const writer = new DataWriter(() => {
    blocks++;
    return written;
  }, new Uint8Array(BLOCK_OCTETS));
  const adding = writer.add(new Uint8Array(200_000));
  assert.ok(adding instanceof Promise);
  await Promise.resolve();
  assert.equal(blocks, 1);
  resolve();
  await adding;
  assert.ok(blocks > 1);
});
