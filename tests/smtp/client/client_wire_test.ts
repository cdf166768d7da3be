import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import { ClientWire, type Stream } from "../../../lib/smtp/client/client_wire.ts";
import { Deadline } from "../../../lib/smtp/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A wire over a connection on which nothing happens. */
function stillWire() {
  const clock = new FakeClock();
  const closed: string[] = [];
  const stream: Stream = {
    read: () => Promise.resolve(null),
    write: (octets) => Promise.resolve(octets.length),
    close: () => void closed.push("closed"),
  };
  return { clock, closed, wire: new ClientWire(stream, new Deadline(clock)) };
}

Deno.test("ClientWire.limit() cuts the connection when it strikes", () => {
  const { clock, closed, wire } = stillWire();
  wire.limit(1_000, "reply");
  clock.advance(999);
  assert.deepEqual(closed, []);
  clock.advance(1);
  assert.equal(wire.cutReason?.message, "no reply within 1000 ms");
  assert.deepEqual(closed, ["closed"]);
});

Deno.test("ClientWire sets no limit after its end, which nobody would take back", () => {
  const { clock, closed, wire } = stillWire();
  const reason = new RelayError("timeout", "too late");
  wire.cut(reason);
  wire.limit(600_000, "reply to end of data");
  wire.idle(600_000, () => assert.fail("nobody waits"));
  assert.equal(clock.pending, 0);
  assert.equal(wire.cutReason, reason);
  assert.deepEqual(closed, ["closed"]);
});
