import assert from "node:assert/strict";
import fc from "fast-check";
import type { QueueConfig } from "../../lib/config/types.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import { settleAged, settleAttempt, type Tried } from "../../lib/queue/transition.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ACCEPTED = 1_000_000;

const queue: QueueConfig = {
  firstRetryMs: 30_000,
  maxRetryMs: HOUR,
  giveUpAfterMs: 5 * DAY,
  delayNoticeMs: 4 * HOUR,
  deadLettersMs: 30 * DAY,
};

const NO_USER: Reply = { code: 550, status: "5.1.1", lines: ["No such user"] };
const GREY: Reply = { code: 450, lines: ["Greylisted"] };
const delivered: Outcome = { kind: "delivered", detail: "250 OK" };
const failed: Outcome = { kind: "failed", reason: "550 No such user", reply: NO_USER };
const grey: Outcome = { kind: "deferred", reason: "450 Greylisted", reply: GREY };
const away: Outcome = { kind: "deferred", reason: "connection refused" };

/** A delivery to these, tried so often before. */
function triedOf(recipients: readonly string[], attempts = 0): Tried {
  const delivery = { destination: "smarthost", recipients, rewrite: { to: ["all@x"] } };
  return { delivery, attempts, acceptedAt: ACCEPTED, delayNoticed: false };
}

/** The rules at an age of the mail, with dice that show the longest wait. */
function rulesAt(ageMs: number, settings: Partial<QueueConfig> = {}) {
  return { queue: { ...queue, ...settings }, now: ACCEPTED + ageMs, random: () => 1 };
}

/** An attempt for one recipient, at an age of the mail. */
function settleOne(outcome: Outcome, ageMs: number, tried: Tried = triedOf(["a@x"])) {
  return settleAttempt(tried, new Map([["a@x", outcome]]), rulesAt(ageMs));
}

Deno.test("settleAttempt() settles each recipient alone", () => {
  const tried = triedOf(["a@x", "b@x", "c@x", "d@x"], 2);
  const outcomes = new Map<string, Outcome>([["a@x", delivered], ["b@x", failed], ["c@x", grey], [
    "d@x",
    away,
  ]]);
  assert.deepEqual(settleAttempt(tried, outcomes, rulesAt(7)), {
    remaining: {
      delivery: { ...tried.delivery, recipients: ["c@x", "d@x"] },
      state: "waiting",
      attempts: 3,
      dueAt: ACCEPTED + 7 + 120_000,
      destinationAway: false,
      reason: "450 Greylisted",
      delayNoticed: false,
      claim: false,
    },
    dead: {
      delivery: { ...tried.delivery, recipients: ["b@x"] },
      state: "dead",
      attempts: 3,
      dueAt: ACCEPTED + 7,
      destinationAway: false,
      reason: "550 No such user",
      delayNoticed: false,
      claim: false,
    },
    delivered: [{ recipient: "a@x", reason: "250 OK" }],
    failures: [{
      recipient: "b@x",
      reason: "550 No such user",
      reply: NO_USER,
      expired: false,
    }],
    settled: ["smarthost a@x", "smarthost b@x"],
    late: [],
  });
});

Deno.test("settleAttempt() leaves nothing of a delivery that everyone has had", () => {
  const { remaining, dead, failures, settled } = settleOne(delivered, 6 * DAY);
  assert.deepEqual([remaining, dead, failures], [null, null, []]);
  assert.deepEqual(settled, ["smarthost a@x"]);
});

Deno.test("settleAttempt() takes a recipient without an outcome for deferred", () => {
  const { remaining } = settleAttempt(triedOf(["a@x"]), new Map(), rulesAt(0));
  assert.deepEqual([remaining?.delivery.recipients, remaining?.reason], [
    ["a@x"],
    "smarthost gave no outcome",
  ]);
});

Deno.test("settleAttempt() settles a recipient that is named twice once", () => {
  const { delivered: had } = settleOne(delivered, 0, triedOf(["a@x", "a@x"]));
  assert.deepEqual(had, [{ recipient: "a@x", reason: "250 OK" }]);
});

Deno.test("settleAttempt() waits as long as the most patient of the deferred asks", () => {
  const outcomes = new Map<string, Outcome>([
    ["a@x", { ...grey, retryAfterMs: 300_000 }],
    ["b@x", { ...grey, retryAfterMs: 600_000 }],
    ["c@x", grey],
  ]);
  const { remaining } = settleAttempt(triedOf(["a@x", "b@x", "c@x"]), outcomes, rulesAt(0));
  assert.equal(remaining?.dueAt, ACCEPTED + 600_000);
});

const blames: readonly { name: string; outcomes: readonly Outcome[]; expected: boolean }[] = [
  { name: "nobody could be reached", outcomes: [away, away], expected: true },
  { name: "who is deferred could not be reached", outcomes: [delivered, away], expected: true },
  { name: "one was deferred for the mail's sake", outcomes: [away, grey], expected: false },
];

for (const { name, outcomes, expected } of blames) {
  Deno.test(`settleAttempt() says ${expected} for destinationAway when ${name}`, () => {
    const pairs = outcomes.map((outcome, index) => [`${index}@x`, outcome] as const);
    const tried = triedOf(pairs.map(([recipient]) => recipient));
    const { remaining } = settleAttempt(tried, new Map(pairs), rulesAt(0));
    assert.equal(remaining?.destinationAway, expected);
  });
}

Deno.test("settleAttempt() gives the deferred up when the mail's time is over, not before", () => {
  const early = settleOne(grey, 5 * DAY - 1);
  assert.deepEqual([early.dead, early.failures], [null, []]);
  assert.equal(early.remaining?.dueAt, ACCEPTED + 5 * DAY);
  const { remaining, dead, failures, settled, late } = settleOne(grey, 5 * DAY);
  const reason = "given up after 5 d: 450 Greylisted";
  assert.deepEqual([remaining, late], [null, []]);
  const lastReason = "450 Greylisted";
  assert.deepEqual(failures, [
    { recipient: "a@x", reason, lastReason, reply: GREY, expired: true },
  ]);
  assert.deepEqual([dead?.state, dead?.reason, dead?.attempts], ["dead", reason, 1]);
  assert.deepEqual(settled, ["smarthost a@x"]);
});

Deno.test("settleAttempt() keeps which server spoke, and what were our own words", () => {
  const own: Outcome = { ...failed, ownReply: true };
  const outcomes = new Map<string, Outcome>([
    ["a@x", { ...delivered, server: "mx1" }],
    ["b@x", { ...own, server: "mx2" }],
    ["c@x", { ...grey, server: "mx3" }],
  ]);
  const { delivered: had, failures, late } = settleAttempt(
    triedOf(["a@x", "b@x", "c@x"]),
    outcomes,
    rulesAt(4 * HOUR),
  );
  assert.deepEqual(had.map(({ server }) => server), ["mx1"]);
  assert.deepEqual(failures.map(({ server, ownReply }) => [server, ownReply]), [["mx2", true]]);
  assert.deepEqual(late.map(({ server }) => server), ["mx3"]);
  const { failures: old } = settleOne({ ...grey, server: "mx3" }, 5 * DAY);
  assert.deepEqual(old.map(({ server, expired }) => [server, expired]), [["mx3", true]]);
});

const ages = [
  { giveUpAfterMs: 36 * HOUR, expected: "36 h" },
  { giveUpAfterMs: 90 * 60_000, expected: "90 min" },
  { giveUpAfterMs: 90_000, expected: "90 s" },
  { giveUpAfterMs: 1_500, expected: "1500 ms" },
  { giveUpAfterMs: 0, expected: "0 ms" },
];

for (const { giveUpAfterMs, expected } of ages) {
  Deno.test(`settleAttempt() gives up after ${expected}`, () => {
    const rules = rulesAt(giveUpAfterMs, { giveUpAfterMs });
    const { failures } = settleAttempt(triedOf(["a@x"]), new Map([["a@x", away]]), rules);
    assert.equal(failures[0]?.reason, `given up after ${expected}: connection refused`);
  });
}

Deno.test("settleAttempt() tells of the delay once it is due, once, with the last reply", () => {
  assert.deepEqual(settleOne(grey, 4 * HOUR - 1).late, []);
  const { late, remaining } = settleOne(grey, 4 * HOUR);
  assert.deepEqual(late, [{ recipient: "a@x", reason: "450 Greylisted", reply: GREY }]);
  assert.equal(remaining?.delayNoticed, true);
  const again = settleOne(grey, 9 * HOUR, { ...triedOf(["a@x"]), delayNoticed: true });
  assert.deepEqual([again.late, again.remaining?.delayNoticed], [[], true]);
});

Deno.test("settleAttempt() never tells of a delay where nobody is to be told", () => {
  const rules = rulesAt(4 * DAY, { delayNoticeMs: 0 });
  const { late, remaining } = settleAttempt(triedOf(["a@x"]), new Map([["a@x", grey]]), rules);
  assert.deepEqual([late, remaining?.delayNoticed], [[], false]);
});

Deno.test("settleAged() gives up what nobody could try until the end", () => {
  const tried = { ...triedOf(["a@x", "b@x"], 4), reason: "connection refused" };
  const { remaining, dead, failures, settled } = settleAged(tried, rulesAt(5 * DAY));
  const reason = "given up after 5 d: connection refused";
  assert.equal(remaining, null);
  assert.deepEqual([dead?.delivery, dead?.attempts], [tried.delivery, 4]);
  assert.deepEqual(failures.map((one) => [one.recipient, one.reason, one.expired]), [
    ["a@x", reason, true],
    ["b@x", reason, true],
  ]);
  assert.deepEqual(settled, ["smarthost a@x", "smarthost b@x"]);
});

Deno.test("settleAged() tells of the delay, counts no attempt, and lets the mail be tried", () => {
  const tried = { ...triedOf(["a@x"], 4), reason: "" };
  const { remaining, dead, late } = settleAged(tried, rulesAt(5 * HOUR));
  const reason = "smarthost could not be tried";
  assert.equal(dead, null);
  assert.deepEqual(late, [{ recipient: "a@x", reason }]);
  assert.deepEqual(remaining, {
    delivery: tried.delivery,
    state: "waiting",
    attempts: 4,
    dueAt: ACCEPTED + 5 * HOUR,
    destinationAway: true,
    reason,
    delayNoticed: true,
    claim: false,
  });
});

Deno.test("a transition keeps every recipient in exactly one place", () => {
  const outcome = fc.constantFrom(delivered, failed, grey, away, undefined);
  const names = fc.uniqueArray(fc.emailAddress(), { minLength: 1, maxLength: 8 });
  const given = fc.tuple(names, fc.array(outcome, { minLength: 8, maxLength: 8 }), fc.nat(6 * DAY));
  fc.assert(fc.property(given, fc.boolean(), ([recipients, drawn, ageMs], aged) => {
    const outcomes = new Map<string, Outcome>();
    recipients.forEach((recipient, index) => {
      const one = drawn[index];
      if (one !== undefined) outcomes.set(recipient, one);
    });
    const tried = { ...triedOf(recipients, 3), reason: "away" };
    const made = aged
      ? settleAged(tried, rulesAt(ageMs))
      : settleAttempt(tried, outcomes, rulesAt(ageMs));
    const waiting = made.remaining?.delivery.recipients ?? [];
    const dead = made.dead?.delivery.recipients ?? [];
    const had = made.delivered.map(({ recipient }) => recipient);
    assert.deepEqual([...waiting, ...dead, ...had].sort(), [...recipients].sort());
    assert.deepEqual(made.failures.map(({ recipient }) => recipient), dead);
    const settled = [...had, ...dead].map((recipient) => `smarthost ${recipient}`);
    assert.deepEqual(made.settled, settled);
    if (ageMs >= queue.giveUpAfterMs) assert.equal(made.remaining, null);
    if (made.remaining) assert.ok(made.remaining.dueAt <= ACCEPTED + queue.giveUpAfterMs);
  }));
});
