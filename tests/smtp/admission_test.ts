import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { Admission, allowOnly } from "../../lib/smtp/admission.ts";
import { peerAddress } from "../../lib/smtp/wire.ts";

Deno.test("Admission.admit() turns away what is over the limits, until there is room", () => {
  const admission = new Admission({ connections: 3, connectionsPerPeer: 2 });
  assert.equal(admission.admit("a"), null);
  assert.equal(admission.admit("a"), null);
  assert.match(admission.admit("a")?.lines[0] ?? "", /your address/);
  assert.equal(admission.admit("b"), null);
  assert.match(admission.admit("c")?.lines[0] ?? "", /^Too many connections, try/);
  assert.equal(admission.open, 3);
  admission.release("a");
  assert.equal(admission.admit("a"), null);
  for (const peer of ["a", "a", "b"]) admission.release(peer);
  assert.equal(admission.open, 0);
});

Deno.test("Admission.release() takes back one connection of a peer, not all", () => {
  const admission = new Admission({ connections: 100, connectionsPerPeer: 3 });
  for (let open = 0; open < 3; open++) assert.equal(admission.admit("a"), null);
  admission.release("a");
  assert.equal(admission.admit("a"), null);
  assert.notEqual(admission.admit("a"), null);
  for (let open = 0; open < 2; open++) admission.release("a");
  for (let open = 0; open < 2; open++) assert.equal(admission.admit("a"), null);
  assert.notEqual(admission.admit("a"), null);
});

const peers = [
  { allow: ["127.0.0.1"], peer: "127.0.0.1", expected: true },
  { allow: ["127.0.0.1"], peer: "127.0.0.2", expected: false },
  { allow: ["127.0.0.0/8", "::1"], peer: "127.9.9.9", expected: true },
  { allow: ["127.0.0.0/8", "::1"], peer: "::1", expected: true },
  { allow: ["10.0.0.0/8"], peer: "11.0.0.1", expected: false },
  { allow: ["10.0.0.0/8"], peer: "::1", expected: false },
  { allow: ["2001:db8::/32"], peer: "2001:db8:1::1", expected: true },
  { allow: ["2001:db8::/32"], peer: "2001:db9::1", expected: false },
  { allow: ["0.0.0.0/0"], peer: "192.0.2.1", expected: true },
  { allow: ["::/0"], peer: "2001:db8::1", expected: true },
  { allow: [], peer: "127.0.0.1", expected: false },
];

for (const { allow, peer, expected } of peers) {
  Deno.test(`allowOnly([${allow}]) says ${expected} for ${peer}`, () => {
    const allowed = allowOnly(allow);
    assert.equal(allowed(peer), expected);
    assert.equal(allowed(peer), expected, "the second time");
  });
}

for (const network of ["localhost", "10.0.0.0/33", "::1/129", "10.0.0", "10.0.0.0/", "/8", ""]) {
  Deno.test(`allowOnly() refuses ${JSON.stringify(network)}`, () => {
    assert.throws(
      () => allowOnly([network]),
      (error) => error instanceof RelayError && error.code === "config-invalid",
    );
  });
}

Deno.test("allowOnly() remembers verdicts without end", () => {
  const allowed = allowOnly(["10.0.0.0/8"]);
  for (let peer = 0; peer < 3000; peer++) {
    assert.equal(allowed(`10.0.${peer >> 8}.${peer & 255}`), true);
    assert.equal(allowed(`11.0.${peer >> 8}.${peer & 255}`), false);
  }
});

const addresses = [
  { hostname: "127.0.0.1", expected: "127.0.0.1" },
  { hostname: "::1", expected: "::1" },
  { hostname: "::ffff:192.0.2.1", expected: "192.0.2.1" },
  { hostname: "::FFFF:192.0.2.1", expected: "192.0.2.1" },
  { hostname: "::ffff:c000:201", expected: "::ffff:c000:201" },
];

for (const { hostname, expected } of addresses) {
  Deno.test(`peerAddress() gives ${expected} for ${hostname}`, () => {
    assert.equal(peerAddress({ transport: "tcp", hostname, port: 1 }), expected);
  });
}
