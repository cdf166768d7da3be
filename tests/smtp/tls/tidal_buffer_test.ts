import assert from "node:assert/strict";
import { TidalBuffer } from "../../../lib/smtp/tls/tidal_buffer.ts";

Deno.test("TidalBuffer grows when it is full, and shrinks when little comes", () => {
  const buffer = new TidalBuffer();
  const sizes = [1, 1_023, 1_024, 1_024, 16_384, 1_023, 5].map((count) => {
    buffer.fit(count);
    return buffer.octets.length;
  });
  assert.deepEqual(sizes, [1_024, 1_024, 16_384, 16_384, 16_384, 1_024, 1_024]);
  buffer.release();
});
