/**
 * What tests of a configuration may expect where several managers take a mail, and where rules that
 * hold have no address.
 *
 * @module
 */

import assert from "node:assert/strict";
import { rehearse } from "../../lib/routing/rehearsal.ts";
import { parseHere } from "../support/configuration.ts";

const BASE = `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:9
lookups:
  owner: {url: "https://catalog.invalid/{{fields.host}}"}
  duty: {url: "https://catalog.invalid/duty"}
packs:
- {name: raid, match: {subject: "^(?<host>[a-z]+) (?<word>broken)$"}, event: {group: word, words: {broken: DEGRADED}}}
- {name: disk, match: {subject: "^(?<object>[a-z]+) (?<word>broken)$"}, event: {group: word, words: {broken: FAILED}}}
managers:
- name: audit
  type: raid
  also: true
  messages-we-want: {to: alerts@example.com}
  rules: [{name: everything, when: "true", actions: ["mailto:audit@example.org"]}]
- name: fleet
  type: disk
  also: true
  messages-we-want: {to: alerts@example.com}
  rules:
  - {name: asleep, when: "true", actions: ["mailto:a@example.org"], mute: [{from: "22:00", to: "06:00", time-zone: UTC}]}
  - {name: disks, when: 'event == "FAILED"', actions: ["mailto:disks@example.org"]}
- name: nobody
  type: raid
  also: true
  messages-we-want: {to: alerts@example.com}
  rules: [{name: never, when: "false", actions: ["mailto:never@example.org"]}]
- name: owned
  type: mail
  messages-we-want: {to: owned@example.com}
  rules:
  - {name: owner, when: mail.subject.startsWith("owner"), actions: ["mailto:{{lookup.owner.email}}", discard]}
  - {name: copy, when: 'mail.subject == "owner, copy"', actions: ["mailto:copy@example.org"]}
  - {name: noise, when: 'mail.subject == "noise"', actions: [discard]}
  otherwise: ["mailto:{{lookup.duty.email}}", "mailto:desk@example.org"]
- name: alone
  type: mail
  messages-we-want: {to: alone@example.com}
  rules: [{name: owner, when: "true", actions: ["mailto:{{lookup.owner.email}}"]}]
tests:
`;

function play(test: string): Promise<readonly string[]> {
  const configuration = parseHere(`${BASE}- ${test}\n`);
  return rehearse(configuration, () => Promise.reject(new Error("there is no file")));
}

const BROKEN = "mail: {from: a@x.net, to: [alerts@example.com], subject: nas broken}, " +
  'at: "2026-01-15T23:00Z"';
const OWNED = "mail: {from: a@x.net, to: [owned@example.com], subject: owner}";
const COPIED = OWNED.replace("subject: owner", 'subject: "owner, copy"');
const ALONE = OWNED.replace("owned@", "alone@");
const DUTY = "lookups: {duty: {email: ann@example.org}}";
const OWNER = "lookups: {owner: {email: ann@example.org}}";

/** Each test, and what it says; empty: it passes. */
const rows: readonly (readonly [name: string, test: string, says: RegExp])[] = [
  [
    "the rules of all managers, in their order",
    `{${BROKEN}, expect: {rules: [everything, asleep, disks]}}`,
    /^$/,
  ],
  [
    "the rules of the first manager alone",
    `{${BROKEN}, expect: {rules: [everything]}}`,
    /expected rules \[everything\], got \[everything, asleep, disks\] /,
  ],
  [
    "the rules of the second manager alone",
    `{${BROKEN}, expect: {rules: [asleep, disks]}}`,
    /expected rules \[asleep, disks\], got \[everything, asleep, disks\] /,
  ],
  [
    "what the first manager has read",
    `{${BROKEN}, expect: {fields: {host: nas}, event: DEGRADED}}`,
    /^$/,
  ],
  [
    "what the second manager has read",
    `{${BROKEN}, expect: {fields: {object: nas}, event: FAILED}}`,
    /^$/,
  ],
  [
    "what none of them has read",
    `{${BROKEN}, expect: {fields: {object: disk}, event: BREAKS}}`,
    /expected field object "disk", got nothing and "nas" .*; expected event BREAKS, got DEGRADED and FAILED /,
  ],
  [
    "the actions of all managers",
    `{${BROKEN}, expect: {actions: ["mailto:audit@example.org", "mailto:disks@example.org"]}}`,
    /^$/,
  ],
  [
    "an otherwise in place of rules without an address, as it is written",
    `{${OWNED}, ${DUTY}, expect: {actions: ["mailto:{{lookup.duty.email}}", "mailto:desk@example.org"], rules: [owner]}}`,
    /^$/,
  ],
  [
    "the same as it is rendered",
    `{${OWNED}, ${DUTY}, expect: {actions: ["mailto:ann@example.org", "mailto:desk@example.org"]}}`,
    /^$/,
  ],
  [
    "the same with the discard that gave way",
    `{${OWNED}, ${DUTY}, expect: {actions: [discard, "mailto:ann@example.org", "mailto:desk@example.org"]}}`,
    /^$/,
  ],
  [
    "half of that otherwise",
    `{${OWNED}, ${DUTY}, expect: {actions: ["mailto:{{lookup.duty.email}}"]}}`,
    /expected actions \[mailto:\{\{lookup\.duty\.email\}\}\], got \[mailto:ann@example\.org, mailto:desk@example\.org\] /,
  ],
  [
    "an otherwise of which one template has no address",
    `{${OWNED}, expect: {actions: ["mailto:{{lookup.duty.email}}", "mailto:desk@example.org"]}}`,
    /expected actions .*, got \[mailto:desk@example\.org\] /,
  ],
  [
    "an otherwise that is not taken, because a rule has an address",
    `{${OWNED}, ${OWNER}, expect: {actions: ["mailto:{{lookup.owner.email}}", "mailto:desk@example.org"]}}`,
    /expected actions .*, got \[mailto:ann@example\.org\] /,
  ],
  [
    "an otherwise that is not taken, because another rule has an address",
    `{${COPIED}, ${DUTY}, expect: {actions: ["mailto:copy@example.org", "mailto:desk@example.org"]}}`,
    /expected actions .*, got \[mailto:copy@example\.org\] /,
  ],
  [
    "an otherwise that is not taken, because a rule discards the mail",
    `{${
      OWNED.replace("subject: owner", "subject: noise")
    }, expect: {actions: [discard, "mailto:desk@example.org"]}}`,
    /expected actions .*, got \[discard\] /,
  ],
  [
    "the rule whose address cannot be had",
    `{${OWNED}, ${DUTY}, expect: {actions: ["mailto:{{lookup.owner.email}}", "mailto:desk@example.org"]}}`,
    /expected actions .*, got \[mailto:ann@example\.org, mailto:desk@example\.org\] /,
  ],
  [
    "a rule whose address cannot be had, where nobody gets the mail",
    `{${ALONE}, expect: {actions: ["mailto:{{lookup.owner.email}}"]}}`,
    /expected actions \[mailto:\{\{lookup\.owner\.email\}\}\], got \[\] \(not sent: no-address: /,
  ],
  ["that nobody gets it then", `{${ALONE}, expect: {actions: [], not-sent: no-address}}`, /^$/],
];

for (const [name, test, says] of rows) {
  const outcome = says.source === "^$" ? "lets pass" : "tells of";
  Deno.test(`rehearse() ${outcome} ${name}`, async () => {
    assert.match((await play(test)).join("\n"), says);
  });
}
