import assert from "node:assert/strict";
import fc from "fast-check";
import { nextAttempt } from "../../lib/queue/backoff.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const schedule = { firstRetryMs: 30 * SECOND, maxRetryMs: HOUR, giveUpAfterMs: 5 * DAY };
const almostOne = 1 - Number.EPSILON;

const waits = [
  { attempts: 1, from: 15 * SECOND, to: 30 * SECOND },
  { attempts: 2, from: 30 * SECOND, to: 60 * SECOND },
  { attempts: 3, from: 60 * SECOND, to: 120 * SECOND },
  { attempts: 7, from: 960 * SECOND, to: 1_920 * SECOND },
  { attempts: 8, from: HOUR / 2, to: HOUR },
  { attempts: 1_000, from: HOUR / 2, to: HOUR },
  { attempts: Number.MAX_SAFE_INTEGER, from: HOUR / 2, to: HOUR },
];

for (const { attempts, from, to } of waits) {
  Deno.test(`nextAttempt() waits ${from} to ${to} ms after ${attempts} attempts`, () => {
    const tried = { attempts, now: 7, acceptedAt: 0 };
    assert.equal(nextAttempt(schedule, tried, () => 0), 7 + from);
    assert.equal(nextAttempt(schedule, tried, () => almostOne), 7 + to);
  });
}

const asked = [
  { name: "waits as long as the destination asks", retryAfterMs: 2 * HOUR, expected: 2 * HOUR },
  { name: "waits its own time when that is longer", retryAfterMs: 1, expected: 15 * SECOND },
  {
    name: "waits a whole millisecond more for a fraction",
    retryAfterMs: 60_000.2,
    expected: 60_001,
  },
  { name: "cuts what is asked to the end", retryAfterMs: 6 * DAY, expected: 5 * DAY },
  { name: "cuts a wait without end to the end", retryAfterMs: Infinity, expected: 5 * DAY },
];

for (const { name, retryAfterMs, expected } of asked) {
  Deno.test(`nextAttempt() ${name}`, () => {
    const tried = { attempts: 1, now: 0, acceptedAt: 0, retryAfterMs };
    assert.equal(nextAttempt(schedule, tried, () => 0), expected);
  });
}

Deno.test("nextAttempt() puts the last attempt on the end, and none after it", () => {
  const end = 5 * DAY;
  const last = { attempts: 200, acceptedAt: 0 };
  assert.equal(nextAttempt(schedule, { ...last, now: end - 1 }, () => 0), end);
  assert.equal(nextAttempt(schedule, { ...last, now: end }, () => 0), null);
  assert.equal(nextAttempt(schedule, { ...last, now: end + DAY }, () => 0), null);
});

Deno.test("nextAttempt() gives up at once where nothing is to be tried again", () => {
  const never = { ...schedule, giveUpAfterMs: 0 };
  assert.equal(nextAttempt(never, { attempts: 1, now: 3, acceptedAt: 3 }, () => 0), null);
});

Deno.test("nextAttempt() never stands still, even without a wait", () => {
  const rash = { ...schedule, firstRetryMs: 0 };
  assert.equal(nextAttempt(rash, { attempts: 9_999, now: 3, acceptedAt: 3 }, () => 0), 4);
});

Deno.test("nextAttempt() stays within its bounds and never before Retry-After", () => {
  const history = fc.record({
    attempts: fc.integer({ min: 1 }),
    now: fc.nat(10 * DAY),
    acceptedAt: fc.nat(10 * DAY),
    retryAfterMs: fc.nat(10 * DAY),
  });
  const dice = fc.double({ min: 0, max: almostOne, noNaN: true });
  fc.assert(fc.property(history, dice, (tried, drawn) => {
    const due = nextAttempt(schedule, tried, () => drawn);
    const end = tried.acceptedAt + schedule.giveUpAfterMs;
    assert.equal(due === null, tried.now >= end);
    if (due === null) return;
    assert.ok(Number.isSafeInteger(due) && due > tried.now && due <= end);
    assert.ok(due >= Math.min(tried.now + tried.retryAfterMs, end));
    assert.ok(due >= Math.min(tried.now + schedule.firstRetryMs / 2, end));
    assert.ok(due <= tried.now + Math.max(schedule.maxRetryMs, tried.retryAfterMs));
  }));
});

Deno.test("nextAttempt() tries a mail from its first deferral to the end of its time", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: almostOne, noNaN: true })), (dice) => {
      const random = () => dice.next().value;
      let now = 0;
      for (let attempts = 1; attempts < 1_000; attempts++) {
        const due = nextAttempt(schedule, { attempts, now, acceptedAt: 0 }, random);
        if (due === null) return assert.equal(now, schedule.giveUpAfterMs);
        now = due;
      }
      assert.fail("no end");
    }),
    { numRuns: 20 },
  );
});
