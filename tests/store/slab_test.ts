import assert from "node:assert/strict";
import fc from "fast-check";
import { copyOf } from "../../lib/store/slab.ts";

Deno.test("copyOf() copies that stay what they were, however many and large they are", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 40 }), (sizes) => {
      const copies = sizes.map((size, index) => {
        const octets = new Uint8Array(size).fill(index + 1);
        const copy = copyOf(octets);
        octets.fill(0);
        return copy;
      });
      copies.forEach((copy, index) => {
        assert.equal(copy.length, sizes[index]);
        assert.ok(copy.every((octet) => octet === index + 1));
      });
    }),
  );
});
