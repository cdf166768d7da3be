import assert from "node:assert/strict";
import { realPeer } from "../../lib/smtp/real_peer.ts";

const addresses = [
  { said: "192.0.2.1", is: "192.0.2.1" },
  { said: "IPV6:2001:DB8:0::1", is: "2001:db8::1" },
  { said: "2001:db8::1", is: "2001:db8::1" },
  { said: "IPv6:::ffff:192.0.2.1", is: "192.0.2.1" },
  { said: "::ffff:c000:201", is: "192.0.2.1" },
];

for (const { said, is } of addresses) {
  Deno.test(`realPeer() takes ADDR=${said} for ${is}`, () => {
    assert.deepEqual(realPeer(new Map([["ADDR", said]])), { peer: is });
  });
}

for (const said of ["fe80::1%eth0", "192.0.2.256", "192.0.2.1/24", "[192.0.2.1]", "unix", null]) {
  Deno.test(`realPeer() knows no address by ADDR=${said}`, () => {
    assert.deepEqual(realPeer(new Map([["ADDR", said]])), {});
  });
}
