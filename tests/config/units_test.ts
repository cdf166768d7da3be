/** Durations, sizes, counts. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readCount, readDuration, readSize } from "../../lib/config/units.ts";

const durations = [
  { text: "500ms", ms: 500 },
  { text: "30s", ms: 30_000 },
  { text: "5m", ms: 300_000 },
  { text: "2h", ms: 7_200_000 },
  { text: "5d", ms: 432_000_000 },
  { text: "007s", ms: 7_000 },
  { text: "0s", ms: null },
  { text: "11d", ms: null },
  { text: "30", ms: null },
  { text: "s", ms: null },
  { text: "", ms: null },
  { text: "1.5h", ms: null },
  { text: "-5m", ms: null },
  { text: "5 m", ms: null },
  { text: " 5m", ms: null },
  { text: "5M", ms: null },
  { text: "5constructor", ms: null },
  { text: "9999999999s", ms: null },
  { text: "1h30m", ms: null },
];

for (const { text, ms } of durations) {
  Deno.test(`readDuration() ${ms === null ? "refuses" : "reads"} ${JSON.stringify(text)}`, () => {
    const reading = readDuration(text, { min: "1ms", max: "10d" });
    assert.equal(reading.kind === "value" ? reading.value : null, ms);
  });
}

const sizes = [
  { text: "1kB", octets: 1_000 },
  { text: "25MB", octets: 25_000_000 },
  { text: "2GB", octets: 2_000_000_000 },
  { text: "64KiB", octets: 65_536 },
  { text: "25MiB", octets: 26_214_400 },
  { text: "1GiB", octets: 1_073_741_824 },
  { text: "3GB", octets: null },
  { text: "1MB ", octets: null },
  { text: "1000", octets: null },
  { text: "1KB", octets: null },
  { text: "1mb", octets: null },
  { text: "1M", octets: null },
  { text: "0kB", octets: null },
];

for (const { text, octets } of sizes) {
  Deno.test(`readSize() ${octets === null ? "refuses" : "reads"} ${JSON.stringify(text)}`, () => {
    const reading = readSize(text, { min: "1kB", max: "2GB" });
    assert.equal(reading.kind === "value" ? reading.value : null, octets);
  });
}

const zeros = [
  { read: readSize, text: "0", min: "0MB", example: "0MB" },
  { read: readSize, text: "00", min: "0MB", example: "0MB" },
  { read: readSize, text: "0", min: "1MB", example: "25MB" },
  { read: readSize, text: "100", min: "0MB", example: "25MB" },
  { read: readDuration, text: "0", min: "0s", example: "0s" },
  { read: readDuration, text: "0", min: "1s", example: "30s or 5m" },
];

for (const { read, text, min, example } of zeros) {
  Deno.test(`${read.name}() suggests ${example} for ${text} where the least is ${min}`, () => {
    const max = read === readSize ? "9GB" : "9d";
    const reading = read(text, { min, max });
    assert.ok(reading.kind === "problem" && reading.text.endsWith(`such as ${example}`));
  });
}

Deno.test("readSize() and readDuration() read nothing with a unit where that is allowed", () => {
  for (const text of ["0kB", "0MB", "0GiB"]) {
    assert.deepEqual(readSize(text, { min: "0MB", max: "1GB" }), { kind: "value", value: 0 });
  }
  for (const text of ["0ms", "0s", "0d"]) {
    assert.deepEqual(readDuration(text, { min: "0s", max: "1d" }), { kind: "value", value: 0 });
  }
});

Deno.test("readDuration() allows both ends of its bounds and nothing beyond", () => {
  fc.assert(fc.property(fc.nat(20), (seconds) => {
    const { kind } = readDuration(`${seconds}s`, { min: "5s", max: "10s" });
    assert.equal(kind === "value", seconds >= 5 && seconds <= 10);
  }));
});

Deno.test("readCount() reads whole decimal numbers within its bounds", () => {
  for (const text of ["1", "10", "05"]) assert.equal(readCount(text, 1, 10).kind, "value", text);
  for (const text of ["0", "11", "", "1e1", "0x5", "5.0", "+5", "ten", "1_0", "9".repeat(30)]) {
    assert.equal(readCount(text, 1, 10).kind, "problem", text);
  }
});
