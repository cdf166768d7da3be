/** Those whom a claimed mail was for besides. @module */

import assert from "node:assert/strict";
import { findBystanders } from "../../lib/routing/bystanders.ts";
import { stageEnvelope } from "../../lib/routing/stage_mail.ts";
import { mailManager } from "../support/gocd_managers.ts";
import { envelopeOf, mailOf } from "../support/mails.ts";
import { route, TEAM } from "../support/worded_routing.ts";

const manager = mailManager([], { wants: { to: "mail2alert@example.com" } });
const other = mailManager([], { name: "other", wants: { to: "other@example.com" } });
const byFrom = mailManager([], { name: "from", wants: { from: "go@example.com" } });
const alsoByFrom = mailManager([], { ...byFrom, name: "copy", also: true });
const SERVED = ["team@example.com"];

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
    const found = findBystanders(claim, envelopeOf({ forwardPaths: to }), SERVED);
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

const byFromToo = [
  { name: "a copy alone", claiming: [alsoByFrom], passed: ["mail2alert@x", "boss@x"] },
  { name: "a copy and one that claims the sender", claiming: [alsoByFrom, byFrom], passed: [] },
  { name: "one that claims the sender and a copy", claiming: [byFrom, alsoByFrom], passed: [] },
  {
    name: "a copy and one that claims an address",
    claiming: [alsoByFrom, mailManager([], { wants: { to: "mail2alert@x" } })],
    passed: ["boss@x"],
  },
  { name: "two copies", claiming: [alsoByFrom, alsoByFrom], passed: ["mail2alert@x", "boss@x"] },
];

for (const { name, claiming, passed } of byFromToo) {
  Deno.test(`findBystanders() of a mail that is claimed by ${name}`, () => {
    const envelope = envelopeOf({ forwardPaths: ["mail2alert@x", "team@example.com", "boss@x"] });
    const found = findBystanders({ claiming, managers: claiming }, envelope, SERVED);
    assert.deepEqual(found.deliveries.flatMap(({ recipients }) => recipients), passed);
    assert.equal(found.notes.length, passed.length || 2);
  });
}

const unasked = [
  { name: "one that claims an address", first: manager, passed: ["boss@x"] },
  { name: "one that claims the sender", first: byFrom, passed: [] },
];

for (const { name, first, passed } of unasked) {
  Deno.test(`findBystanders() names the address whose manager was not asked behind ${name}`, () => {
    const forwardPaths = ["mail2alert@example.com", "other@EXAMPLE.com", "boss@x"];
    const claim = { claiming: [alsoByFrom, first], managers: [alsoByFrom, manager, other] };
    const found = findBystanders(claim, envelopeOf({ forwardPaths }), ["mail2alert@example.com"]);
    assert.deepEqual(found.deliveries.flatMap(({ recipients }) => recipients), passed);
    assert.ok(found.unasked?.includes("other@EXAMPLE.com"));
    const note = new RegExp(
      `other@EXAMPLE.com: .* not asked.*"also: true" in manager ${first.name}`,
    );
    assert.match(found.notes.join("\n"), note);
  });
}

Deno.test("route() says as data which address had a manager that was not asked", async () => {
  const to = (...forwardPaths: readonly string[]) => mailOf("Subject: x\r\n\r\n", { forwardPaths });
  const both = to("mail2alert@example.com", "other@example.com");
  const unaskedOf = async (also: boolean, mail = both) =>
    (await route([{ ...manager, also }, other], { mail })).trace.unasked;
  assert.deepEqual(await unaskedOf(false), ["other@example.com"]);
  assert.equal(await unaskedOf(true), undefined);
  assert.equal(await unaskedOf(false, to("mail2alert@example.com")), undefined);
});

Deno.test("findBystanders() finds nobody in an announcement, whose address is no mailbox", () => {
  const wants = { from: "go@example.com" };
  const envelope = stageEnvelope(wants, "relay.example.com");
  const claim = { claiming: [alsoByFrom], managers: [alsoByFrom] };
  assert.deepEqual(findBystanders(claim, envelope, []), { deliveries: [], notes: [] });
});

Deno.test("route() keeps a copy of what a sender says, and everybody else gets it", async () => {
  const copy = mailManager([], { ...alsoByFrom, otherwise: [TEAM] });
  const mail = mailOf("Subject: x\r\n\r\n", { forwardPaths: ["boss@x", "boss@X"] });
  const { deliveries, trace } = await route([copy], { mail });
  assert.deepEqual(deliveries, [
    {
      destination: "smarthost",
      recipients: ["team@example.com"],
      rewrite: { to: ["team@example.com"], from: "go@example.com" },
    },
    { destination: "smarthost", recipients: ["boss@x"] },
  ]);
  assert.deepEqual(trace.notes, ["also for boss@x: passed on unchanged"]);
});

Deno.test("route() of a copy that nobody is to have takes it from nobody else", async () => {
  const copy = mailManager([], { ...alsoByFrom, otherwise: [] });
  const mail = mailOf("Subject: x\r\n\r\n", { forwardPaths: ["boss@x"] });
  const { deliveries, trace } = await route([copy], { mail });
  assert.deepEqual(deliveries, [{ destination: "smarthost", recipients: ["boss@x"] }]);
  assert.equal(trace.notSent, undefined);
});
