import assert from "node:assert/strict";
import { crc32c } from "../../lib/smtp/crc32c.ts";

/** From RFC 3720 §B.4, and the check value of the polynomial. */
const known = [
  { what: "nothing", octets: [], sum: 0 },
  { what: "123456789", octets: [...new TextEncoder().encode("123456789")], sum: 0xe3069283 },
  { what: "32 zeros", octets: Array<number>(32).fill(0), sum: 0x8a9136aa },
  { what: "32 ones", octets: Array<number>(32).fill(0xff), sum: 0x62a8ab43 },
  { what: "0 to 31", octets: Array.from({ length: 32 }, (_, index) => index), sum: 0x46dd794e },
];

for (const { what, octets, sum } of known) {
  Deno.test(`crc32c() of ${what} is 0x${sum.toString(16)}`, () => {
    assert.equal(crc32c(new Uint8Array(octets)), sum);
  });
}
