/** Holds lib/routing/alerted.ts to whom it leaves out, and to its bounds. @module */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/mail/delivery.ts";
import { type Alerted, AlertedRuns, withoutAlerted } from "../../lib/routing/alerted.ts";
import type { Decided } from "../../lib/routing/decide.ts";

function toSmarthost(...recipients: readonly string[]): Delivery {
  return { destination: "smarthost", recipients, rewrite: { to: recipients, subject: "x" } };
}

const DISCARD: Delivery = { destination: "discard", recipients: ["discard"] };

function decided(...deliveries: readonly Delivery[]): Decided {
  return { deliveries, rules: [], decision: "matched", reason: '"a rule" held' };
}

const A = "ada@x.test";
const B = "bo@x.test";

const UNFIT = ["mailto:{{lookup.owner.email}}: the lookup owner has no answer"];

const rows: readonly {
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  readonly alerted: Alerted | undefined;
  readonly left: readonly Delivery[];
  readonly out?: readonly string[];
}[] = [
  { name: "nobody", deliveries: [toSmarthost(A)], alerted: undefined, left: [toSmarthost(A)] },
  {
    name: "nobody of others",
    deliveries: [toSmarthost(A)],
    alerted: new Set([B]),
    left: [toSmarthost(A)],
  },
  {
    name: "one of two, who stands in To no more",
    deliveries: [toSmarthost(A, B)],
    alerted: new Set([A]),
    left: [toSmarthost(B)],
    out: [A],
  },
  {
    name: "one of two with other words",
    deliveries: [toSmarthost(A), toSmarthost(B)],
    alerted: new Set([B]),
    left: [toSmarthost(A)],
    out: [B],
  },
  {
    name: "an address however its domain is written",
    deliveries: [toSmarthost("ada@X.TEST", "Ada@x.test", B)],
    alerted: new Set([A]),
    left: [toSmarthost("Ada@x.test", B)],
    out: ["ada@X.TEST"],
  },
  {
    name: "no discard",
    deliveries: [DISCARD],
    alerted: new Set(["discard"]),
    left: [DISCARD],
  },
];

for (const { name, deliveries, alerted, left, out } of rows) {
  Deno.test(`withoutAlerted() leaves out ${name}`, () => {
    const kept = withoutAlerted(decided(...deliveries), alerted, UNFIT);
    assert.deepEqual(kept.deliveries, left);
    assert.deepEqual([kept.alerted, kept.decision, kept.notSent], [out, "matched", undefined]);
    const note = "left out, for they had the announcement of this run: ";
    assert.deepEqual(kept.notes, out === undefined ? [] : [note + out.join(", ")]);
  });
}

for (const alerted of [new Set([A, B]), "everybody"] as const) {
  Deno.test(`withoutAlerted() says why nobody is left when ${typeof alerted} had it`, () => {
    const kept = withoutAlerted(decided(toSmarthost(A), toSmarthost(B)), alerted, []);
    assert.deepEqual([kept.deliveries, kept.alerted], [[], [A, B]]);
    assert.deepEqual([kept.decision, kept.notSent], ["already-alerted", "already-alerted"]);
    assert.match(kept.reason, /had the announcement of this run; not sent again/);
  });
}

Deno.test("withoutAlerted() says rather that somebody cannot be reached", () => {
  const kept = withoutAlerted(decided(toSmarthost(A)), new Set([A]), UNFIT);
  assert.deepEqual([kept.decision, kept.notSent], ["already-alerted", "no-address"]);
});

Deno.test("withoutAlerted() names no more than ten of many", () => {
  const many = Array.from({ length: 12 }, (_, index) => `a${index}@x.test`);
  const { notes, alerted } = withoutAlerted(decided(toSmarthost(...many)), "everybody", []);
  assert.match(notes.join(""), /: a0@x\.test, .*a9@x\.test and 2 more$/);
  assert.deepEqual(alerted, many);
});

Deno.test("AlertedRuns adds to those who had it, and notes nobody nowhere", () => {
  const runs = new AlertedRuns();
  runs.add("1", []);
  assert.equal(runs.of("1"), undefined);
  runs.add("1", ["a@X.test"]);
  runs.add("1", ["b@x.test", "a@x.test"]);
  assert.deepEqual(runs.of("1"), new Set(["a@x.test", "b@x.test"]));
  runs.add("1", "everybody");
  runs.add("1", ["c@x.test"]);
  assert.equal(runs.of("1"), "everybody");
});

Deno.test("AlertedRuns forgets the oldest runs, never the one that it is told of", () => {
  const runs = new AlertedRuns({ runs: 3, addresses: 4 });
  const known = () => runs.all.map(([run]) => run).join("");
  for (const run of ["a", "b", "c"]) runs.add(run, ["1@x.test"]);
  runs.add("d", ["1@x.test"]);
  assert.equal(known(), "bcd");
  runs.add("d", ["2@x.test"]);
  assert.equal(known(), "bcd");
  runs.add("d", ["3@x.test"]);
  assert.equal(known(), "cd");
  runs.add("e", ["1", "2", "3", "4", "5"]);
  assert.equal(known(), "e");
  runs.add("f", "everybody");
  assert.equal(known(), "f");
});

Deno.test("AlertedRuns forgets others for the oldest run, which is the newest once it is told of", () => {
  const runs = new AlertedRuns({ runs: 3, addresses: 4 });
  const known = () => runs.all.map(([run]) => run).join("");
  for (const run of ["a", "b", "c"]) runs.add(run, ["1@x.test"]);
  runs.add("a", ["1@x.test"]);
  assert.equal(known(), "bca");
  runs.add("b", ["2@x.test", "3@x.test", "4@x.test"]);
  assert.equal(known(), "b");
  runs.add("d", ["1@x.test"]);
  assert.equal(known(), "d");
});
