/** Limits on connections that change while some are open. @module */

import assert from "node:assert/strict";
import { Admission } from "../../lib/smtp/admission.ts";
import { FakeClock } from "../support/fake_clock.ts";

const LIMITS = { connections: 10, connectionsPerPeer: 10, connectionsPerMinute: 2 };

Deno.test("Admission holds each limit to what it is now, and forgets nobody", () => {
  const admission = new Admission(LIMITS, new FakeClock());
  const comes = (peer: string) => admission.admit(peer) === null;
  assert.deepEqual([1, 2, 3].map(() => comes("192.0.2.1")), [true, true, false]);
  admission.renew({ ...LIMITS, connectionsPerMinute: 3 });
  assert.deepEqual([1, 2].map(() => comes("192.0.2.1")), [true, false]);
  admission.renew({ ...LIMITS, connectionsPerMinute: 100, connectionsPerPeer: 4 });
  assert.deepEqual([1, 2].map(() => comes("192.0.2.1")), [true, false]);
  admission.renew({ ...LIMITS, connections: 5 });
  assert.deepEqual(["192.0.2.2", "192.0.2.3"].map(comes), [true, false]);
  assert.equal(admission.open, 5);
});
