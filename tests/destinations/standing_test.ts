import assert from "node:assert/strict";
import { Standing } from "../../lib/destinations/standing.ts";

const away = { reason: "Connection refused" };

interface Stage {
  now: number;
  readonly standing: Standing;
}

function stage(): Stage {
  const it: Stage = { now: 0, standing: new Standing({ now: () => it.now }) };
  return it;
}

/** A server that has just failed for the first time, at 0. */
function failed() {
  const it = stage();
  const attempt = it.standing.begin() ?? assert.fail();
  assert.equal(it.standing.report(attempt, away), "away");
  return it;
}

Deno.test("Standing lets everybody try a server that nothing is known against", () => {
  const { standing } = stage();
  const attempts = [standing.begin(), standing.begin()];
  assert.deepEqual(attempts, [{ pause: null, probe: false }, { pause: null, probe: false }]);
  assert.equal(standing.report(attempts[0] ?? assert.fail(), "fine"), undefined);
  assert.equal(standing.pause, null);
});

Deno.test("Standing passes a server over for 10 s, then lets one probe through", () => {
  const it = failed();
  it.now = 9_999;
  assert.equal(it.standing.begin(), null);
  it.now = 10_000;
  const probe = it.standing.begin();
  assert.equal(probe?.probe, true);
  assert.equal(it.standing.begin(), null);
  assert.equal(it.standing.report(probe ?? assert.fail(), "fine"), "back");
  assert.equal(it.standing.pause, null);
  assert.notEqual(it.standing.begin(), null);
});

Deno.test("Standing doubles the pause with each probe that fails, up to 5 min", () => {
  const it = failed();
  const lengths: number[] = [];
  for (let n = 0; n < 8; n++) {
    it.now = it.standing.pause?.until ?? assert.fail();
    const probe = it.standing.begin() ?? assert.fail("no probe");
    assert.equal(it.standing.report(probe, { reason: `${n}` }), undefined);
    lengths.push((it.standing.pause?.until ?? 0) - it.now);
    assert.equal(it.standing.pause?.reason, `${n}`);
  }
  assert.deepEqual(lengths, [20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000]);
});

Deno.test("Standing begins anew with 10 s once a server was back", () => {
  const it = failed();
  it.now = 10_000;
  it.standing.report(it.standing.begin() ?? assert.fail(), away);
  it.now = 30_000;
  it.standing.report(it.standing.begin() ?? assert.fail(), "fine");
  assert.equal(it.standing.report(it.standing.begin() ?? assert.fail(), away), "away");
  assert.equal(it.standing.pause?.until, 40_000);
});

Deno.test("Standing leaves a server alone for as long as it asks", () => {
  const it = stage();
  it.standing.report(it.standing.begin() ?? assert.fail(), { ...away, retryAfterMs: 900_000 });
  assert.equal(it.standing.pause?.until, 900_000);
  it.now = 900_000;
  it.standing.report(it.standing.begin() ?? assert.fail(), { ...away, retryAfterMs: 1 });
  assert.equal(it.standing.pause?.until, 920_000);
});

Deno.test("Standing puts aside what attempts from before a pause say", () => {
  const it = stage();
  const [first, second, third] = [1, 2, 3].map(() => it.standing.begin() ?? assert.fail());
  assert.equal(it.standing.report(first ?? assert.fail(), away), "away");
  it.now = 5_000;
  assert.equal(it.standing.report(second ?? assert.fail(), away), undefined);
  assert.equal(it.standing.report(third ?? assert.fail(), "fine"), undefined);
  assert.equal(it.standing.pause?.until, 10_000);
});

Deno.test("Standing believes those who insist when they succeed, and only then", () => {
  const it = failed();
  it.now = 1_000;
  const [first, second] = [it.standing.insist(), it.standing.insist()];
  assert.equal(it.standing.report(first, away), undefined);
  assert.deepEqual([it.standing.pause?.until, it.standing.pause?.lengthMs], [10_000, 10_000]);
  assert.equal(it.standing.report(second, "fine"), "back");
  assert.equal(it.standing.report(it.standing.insist(), away), "away");
});

Deno.test("Standing lets another probe through when nobody can tell what came of one", () => {
  const it = failed();
  it.now = 10_000;
  const probe = it.standing.begin() ?? assert.fail();
  assert.equal(it.standing.report(probe, null), undefined);
  assert.equal(it.standing.begin()?.probe, true);
});

Deno.test("Standing hears the same report twice and counts it once", () => {
  const it = failed();
  it.now = 10_000;
  const probe = it.standing.begin() ?? assert.fail();
  for (let time = 0; time < 2; time++) it.standing.report(probe, away);
  assert.equal(it.standing.pause?.lengthMs, 20_000);
});

Deno.test("Standing lets another probe through after somebody who insisted ended the pause", () => {
  const it = failed();
  it.now = 10_000;
  const probe = it.standing.begin() ?? assert.fail();
  it.standing.report(it.standing.insist(), "fine");
  it.standing.report(it.standing.begin() ?? assert.fail(), away);
  it.now = 20_000;
  const next = it.standing.begin();
  assert.equal(next?.probe, true);
  assert.equal(it.standing.report(probe, "fine"), undefined);
  assert.equal(it.standing.begin(), null);
});
