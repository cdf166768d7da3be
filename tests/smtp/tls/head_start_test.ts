import assert from "node:assert/strict";
import fc from "fast-check";
import { HeadStart } from "../../../lib/smtp/tls/head_start.ts";

function record(type: number, body: readonly number[]): number[] {
  return [type, 3, 3, body.length >> 8, body.length & 255, ...body];
}

/** What goes on when octets come in chunks of a size, with so many asked for ahead of each. */
function goOn(stream: readonly number[], chunk: number, asked: () => number): number[] | null {
  const headStart = new HeadStart(true);
  const gone: number[] = [];
  for (let at = 0; at < stream.length; at += chunk) {
    for (let count = asked(); count > 0; count--) gone.push(...headStart.next() ?? []);
    const rest = headStart.pass(Uint8Array.from(stream.slice(at, at + chunk)));
    if (rest === null) return null;
    gone.push(...rest);
  }
  return gone;
}

Deno.test("HeadStart gives three octets ahead of a record, and none in the middle of one", () => {
  const headStart = new HeadStart(true);
  assert.deepEqual(
    [...headStart.pass(Uint8Array.from(record(22, [1, 2])))?.values() ?? []].length,
    7,
  );
  assert.deepEqual([1, 2, 3, 4].map(() => headStart.next()?.[0]), [0x17, 3, 3, undefined]);
  assert.deepEqual(headStart.pass(Uint8Array.of(0x17, 3, 3, 0, 2, 9)), Uint8Array.of(0, 2, 9));
  assert.equal(headStart.next(), null);
  assert.deepEqual(headStart.pass(Uint8Array.of(9, 0x17)), Uint8Array.of(9, 0x17));
  assert.deepEqual([1, 2, 3].map(() => headStart.next()?.[0]), [3, 3, undefined]);
});

Deno.test("HeadStart gives nothing where it is not allowed", () => {
  const headStart = new HeadStart(false);
  assert.equal(headStart.next(), null);
  assert.deepEqual(headStart.pass(Uint8Array.of(21, 3)), Uint8Array.of(21, 3));
});

Deno.test("HeadStart notices what it did not foresee", () => {
  for (const wrong of [[21, 3, 3], [0x17, 2, 3], [0x17, 3, 1]]) {
    const headStart = new HeadStart(true);
    for (let count = 0; count < 3; count++) headStart.next();
    assert.equal(headStart.pass(Uint8Array.from(wrong)), null, String(wrong));
  }
});

Deno.test("HeadStart leaves the stream as it is, however it is asked", () => {
  const bodies = fc.array(fc.array(fc.nat(255), { maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.integer({ min: 1, max: 40 }), fc.nat(), (all, chunk, seed) => {
      const stream = all.flatMap((body) => record(0x17, body));
      let dice = seed;
      const asked = () => (dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648) % 5;
      assert.deepEqual(goOn(stream, chunk, asked), stream);
    }),
    { numRuns: 2_000 },
  );
});
