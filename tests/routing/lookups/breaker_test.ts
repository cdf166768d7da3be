/** Holds lib/routing/lookups/breaker.ts to its pauses. @module */

import assert from "node:assert/strict";
import { Breaker } from "../../../lib/routing/lookups/breaker.ts";

function brokenAfter(failures: number) {
  const clock = { now: 1_000_000 };
  const breaker = new Breaker(() => clock.now);
  for (let count = 0; count < failures; count++) breaker.failed("HTTP 500");
  return { breaker, clock };
}

Deno.test("Breaker lets everybody ask until five have failed in a row", () => {
  const { breaker } = brokenAfter(4);
  assert.equal(breaker.admit(), undefined);
  assert.equal(breaker.admit(), undefined);
  breaker.succeeded();
  for (let count = 0; count < 4; count++) breaker.failed("HTTP 500");
  assert.equal(breaker.admit(), undefined);
  breaker.failed("HTTP 502");
  assert.equal(breaker.admit(), "not asked for another 5 s: HTTP 502");
});

Deno.test("Breaker lets one probe pass after a pause, then all or none", () => {
  const { breaker, clock } = brokenAfter(5);
  clock.now += 4_999;
  assert.match(breaker.admit() ?? "", /another 1 s/);
  clock.now += 1;
  assert.equal(breaker.admit(), undefined);
  assert.match(breaker.admit() ?? "", /until one request has been answered/);
  breaker.succeeded();
  assert.equal(breaker.admit(), undefined);
  assert.equal(breaker.admit(), undefined);
});

Deno.test("Breaker doubles its pause with each probe that fails, up to a minute", () => {
  const { breaker, clock } = brokenAfter(5);
  const pauses: number[] = [];
  for (let probe = 0; probe < 6; probe++) {
    const begin = clock.now;
    while (breaker.admit() !== undefined) clock.now += 1_000;
    pauses.push((clock.now - begin) / 1_000);
    breaker.failed("HTTP 500");
  }
  assert.deepEqual(pauses, [5, 10, 20, 40, 60, 60]);
});

Deno.test("Breaker does not make a pause longer for what began before it", () => {
  const { breaker, clock } = brokenAfter(30);
  clock.now += 5_000;
  assert.equal(breaker.admit(), undefined);
  breaker.failed("HTTP 500");
  assert.match(breaker.admit() ?? "", /another 10 s/);
});

Deno.test("Breaker gives the leave of a probe that was not sent to the next one", () => {
  const { breaker, clock } = brokenAfter(5);
  clock.now += 5_000;
  assert.equal(breaker.admit(), undefined);
  breaker.forgo();
  assert.equal(breaker.admit(), undefined);
});

Deno.test("Breaker heeds what the server asks for, within an hour, and probes then", () => {
  const { breaker, clock } = brokenAfter(0);
  breaker.failed("HTTP 429", 30_000);
  assert.equal(breaker.admit(), "not asked for another 30 s: HTTP 429");
  clock.now += 30_000;
  assert.equal(breaker.admit(), undefined);
  breaker.failed("HTTP 429", 10 ** 12);
  assert.equal(breaker.admit(), "not asked for another 60 min: HTTP 429");
  clock.now += 3_600_000;
  assert.equal(breaker.admit(), undefined);
  breaker.failed("HTTP 500");
  assert.equal(breaker.admit(), "not asked for another 5 s: HTTP 500");
});

Deno.test("Breaker ends its pause when the clock is set back", () => {
  const { breaker, clock } = brokenAfter(5);
  clock.now -= 3_600_000;
  assert.equal(breaker.admit(), undefined);
});
