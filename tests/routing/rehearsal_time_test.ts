/** When a test of the configuration takes place: at its `at`, else always at the same hour. @module */

import assert from "node:assert/strict";
import { rehearse } from "../../lib/routing/rehearsal.ts";
import { parseHere } from "../support/configuration.ts";

const BASE = `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:9
managers:
- name: asleep
  type: mail
  messages-we-want: {to: asleep@example.com}
  mute: [{from: "22:00", to: "06:00", time-zone: Europe/Berlin}]
  rules: [{name: all, when: "true", actions: ["mailto:a@example.org"]}]
- name: drowsy
  type: mail
  messages-we-want: {to: drowsy@example.com}
  rules:
  - {name: all, when: "true", actions: ["mailto:a@example.org"], mute: [{days: [thu], time-zone: UTC}]}
- name: punctual
  type: mail
  messages-we-want: {to: punctual@example.com}
  rules:
  - {name: noon, when: 'now == timestamp("2026-01-15T12:00:00Z")', actions: [discard]}
- name: steady
  type: mail
  messages-we-want: {to: steady@example.com}
  rules: [{name: known, when: "true", actions: [discard]}]
tests:
`;

const HINT = "; without at it takes place at 2026-01-15T12:00:00Z, a Thursday";

interface Row {
  readonly name: string;
  readonly to: "asleep" | "drowsy" | "punctual" | "steady" | "nobody";
  readonly at?: string;
  readonly expect: string;
  /** How the failure ends; absent: it passes. */
  readonly ends?: string;
}

const rows: readonly Row[] = [
  { name: "at noon", to: "punctual", expect: "{rules: [noon]}" },
  { name: "at its own time", to: "punctual", at: "2026-01-15T12:00:01Z", expect: "{rules: []}" },
  { name: "outside of muted nights", to: "asleep", expect: '{actions: ["mailto:a@example.org"]}' },
  {
    name: "at night where it says so",
    to: "asleep",
    at: "2026-01-15T23:00:00+01:00",
    expect: "{not-sent: muted}",
  },
  { name: "on a Thursday", to: "drowsy", expect: "{not-sent: muted}" },
  {
    name: "outside of a manager's muted hours, and says so",
    to: "asleep",
    expect: "{not-sent: muted}",
    ends: `"all" held)${HINT}`,
  },
  {
    name: "within a rule's muted hours, and says so",
    to: "drowsy",
    expect: '{actions: ["mailto:a@example.org"]}',
    ends: `"all" held, muted at this hour; not sent)${HINT}`,
  },
  {
    name: "at an hour that a condition looks at, and says so",
    to: "punctual",
    expect: "{rules: []}",
    ends: `"noon" held; discarded on purpose)${HINT}`,
  },
  {
    name: "at the hour that it names, and adds nothing",
    to: "asleep",
    at: "2026-01-15T12:00:00Z",
    expect: "{not-sent: muted}",
    ends: '"all" held)',
  },
  {
    name: "at an hour that is all the same, and adds nothing",
    to: "steady",
    expect: "{rules: []}",
    ends: '"known" held; discarded on purpose)',
  },
  {
    name: "at an hour that says nothing of the claim, and adds nothing",
    to: "asleep",
    expect: "{passed-through: true}",
    ends: "to asleep@example.com)",
  },
  {
    name: "at an hour that says nothing, where no manager wants it",
    to: "nobody",
    expect: "{rules: []}",
    ends: "or expect passed-through: true",
  },
];

for (const { name, to, at, expect, ends } of rows) {
  const outcome = ends === undefined ? "passes" : "fails";
  Deno.test(`rehearse() runs a test ${name}: it ${outcome}`, async () => {
    const when = at === undefined ? "" : `at: "${at}", `;
    const mail = `{from: a@x.net, to: [${to}@example.com], subject: hello}`;
    const configuration = parseHere(`${BASE}- {mail: ${mail}, ${when}expect: ${expect}}\n`);
    const [failure = "", ...more] = await rehearse(configuration, () => Promise.reject());
    assert.deepEqual(more, []);
    if (ends === undefined) assert.equal(failure, "");
    else assert.equal(failure.slice(-ends.length), ends);
  });
}
