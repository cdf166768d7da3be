/** Days, times, time zones and points in time. @module */

import assert from "node:assert/strict";
import { readDays, readMoment, readTime, readTimeZone } from "../../lib/config/moment.ts";
import type { Reading } from "../../lib/config/reading.ts";

/** The value; `null` where there is a problem. */
function valueOf<T>(reading: Reading<T>): T | null {
  return reading.kind === "value" ? reading.value : null;
}

const days = [
  { text: "sun", expected: [0] },
  { text: "Sat", expected: [6] },
  { text: "mon-fri", expected: [1, 2, 3, 4, 5] },
  { text: "fri-mon", expected: [5, 6, 0, 1] },
  { text: "sun-sat", expected: [0, 1, 2, 3, 4, 5, 6] },
  { text: "wed-wed", expected: [3] },
  { text: "monday", expected: null },
  { text: "mon-wed-fri", expected: null },
  { text: "mon-", expected: null },
  { text: "", expected: null },
];

for (const { text, expected } of days) {
  Deno.test(`readDays() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(valueOf(readDays(text)), expected);
  });
}

const times = [
  { text: "00:00", expected: 0 },
  { text: "6:05", expected: 365 },
  { text: "23:59", expected: 1_439 },
  { text: "24:00", expected: 1_440 },
  { text: "24:01", expected: null },
  { text: "12:60", expected: null },
  { text: "12", expected: null },
  { text: "1320", expected: null },
  { text: "10pm", expected: null },
];

for (const { text, expected } of times) {
  Deno.test(`readTime() reads ${text}`, () => {
    assert.equal(valueOf(readTime(text, "24:00")), expected);
    assert.equal(valueOf(readTime(text, "23:59")), expected === 1_440 ? null : expected);
  });
}

const zones = ["Europe/Berlin", "UTC", "America/Argentina/Ushuaia", "Etc/GMT-3"];
for (const zone of zones) {
  Deno.test(`readTimeZone() reads ${zone}`, () => assert.equal(valueOf(readTimeZone(zone)), zone));
}

for (const zone of ["Berlin", "+01:00", "-0800", "UTC+1", "GMT+01:00", "", "Europe/Berlin "]) {
  Deno.test(`readTimeZone() refuses ${JSON.stringify(zone)}`, () => {
    assert.equal(valueOf(readTimeZone(zone)), null);
  });
}

const moments = [
  { text: "2026-11-23T10:00:00+01:00", expected: Date.UTC(2026, 10, 23, 9) },
  { text: "2026-11-23T10:00Z", expected: Date.UTC(2026, 10, 23, 10) },
  { text: "2026-11-23T10:00:00.250-08:00", expected: Date.UTC(2026, 10, 23, 18, 0, 0, 250) },
  { text: "2024-02-29T00:00:00Z", expected: Date.UTC(2024, 1, 29) },
  { text: "2026-02-29T00:00:00Z", expected: null },
  { text: "2026-11-23T25:00:00Z", expected: null },
  { text: "2026-11-23T10:00:00", expected: null },
  { text: "2026-11-23", expected: null },
  { text: "23 Nov 2026 10:00 Z", expected: null },
];

for (const { text, expected } of moments) {
  Deno.test(`readMoment() reads ${text}`, () => {
    assert.equal(valueOf(readMoment(text)), expected);
  });
}
