/** Outcomes in the journal: what may stand there, and what is damage. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { eventsOf } from "../../lib/store/stored_rows.ts";

function stored(outcome: object) {
  const event = {
    kind: "attempt",
    at: 1,
    destination: "smarthost",
    tookMs: 2,
    outcomes: [{ recipient: "a@x", outcome }],
  };
  return { event, read: eventsOf({ events: `${JSON.stringify(event)}\n` }) };
}

const reply = { code: 550, status: "5.1.1", lines: ["No such user"] } as const;

const fine: readonly Outcome[] = [
  { kind: "delivered", detail: "250 OK" },
  { kind: "delivered", detail: "250 OK", server: "mx2", relayed: "without-dsn" },
  { kind: "deferred", reason: "connection refused" },
  { kind: "deferred", reason: "450 Later", reply: { ...reply, code: 450 }, server: "mx2" },
  { kind: "failed", reason: "HTTP 404" },
  { kind: "failed", reason: "550 No such user", reply, server: "mx2" },
  { kind: "failed", reason: "mx2:25: not sent", reply, server: "mx2", ownReply: true },
];

for (const outcome of fine) {
  Deno.test(`eventsOf() reads ${JSON.stringify(outcome)}`, () => {
    const { event, read } = stored(outcome);
    assert.deepEqual(read, { events: [event], damaged: 0 });
  });
}

const broken = [
  { kind: "failed", reason: "550", ownReply: "yes" },
  { kind: "failed", reason: "550", server: 3 },
  { kind: "deferred", reason: "450", server: null },
  { kind: "delivered", detail: "250", server: ["mx2"] },
];

for (const outcome of broken) {
  Deno.test(`eventsOf() takes ${JSON.stringify(outcome)} for damage`, () => {
    assert.deepEqual(stored(outcome).read, { events: [], damaged: 1 });
  });
}
