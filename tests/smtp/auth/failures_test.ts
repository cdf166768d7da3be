import assert from "node:assert/strict";
import { Failures } from "../../../lib/smtp/auth/failures.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const MINUTE = 60_000;

function stage() {
  const clock = new FakeClock();
  const failures = new Failures(clock);
  const fail = (peer: string, times: number) => {
    for (let time = 0; time < times; time++) failures.add(peer);
  };
  return { clock, failures, fail };
}

Deno.test("Failures pause a peer at its fifth failure, for ten minutes from then", () => {
  const { clock, failures } = stage();
  assert.equal(failures.paused("192.0.2.1"), false);
  for (let time = 0; time < 4; time++) {
    assert.equal(failures.add("192.0.2.1"), false);
    assert.equal(failures.paused("192.0.2.1"), false);
    clock.advance(2 * MINUTE);
  }
  assert.equal(failures.add("192.0.2.1"), true);
  assert.equal(failures.paused("192.0.2.1"), true);
  assert.equal(failures.paused("192.0.2.2"), false);
  clock.advance(10 * MINUTE - 1);
  assert.equal(failures.paused("192.0.2.1"), true);
  clock.advance(1);
  assert.equal(failures.paused("192.0.2.1"), false);
});

Deno.test("Failures count ten minutes each: a slow one is never paused", () => {
  const { clock, failures } = stage();
  for (let time = 0; time < 20; time++) {
    assert.equal(failures.add("192.0.2.1"), false);
    clock.advance(2.5 * MINUTE);
  }
});

Deno.test("Failures are forgotten with a pause: four more are free", () => {
  const { clock, failures, fail } = stage();
  fail("192.0.2.1", 5);
  clock.advance(10 * MINUTE);
  fail("192.0.2.1", 4);
  assert.equal(failures.paused("192.0.2.1"), false);
  assert.equal(failures.add("192.0.2.1"), true);
});

Deno.test("Failures count an IPv6 network of 64 bits as one peer", () => {
  const { failures } = stage();
  for (let host = 1; host <= 5; host++) failures.add(`2001:db8::${host}`);
  assert.equal(failures.paused("2001:db8::ffff"), true);
  assert.equal(failures.paused("2001:db8:0:1::1"), false);
});

Deno.test("Failures: a flood from many addresses frees nobody who is paused", () => {
  const { failures, fail } = stage();
  fail("192.0.2.1", 5);
  for (let peer = 0; peer < 50_000; peer++) {
    failures.add(`10.${peer >> 16}.${peer >> 8 & 255}.${peer & 255}`);
  }
  assert.equal(failures.paused("192.0.2.1"), true);
});

/** An address for each number. */
function address(number: number): string {
  return `10.0.${number >> 8}.${number & 255}`;
}

Deno.test("Failures remember 10,000 suspects; who failed longest ago goes first", () => {
  const { failures, fail } = stage();
  fail("192.0.2.1", 4);
  fail("192.0.2.2", 3);
  for (let peer = 0; peer < 9_998; peer++) failures.add(address(peer));
  // Once more: now it failed last.
  failures.add("192.0.2.2");
  failures.add(address(9_998));
  assert.equal(failures.add("192.0.2.2"), true);
  assert.equal(failures.add("192.0.2.1"), false);
});

Deno.test("Failures remember by its last pause who has been paused twice", () => {
  const { failures, fail, clock } = stage();
  fail("192.0.2.1", 5);
  clock.advance(10 * MINUTE);
  for (let peer = 0; peer < 9_999; peer++) fail(address(peer), 5);
  fail("192.0.2.1", 5);
  fail(address(9_999), 5);
  assert.equal(failures.paused("192.0.2.1"), true);
  assert.equal(failures.paused(address(0)), false);
});

Deno.test("Failures remember 10,000 who are paused; whose pause ends first goes first", () => {
  const { failures, fail, clock } = stage();
  fail("192.0.2.1", 5);
  clock.advance(1);
  for (let peer = 0; peer < 9_999; peer++) fail(address(peer), 5);
  assert.equal(failures.paused("192.0.2.1"), true);
  fail(address(9_999), 5);
  assert.equal(failures.paused("192.0.2.1"), false);
  assert.equal(failures.paused(address(0)), true);
  assert.equal(failures.paused(address(9_999)), true);
});
