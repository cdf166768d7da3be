import assert from "node:assert/strict";
import { BufferPool } from "../../lib/smtp/buffers.ts";

Deno.test("BufferPool.take() lends again what was given back", () => {
  const pool = new BufferPool(16, 1);
  const first = pool.take(10);
  assert.equal(first.length, 16);
  assert.notEqual(pool.take(10), first);
  pool.give(first);
  pool.give(new Uint8Array(16));
  assert.equal(pool.take(10), first);
  assert.notEqual(pool.take(10).length, 0);
});

Deno.test("BufferPool.take() makes a larger buffer where one is needed, and does not keep it", () => {
  const pool = new BufferPool(16);
  const large = pool.take(17);
  assert.equal(large.length, 17);
  pool.give(large);
  assert.notEqual(pool.take(17), large);
});
