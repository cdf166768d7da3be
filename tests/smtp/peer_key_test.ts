import assert from "node:assert/strict";
import fc from "fast-check";
import { peerKey } from "../../lib/smtp/peer_key.ts";

const peers = [
  { peer: "192.0.2.1", expected: "192.0.2.1" },
  { peer: "unix", expected: "unix" },
  { peer: "", expected: "" },
  { peer: "::1", expected: "0:0:0:0::/64" },
  { peer: "::", expected: "0:0:0:0::/64" },
  { peer: "2001:db8::1", expected: "2001:db8:0:0::/64" },
  { peer: "2001:DB8:0001:02:3:4:5:6", expected: "2001:db8:1:2::/64" },
  { peer: "2001:db8:1:2::", expected: "2001:db8:1:2::/64" },
  { peer: "1::7:8", expected: "1:0:0:0::/64" },
  { peer: "1:2:3::8", expected: "1:2:3:0::/64" },
  { peer: "::2:3:4:5:6:7:8", expected: "0:2:3:4::/64" },
  { peer: "fe80::1%eth0", expected: "fe80:0:0:0::/64" },
  { peer: "::ffff:192.0.2.1", expected: "192.0.2.1" },
  { peer: "::ffff:c000:201", expected: "192.0.2.1" },
  { peer: "0:0:0:0:0:ffff:10.0.0.255", expected: "10.0.0.255" },
  { peer: "64:ff9b::192.0.2.1", expected: "64:ff9b:0:0::/64" },
  { peer: "1::ffff:192.0.2.1", expected: "1:0:0:0::/64" },
];

for (const { peer, expected } of peers) {
  Deno.test(`peerKey() counts "${peer}" as "${expected}"`, () => {
    assert.equal(peerKey(peer), expected);
  });
}

Deno.test("peerKey() counts all addresses of an IPv6 network as one, and no two networks", () => {
  const group = fc.integer({ min: 1, max: 0xffff }).map((number) => number.toString(16));
  const four = fc.array(group, { minLength: 4, maxLength: 4 }).map((groups) => groups.join(":"));
  fc.assert(fc.property(four, four, four, (network, one, other) => {
    assert.equal(peerKey(`${network}:${one}`), `${network}::/64`);
    assert.equal(peerKey(`${network}:${one}`), peerKey(`${network}:${other}`));
  }));
});
