/** Moments as they are read and written. @module */

import assert from "node:assert/strict";
import { compileDate, readDate } from "../../lib/language/dates.ts";
import { isTimeZone, readMoment, readSpan, wallOf } from "../../lib/language/moments.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

const dates: readonly (readonly [string | number, number | null])[] = [
  ["2026-11-22T12:00:00Z", NOON],
  ["2026-11-22 12:00", NOON],
  ["2026-11-22T13:00+0100", NOON],
  ["2026-11-22T12:00:00,5Z", NOON + 500],
  ["2026-11-22", Date.UTC(2026, 10, 22)],
  ["Sun, 22 Nov 2026 13:00:00 +0100 (CET)", NOON],
  ["22 Nov 2026 12:00 +0000", NOON],
  [NOON, NOON],
  [NOON / 1_000, NOON],
  [String(NOON), NOON],
  [String(NOON / 1_000), NOON],
  ["20261122", Date.UTC(2026, 10, 22)],
  [20261122, Date.UTC(2026, 10, 22)],
  ["19000101", Date.UTC(1900, 0, 1)],
  ["29991231", Date.UTC(2999, 11, 31)],
  ["20240229", Date.UTC(2024, 1, 29)],
  ["20260229", 20260229_000],
  ["20260230", 20260230_000],
  ["20261301", 20261301_000],
  ["20261100", 20261100_000],
  ["18991231", 18991231_000],
  ["30000101", 30000101_000],
  ["2026112", 2026112_000],
  ["020261122", 20261122_000],
  ["202611221", 202611221_000],
  ["tomorrow", null],
  ["", null],
  ["2026-13-45", null],
  ["9".repeat(15), null],
  [1e300, null],
  [NaN, null],
];

for (const [value, expected] of dates) {
  Deno.test(`readDate(${JSON.stringify(value)}) is ${expected}`, () => {
    assert.equal(readDate(value), expected);
  });
}

const walls: readonly (readonly [number, string, string])[] = [
  [NOON + 999, "Europe/Berlin", "Sun 2026-11-22 13:00:00 +01:00"],
  [NOON, "Asia/Kolkata", "Sun 2026-11-22 17:30:00 +05:30"],
  [NOON, "America/St_Johns", "Sun 2026-11-22 08:30:00 -03:30"],
  [NOON, "UTC", "Sun 2026-11-22 12:00:00 +00:00"],
  [Date.UTC(2026, 5, 30, 22, 30), "Europe/Berlin", "Wed 2026-07-01 00:30:00 +02:00"],
  [-1, "Asia/Tokyo", "Thu 1970-01-01 08:59:59 +09:00"],
];

for (const [ms, zone, expected] of walls) {
  Deno.test(`${ms} in ${zone} is ${expected}`, () => {
    const write = compileDate("EEE yyyy-MM-dd HH:mm:ss xxx", zone);
    assert.ok(typeof write === "function");
    assert.equal(write(ms), expected);
  });
}

Deno.test("the offset of a zone is whole minutes, also within a second", () => {
  assert.equal(wallOf(NOON + 999, "Europe/Berlin").second, 0);
  assert.equal(wallOf(-1, "Europe/Berlin").second, 59);
  assert.equal(wallOf(-1, "Europe/Berlin").offset, 60);
});

const spans: readonly (readonly [string, number | null])[] = [
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["-5m", -300_000],
  ["1.5s", 1_500],
  ["20ms", 20],
  ["5", null],
  ["5 m", null],
  ["", null],
  ["1d", null],
];

for (const [text, expected] of spans) {
  Deno.test(`readSpan(${JSON.stringify(text)}) is ${expected}`, () => {
    assert.equal(readSpan(text), expected);
  });
}

Deno.test("a moment of a condition names its zone", () => {
  assert.equal(readMoment("2026-11-22T12:00:00Z"), NOON);
  assert.equal(readMoment("2026-11-22T13:00:00.000+01:00"), NOON);
  assert.equal(readMoment("2026-11-22T12:00:00"), null);
  assert.equal(readMoment("2026-11-22"), null);
  assert.ok(isTimeZone("Europe/Berlin") && !isTimeZone("Europe/Nowhere") && !isTimeZone(""));
});
