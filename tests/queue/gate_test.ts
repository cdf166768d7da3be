import assert from "node:assert/strict";
import fc from "fast-check";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { type Admission, Gate, isDestinationAway } from "../../lib/queue/gate.ts";
import {
  away,
  awayFor,
  busy,
  delivered,
  gateOf,
  pass,
  pausedGate,
  pauseOf,
  replyOf,
  unreadable,
} from "../support/gates.ts";

const failed: Outcome = { kind: "failed", reason: "no", reply: replyOf(521) };
const verdicts = [
  { name: "no answer", outcome: away, expected: true },
  { name: "421", outcome: awayFor(1), expected: true },
  { name: "a message of ours that cannot be read", outcome: unreadable, expected: false },
  { name: "another 4xx", outcome: busy, expected: false },
  { name: "a failure", outcome: failed, expected: false },
  { name: "a delivery", outcome: delivered, expected: false },
];

for (const { name, outcome, expected } of verdicts) {
  Deno.test(`isDestinationAway() ${expected ? "blames" : "does not blame"} it for ${name}`, () => {
    assert.equal(isDestinationAway(outcome), expected);
  });
}

Deno.test("Gate closes after five failures in a row, and says so once", () => {
  const { gate, changes } = gateOf();
  for (let count = 0; count < 4; count++) pass(gate, away);
  assert.deepEqual([gate.state, changes], ["open", []]);
  pass(gate, away);
  assert.equal(gate.state, "paused");
  assert.deepEqual(changes, ["paused: smarthost is away: relay.test:25: connection refused"]);
  assert.deepEqual(gate.admit(), {
    kind: "paused",
    reason: "smarthost is away: relay.test:25: connection refused",
    retryAfterMs: 1_000,
  });
});

for (const outcome of [delivered, busy, failed]) {
  Deno.test(`Gate counts from the beginning after an attempt that was ${outcome.kind}`, () => {
    const { gate } = gateOf();
    for (let count = 0; count < 4; count++) pass(gate, away);
    pass(gate, outcome);
    for (let count = 0; count < 4; count++) pass(gate, away);
    assert.equal(gate.state, "open");
  });
}

Deno.test("Gate takes an attempt with one other outcome for a sign of life", () => {
  const { gate } = gateOf();
  for (let count = 0; count < 20; count++) pass(gate, away, busy);
  assert.equal(gate.state, "open");
});

Deno.test("Gate counts an attempt once, and one that we gave up or without outcomes never", () => {
  const { gate } = gateOf();
  for (let count = 0; count < 4; count++) pass(gate, away, away, away);
  gate.report(gate.admit(), null);
  pass(gate);
  assert.equal(gate.state, "open");
  pass(gate, away);
  assert.equal(gate.state, "paused");
});

Deno.test("Gate hears nothing in what is our own fault, neither absence nor a sign of life", () => {
  const { gate, time } = gateOf();
  for (let count = 0; count < 4; count++) pass(gate, away);
  for (let count = 0; count < 5; count++) pass(gate, unreadable, unreadable);
  assert.equal(gate.state, "open");
  pass(gate, unreadable, away);
  assert.equal(pauseOf(gate), 1_000);
  time.ms += 1_000;
  assert.deepEqual(pass(gate, unreadable), { kind: "go", probe: true });
  // The next mail is the probe, at once.
  assert.deepEqual(pass(gate, unreadable, delivered), { kind: "go", probe: true });
  assert.equal(gate.state, "open");
});

Deno.test("Gate lets one probe through when the pause is over, and nobody beside it", () => {
  const { gate, time } = pausedGate();
  time.ms += 999;
  assert.equal(pauseOf(gate), 1);
  time.ms += 1;
  const probe = gate.admit();
  assert.deepEqual(probe, { kind: "go", probe: true });
  time.ms += 600_000;
  assert.deepEqual([gate.admit().kind, gate.admit().kind], ["paused", "paused"]);
  assert.equal(gate.state, "paused");
});

Deno.test("Gate opens for all once the probe has been heard", () => {
  const { gate, time, changes } = pausedGate();
  time.ms += 1_000;
  pass(gate, busy);
  assert.equal(gate.state, "open");
  assert.deepEqual(gate.admit(), { kind: "go", probe: false });
  assert.equal(changes[1], "open: smarthost answers again");
  for (let count = 0; count < 4; count++) pass(gate, away);
  assert.equal(gate.state, "open");
  pass(gate, away);
  assert.equal(pauseOf(gate), 1_000);
});

Deno.test("Gate doubles the pause with each probe that fails, up to the longest", () => {
  const { gate, time, changes } = pausedGate();
  const pauses = [];
  for (let count = 0; count < 6; count++) {
    pauses.push(pauseOf(gate));
    time.ms += pauseOf(gate);
    assert.equal(pass(gate, away).kind, "go");
  }
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(changes.length, 1);
});

Deno.test("Gate closes at once for as long as the destination asks, beyond the longest pause", () => {
  const { gate, time } = gateOf();
  pass(gate, away, awayFor(60_000), awayFor(30_000), delivered);
  assert.equal(pauseOf(gate), 60_000);
  time.ms += 60_000;
  pass(gate, awayFor(300_000));
  assert.equal(pauseOf(gate), 300_000);
  time.ms += 300_000;
  pass(gate, away);
  assert.equal(pauseOf(gate), 4_000);
});

Deno.test("Gate pauses no shorter than of its own accord, whatever the destination asks", () => {
  const { gate } = gateOf();
  pass(gate, awayFor(1));
  assert.equal(pauseOf(gate), 1_000);
});

Deno.test("Gate does not care how long a mail is to wait that is greylisted", () => {
  const { gate } = gateOf();
  for (let count = 0; count < 9; count++) pass(gate, { ...busy, retryAfterMs: 300_000 });
  assert.equal(gate.state, "open");
});

const lateOnes = [
  { name: "a delivery", late: delivered },
  { name: "a failure", late: away },
  { name: "a hint", late: awayFor(300_000) },
];

for (const { name, late } of lateOnes) {
  Deno.test(`Gate puts ${name} aside that comes late in a pause`, () => {
    const { gate, time } = gateOf();
    const slow = gate.admit();
    for (let count = 0; count < 5; count++) pass(gate, away);
    gate.report(slow, [late]);
    assert.deepEqual([gate.state, pauseOf(gate)], ["paused", 1_000]);
    time.ms += 1_000;
    const probe = gate.admit();
    gate.report(slow, [late]);
    assert.deepEqual([gate.state, gate.admit().kind], ["paused", "paused"]);
    gate.report(probe, [away]);
    assert.equal(pauseOf(gate), 2_000);
  });
}

Deno.test("Gate stays open when attempts from before the pause fail after it", () => {
  const { gate, time } = gateOf();
  const slow = gate.admit();
  for (let count = 0; count < 5; count++) pass(gate, away);
  time.ms += 1_000;
  pass(gate, delivered);
  for (let count = 0; count < 20; count++) gate.report(slow, [away]);
  gate.report(slow, [awayFor(60_000)]);
  assert.equal(gate.state, "open");
});

Deno.test("Gate lets another probe through when we gave the first up, and hears it alone", () => {
  const { gate, time } = pausedGate();
  time.ms += 1_000;
  const first = gate.admit();
  gate.report(first, null);
  const second = gate.admit();
  assert.deepEqual(second, { kind: "go", probe: true });
  gate.report(first, [delivered]);
  assert.equal(gate.state, "paused");
  gate.report(second, [delivered]);
  assert.equal(gate.state, "open");
});

Deno.test("Gate lets one probe out even where no pause is configured", () => {
  const gate = new Gate({ name: "x", failures: 1, firstPauseMs: 0, monotonic: () => 0 });
  pass(gate, away);
  assert.equal(gate.admit().kind, "go");
  assert.equal(gate.admit().kind, "paused");
});

Deno.test("Gate never has more than one attempt of a pause under way, whatever comes when", () => {
  const outcomes = fc.option(fc.array(fc.constantFrom(away, busy, delivered, awayFor(700))));
  const step = fc.oneof(
    fc.record({ kind: fc.constant("admit" as const) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(3_000) }),
    fc.record({ kind: fc.constant("report" as const), which: fc.nat(30), outcomes }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const { gate, time } = gateOf();
    const underWay: Admission[] = [];
    for (const taken of steps) {
      if (taken.kind === "wait") time.ms += taken.ms;
      if (taken.kind === "report" && underWay.length > 0) {
        const [admission] = underWay.splice(taken.which % underWay.length, 1);
        if (admission !== undefined) gate.report(admission, taken.outcomes);
      }
      if (taken.kind !== "admit") continue;
      const stateBefore = gate.state;
      const admission = gate.admit();
      if (admission.kind === "paused") assert.ok(admission.retryAfterMs > 0);
      else underWay.push(admission);
      assert.equal(admission.kind === "go" && !admission.probe, stateBefore === "open");
      const probes = underWay.filter((one) => one.kind === "go" && one.probe);
      assert.ok(probes.length <= 1);
    }
  }));
});

Deno.test("Gate.hurry() lets one probe go at once, however long the pause was to be", () => {
  const { gate } = gateOf();
  pass(gate, awayFor(86_400_000));
  assert.equal(gate.admit().kind, "paused");
  gate.hurry();
  assert.deepEqual(gate.admit(), { kind: "go", probe: true });
  assert.equal(gate.admit().kind, "paused", "one at a time");
});
