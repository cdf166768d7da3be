import assert from "node:assert/strict";
import fc from "fast-check";
import { type LineSource, readLine } from "../../lib/control/line.ts";

/** Gives its pieces one by one. */
function sourceOf(pieces: readonly Uint8Array[]): LineSource {
  const left = [...pieces];
  return {
    read: (buffer) => {
      const piece = left.shift();
      if (piece) buffer.set(piece);
      return Promise.resolve(piece?.length ?? null);
    },
  };
}

Deno.test("readLine() reads the same line however it is cut into packets", async () => {
  const line = fc.string({ unit: "binary", maxLength: 30 }).filter((text) => !text.includes("\n"));
  const cuts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
  await fc.assert(fc.asyncProperty(line, cuts, async (text, sizes) => {
    const octets = new TextEncoder().encode(`${text}\nmore`);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < octets.length;) {
      const size = sizes[pieces.length % sizes.length] ?? 1;
      pieces.push(octets.subarray(at, at + size));
      at += size;
    }
    const expected = new TextDecoder().decode(new TextEncoder().encode(text));
    assert.equal(await readLine(sourceOf(pieces), 200), expected);
  }));
});

const broken = [
  { name: "nothing", pieces: [] },
  { name: "half a line", pieces: ["half"] },
  { name: "a line that is too long", pieces: ["0123456789", "x\n"] },
  { name: "a line without an end", pieces: ["0123456789", "x", "x", "x"] },
] as const;

for (const { name, pieces } of broken) {
  Deno.test(`readLine() gives null for ${name}`, async () => {
    const octets = pieces.map((piece) => new TextEncoder().encode(piece));
    assert.equal(await readLine(sourceOf(octets), 10), null);
  });
}
