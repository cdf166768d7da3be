import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { Admission, type AdmissionLimits, allowOnly } from "../../lib/smtp/admission.ts";
import { peerAddress } from "../../lib/smtp/wire.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A count with the limits given, and none else. */
function admissionWith(limits: Partial<AdmissionLimits>, clock = new FakeClock()): Admission {
  const none = { connections: 9_999, connectionsPerPeer: 9_999, connectionsPerMinute: 9_999 };
  return new Admission({ ...none, ...limits }, clock);
}

/** Connects and leaves; the first text of the refusal, or `null`. */
function visit(admission: Admission, peer: string): string | null {
  const refusal = admission.admit(peer);
  if (!refusal) admission.release(peer);
  return refusal && refusal.lines[0];
}

Deno.test("Admission.admit() turns away what is over the limits, until there is room", () => {
  const admission = admissionWith({ connections: 3, connectionsPerPeer: 2 });
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

Deno.test("Admission lets as many come by unix sockets as may come in all, and counts them", () => {
  const admission = admissionWith({ connections: 4, connectionsPerPeer: 1 });
  for (let open = 0; open < 3; open++) assert.equal(admission.admit("unix"), null);
  assert.equal(admission.admit("192.0.2.1"), null);
  assert.match(admission.admit("unix")?.lines[0] ?? "", /^Too many connections, try/);
  admission.release("unix");
  assert.match(admission.admit("192.0.2.1")?.lines[0] ?? "", /your address/);
  assert.equal(admission.admit("unix"), null);
});

Deno.test("Admission.release() takes back one connection of a peer, not all", () => {
  const admission = admissionWith({ connectionsPerPeer: 3 });
  for (let open = 0; open < 3; open++) assert.equal(admission.admit("a"), null);
  admission.release("a");
  assert.equal(admission.admit("a"), null);
  assert.notEqual(admission.admit("a"), null);
  for (let open = 0; open < 2; open++) admission.release("a");
  for (let open = 0; open < 2; open++) assert.equal(admission.admit("a"), null);
  assert.notEqual(admission.admit("a"), null);
});

Deno.test("Admission counts the addresses of an IPv6 network of 64 bits as one peer", () => {
  const admission = admissionWith({ connectionsPerPeer: 2 });
  assert.equal(admission.admit("2001:db8::1"), null);
  assert.equal(admission.admit("2001:db8::2"), null);
  assert.match(admission.admit("2001:db8::3")?.lines[0] ?? "", /your address/);
  assert.equal(admission.admit("2001:db8:0:1::1"), null);
  admission.release("2001:db8::2");
  assert.equal(admission.admit("2001:db8::ffff"), null);
});

Deno.test("Admission.admit() turns away whoever comes too often in a minute", () => {
  const clock = new FakeClock();
  const admission = admissionWith({ connectionsPerMinute: 3 }, clock);
  const tooFast = /^Too many connections from your address within a minute/;
  for (let time = 0; time < 3; time++) assert.equal(visit(admission, "192.0.2.1"), null);
  assert.match(visit(admission, "192.0.2.1") ?? "", tooFast);
  assert.equal(visit(admission, "192.0.2.2"), null);
  for (let time = 0; time < 3; time++) assert.equal(visit(admission, `2001:db8::${time}`), null);
  assert.match(visit(admission, "2001:db8::4") ?? "", tooFast);
  clock.advance(70_000);
  assert.equal(visit(admission, "192.0.2.1"), null);
});

for (const peer of ["127.0.0.1", "127.9.9.9", "::1", "unix"]) {
  Deno.test(`Admission.admit() lets ${peer} come as often as it likes`, () => {
    const admission = admissionWith({ connectionsPerMinute: 1 });
    for (let time = 0; time < 5; time++) assert.equal(visit(admission, peer), null);
  });
}

Deno.test("Admission does not count against the minute whom other limits turn away", () => {
  const admission = admissionWith({ connectionsPerPeer: 1, connectionsPerMinute: 2 });
  assert.equal(admission.admit("192.0.2.1"), null);
  for (let time = 0; time < 5; time++) assert.match(visit(admission, "192.0.2.1") ?? "", /close/);
  admission.release("192.0.2.1");
  assert.equal(visit(admission, "192.0.2.1"), null);
  assert.match(visit(admission, "192.0.2.1") ?? "", /minute/);
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
