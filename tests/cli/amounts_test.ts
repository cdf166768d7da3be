/** Times, spans and sizes in words. @module */

import assert from "node:assert/strict";
import {
  isoTime,
  showDue,
  showDuration,
  showSize,
  showSpan,
  showTime,
} from "../../lib/cli/amounts.ts";

const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;

const cases = [
  { said: showSpan(-5), expected: "0 s" },
  { said: showSpan(59_999), expected: "59 s" },
  { said: showSpan(MIN), expected: "1 min" },
  { said: showSpan(HOUR - 1), expected: "59 min" },
  { said: showSpan(HOUR), expected: "1 h" },
  { said: showSpan(2 * DAY - 1), expected: "47 h" },
  { said: showSpan(5 * DAY), expected: "5 d" },
  { said: showSpan(NaN), expected: "?" },
  { said: showDuration(34.6), expected: "35 ms" },
  { said: showDuration(1_240), expected: "1.2 s" },
  { said: showDuration(61_000), expected: "1 min" },
  { said: showDue(-1), expected: "due" },
  { said: showDue(0), expected: "due" },
  { said: showDue(1), expected: "in 1 s" },
  { said: showDue(12 * MIN), expected: "in 12 min" },
  { said: showSize(0), expected: "0.1 kB" },
  { said: showSize(2_048), expected: "2.0 kB" },
  { said: showSize(9_960), expected: "10 kB" },
  { said: showSize(999_499), expected: "999 kB" },
  { said: showSize(999_600), expected: "1.0 MB" },
  { said: showSize(25_000_000), expected: "25 MB" },
  { said: showSize(1_234_000_000_000), expected: "1234 GB" },
  { said: showTime(Date.UTC(2026, 10, 22, 18, 30, 5, 123)), expected: "2026-11-22T18:30:05Z" },
  { said: showTime(NaN), expected: "at an unknown time" },
  { said: isoTime(0), expected: "1970-01-01T00:00:00.000Z" },
  { said: isoTime(1e300), expected: null },
];

for (const [at, { said, expected }] of cases.entries()) {
  Deno.test(`amount ${at + 1} is said as ${JSON.stringify(expected)}`, () => {
    assert.equal(said, expected);
  });
}
