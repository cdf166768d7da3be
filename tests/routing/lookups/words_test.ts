/** Times in words. @module */

import assert from "node:assert/strict";
import { span } from "../../../lib/routing/lookups/words.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const spans = [
  { ms: 1, said: "1 s" },
  { ms: 119_000, said: "119 s" },
  { ms: 119_001, said: "2 min" },
  { ms: 179 * MINUTE, said: "179 min" },
  { ms: 179 * MINUTE + 1, said: "3 h" },
  { ms: 50 * HOUR + 82, said: "50 h" },
  { ms: 71 * HOUR, said: "71 h" },
  { ms: 72 * HOUR, said: "3 d" },
  { ms: 400 * 24 * HOUR, said: "400 d" },
];

for (const { ms, said } of spans) {
  Deno.test(`span() calls ${ms} ms ${said}`, () => assert.equal(span(ms), said));
}
