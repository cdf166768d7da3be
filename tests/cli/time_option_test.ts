/** Moments on the command line. @module */

import assert from "node:assert/strict";
import { readMoment } from "../../lib/cli/time_option.ts";
import { RelayError } from "../../lib/errors.ts";

const NOW = Date.UTC(2026, 10, 22, 18, 30);

const moments = [
  { text: "2h", expected: "2026-11-22T16:30:00.000Z" },
  { text: "30m ago", expected: "2026-11-22T18:00:00.000Z" },
  { text: "5d", expected: "2026-11-17T18:30:00.000Z" },
  { text: "2026-11-22", expected: "2026-11-22T00:00:00.000Z" },
  { text: "2026-11-22T18:30", expected: "2026-11-22T18:30:00.000Z" },
  { text: "2026-11-22 18:30:05", expected: "2026-11-22T18:30:05.000Z" },
  { text: "2026-11-22T18:30:05.123Z", expected: "2026-11-22T18:30:05.123Z" },
  { text: "2026-11-22t18:30:05z", expected: "2026-11-22T18:30:05.000Z" },
  { text: "2026-11-22T18:30+02:00", expected: "2026-11-22T16:30:00.000Z" },
];

for (const { text, expected } of moments) {
  Deno.test(`readMoment() reads ${JSON.stringify(text)}`, () => {
    assert.equal(new Date(readMoment(text, "--since", NOW)).toISOString(), expected);
  });
}

for (const text of ["", "ago", "yesterday", "2", "2026-02-30", "2026-11-22T25:00", "22.11.2026"]) {
  Deno.test(`readMoment() refuses ${JSON.stringify(text)} and says what it takes`, () => {
    assert.throws(
      () => readMoment(text, "--until", NOW),
      (error) =>
        error instanceof RelayError && error.code === "usage" &&
        error.message.startsWith(`Cannot read --until ${JSON.stringify(text)}: expected a date`),
    );
  });
}
