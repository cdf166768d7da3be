/** Those whom a claimed mail was for besides. @module */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/mail/delivery.ts";
import { findBystanders } from "../../lib/routing/bystanders.ts";
import { mailManager } from "../support/gocd_managers.ts";
import { envelopeOf } from "../support/mails.ts";

const manager = mailManager([], { wants: { to: "mail2alert@example.com" } });
const other = mailManager([], { name: "other", wants: { to: "other@example.com" } });
const byFrom = mailManager([], { name: "from", wants: { from: "go@example.com" } });
const toTeam: Delivery = { destination: "smarthost", recipients: ["team@example.com"] };

const cases = [
  { name: "nobody", to: ["mail2alert@example.com"], passed: [], notes: 0 },
  { name: "the manager in other letters", to: ["mail2alert@EXAMPLE.com"], passed: [], notes: 0 },
  {
    name: "one more",
    to: ["boss@example.com", "mail2alert@example.com"],
    passed: ["boss@example.com"],
    notes: 1,
  },
  { name: "one twice", to: ["b@x", "mail2alert@example.com", "b@x"], passed: ["b@x"], notes: 1 },
  {
    name: "one who has it by the rules",
    to: ["mail2alert@example.com", "team@Example.com"],
    passed: [],
    notes: 0,
  },
  {
    name: "the address of another manager",
    to: ["mail2alert@example.com", "other@example.com"],
    passed: [],
    notes: 1,
  },
];

for (const { name, to, passed, notes } of cases) {
  Deno.test(`findBystanders() of a mail that is also for ${name}`, () => {
    const claim = { claiming: [manager], managers: [manager, other, byFrom] };
    const found = findBystanders(claim, envelopeOf({ forwardPaths: to }), [toTeam]);
    assert.deepEqual(found.deliveries.flatMap(({ recipients }) => recipients), passed);
    assert.ok(found.deliveries.every(({ rewrite }) => rewrite === undefined));
    assert.equal(found.notes.length, notes);
  });
}

Deno.test("findBystanders() finds nobody when the sender's address is the claim", () => {
  const envelope = envelopeOf({ forwardPaths: ["boss@example.com"] });
  const claim = { claiming: [byFrom], managers: [byFrom] };
  assert.deepEqual(findBystanders(claim, envelope, []), {
    deliveries: [],
    notes: ["for boss@example.com: not passed on: manager from claims all mail of its sender"],
  });
});
