/** Doubtful settings of listeners that concern two keys. @module */

import assert from "node:assert/strict";
import { reviewConfiguration } from "../../lib/config/review.ts";
import { parseHere } from "../support/configuration.ts";

const cases = [
  { allow: "10.0.0.0/8", lenient: "10.1.0.0/16, 192.168.1.0/24", inVain: "192.168.1.0/24" },
  { allow: "10.0.0.0/8", lenient: "10.1.2.3", inVain: undefined },
  { allow: "10.1.2.0/24", lenient: "10.0.0.0/8", inVain: undefined },
  { allow: '"fd00::1"', lenient: '"fd00::/8"', inVain: undefined },
  { allow: '"fd00::/8"', lenient: "10.1.2.3", inVain: "10.1.2.3" },
  { allow: "10.1.2.3", lenient: "10.1.2.4", inVain: "10.1.2.4" },
];

for (const { allow, lenient, inVain } of cases) {
  Deno.test(`lenient: [${lenient}] beside allow: [${allow}] is ${inVain ? "warned of" : "right"}`, () => {
    const listener = `{listen: "0.0.0.0:25", allow: [${allow}], lenient: [${lenient}]}`;
    const text = `local-smtp: [${listener}]\nremote-smtp: localhost:8025\n`;
    const warning = `local-smtp 0.0.0.0:25 lets nobody in from ${inVain} (lenient): add it to ` +
      "allow, too";
    assert.deepEqual(reviewConfiguration(parseHere(text)), inVain ? [warning] : []);
  });
}

Deno.test("who must log in may come from anywhere, and be served leniently", () => {
  const auth = "auth: {without-tls: true, users: {nas: pelle}}";
  const listener = `{listen: "127.0.0.1:25", lenient: [10.1.2.3], ${auth}}`;
  const text = `local-smtp: [${listener}]\nremote-smtp: localhost:8025\n`;
  assert.deepEqual(reviewConfiguration(parseHere(text)), []);
});

Deno.test("xclient beside allow is warned of: its mail servers could not even connect", () => {
  const listener = '{listen: "0.0.0.0:25", allow: [10.0.0.0/8], xclient: [192.0.2.1]}';
  const configuration = parseHere(`local-smtp: [${listener}]\nremote-smtp: localhost:8025\n`);
  assert.ok(
    reviewConfiguration(configuration).includes(
      "local-smtp 0.0.0.0:25 lets nobody in from 192.0.2.1 (xclient): add it to allow, too",
    ),
  );
});
