/** The tests of a configuration: what passes, what fails, and in which words. @module */

import assert from "node:assert/strict";
import { rehearse } from "../../lib/routing/rehearsal.ts";
import { parseHere } from "../support/configuration.ts";
import { octets } from "../support/octets.ts";

const BASE = `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:9
lookups:
  owner: {url: "https://catalog.invalid/{{fields.host}}"}
  tier: {url: "https://catalog.invalid/tier", on-missing: {name: bronze}}
packs:
- name: raid
  match: {subject: "^RAID (?<host>[a-z]+) (?<word>[a-z]+)$"}
  event: {group: word, words: {broken: DEGRADED}}
  samples:
  - {from: a@example.net, subject: RAID nas broken, expect: {event: DEGRADED}}
managers:
- name: alerts
  type: mail
  messages-we-want: {to: alerts@example.com}
  rules:
  - name: owners
    when: mail.subject.contains("owner")
    actions: ["mailto:{{lookup.owner.email}}", "mailto:copy@example.org"]
  - name: gold
    when: lookup.tier.name == "gold" && mail.subject.contains("tier")
    actions: ["mailto:gold@example.org"]
  - name: raid
    when: event == "DEGRADED"
    actions: ["mailto:{{fields.host}}@example.org"]
    mute: [{from: "22:00", to: "06:00", time-zone: Europe/Berlin}]
  - {name: noise, when: 'mail.subject == "noise"', actions: [discard]}
  - {name: copies, when: 'mail.subject == "noise too"', actions: [discard, "mailto:copy@example.org"]}
- name: gocd
  url: https://gocd.invalid/go
  messages-we-want: {to: gocd@example.com}
  rules:
  - name: breaks
    actions: ["mailto:team@example.org"]
    filter: {events: [BREAKS, FIXED], function: pipelines.in_group, args: [ours]}
  otherwise: ["mailto:rest@example.org"]
tests:
`;

/** The configuration with one test. */
function withTest(test: string) {
  return parseHere(BASE + test.replace(/^/gm, "  "));
}

function play(test: string, files: Readonly<Record<string, string>> = {}) {
  return rehearse(withTest(test), (path) => {
    const text = files[path.replace(/^.*\//, "")];
    return text === undefined
      ? Promise.reject(new Error("there is no such file"))
      : Promise.resolve(octets(text));
  });
}

const STAGE = "Stage [app/7/build/1] failed";

/** Tests that pass, one a line of YAML. */
const passing: readonly (readonly [name: string, test: string])[] = [
  [
    "an address that a lookup gives, as it is rendered",
    `- {mail: {from: a@x.net, subject: owner}, lookups: {owner: {email: ann@example.org}},
   expect: {actions: ["mailto:copy@example.org", "mailto:ann@EXAMPLE.org"], rules: [owners]}}`,
  ],
  [
    "the same, as it is written",
    `- {mail: {from: a@x.net, subject: owner}, lookups: {owner: {email: ann@example.org}},
   expect: {actions: ["mailto:{{lookup.owner.email}}", "mailto:copy@example.org"]}}`,
  ],
  [
    "an answer instead of on-missing",
    `- {mail: {from: a@x.net, subject: tier}, lookups: {tier: {name: gold}},
   expect: {actions: ["mailto:gold@example.org"]}}`,
  ],
  [
    "what stands in for a missing answer",
    `- {mail: {from: a@x.net, subject: tier}, expect: {not-sent: no-rule-matched}}`,
  ],
  [
    "fields and event of a pack",
    `- {mail: {from: a@x.net, subject: RAID nas broken}, at: "2026-01-15T12:00:00Z",
   expect: {fields: {host: nas, source: raid}, event: DEGRADED, rules: [raid],
   actions: ["mailto:nas@example.org"]}}`,
  ],
  [
    "muted hours, in the time of their zone",
    `- {mail: {from: a@x.net, subject: RAID nas broken}, at: "2026-01-15T21:30:00Z",
   expect: {not-sent: muted, rules: [raid]}}`,
  ],
  ["a discard", `- {mail: {from: a@x.net, subject: noise}, expect: {not-sent: discarded}}`],
  [
    "an action that a discard stands beside",
    `- {mail: {from: a@x.net, subject: noise too}, expect: {actions: ["mailto:copy@example.org"]}}`,
  ],
  [
    "a discard that gave way, too",
    `- {mail: {from: a@x.net, subject: noise too},
   expect: {actions: [discard, "mailto:copy@example.org"]}}`,
  ],
  [
    "GoCD's groups",
    `- {mail: {from: g@x.net, to: [gocd@example.com], subject: "Stage [app/7/build/1] is broken"},
   groups: {ours: [app]}, expect: {actions: ["mailto:team@example.org"], event: BREAKS}}`,
  ],
  [
    "what the stage was before",
    `- {mail: {from: g@x.net, to: [gocd@example.com], subject: "${STAGE}"}, before: success,
   groups: {ours: [app]}, expect: {event: BREAKS, rules: [breaks]}}`,
  ],
  [
    "an otherwise",
    `- {mail: {from: g@x.net, to: [gocd@example.com], subject: "${STAGE}"}, before: failure,
   groups: {ours: [app]}, expect: {actions: ["mailto:rest@example.org"], rules: []}}`,
  ],
  [
    "recipients besides, whom no action names",
    `- {mail: {from: a@x.net, to: [alerts@example.com, boss@example.org], subject: tier},
   lookups: {tier: {name: gold}}, expect: {actions: ["mailto:gold@example.org"]}}`,
  ],
  [
    "a mail in a file, with LF and the line of a mailbox",
    `- {mail: {file: saved.eml}, expect: {rules: [noise]}}`,
  ],
  [
    "a mail that no manager wants, where that is expected",
    `- {mail: {from: a@x.net, to: [other@example.com], subject: noise}, expect: {passed-through: true}}`,
  ],
  [
    "a mail that a manager wants, where that is expected",
    `- {mail: {from: a@x.net, subject: noise}, expect: {passed-through: false, not-sent: discarded}}`,
  ],
];

for (const [name, test] of passing) {
  Deno.test(`rehearse() lets pass ${name}`, async () => {
    const saved = "From a@x.net Thu Jan 1\nFrom: a@x.net\nTo: alerts@example.com\n" +
      "Subject: noise\n\nbody\n";
    assert.deepEqual(await play(test, { "saved.eml": saved }), []);
  });
}

const failing: readonly (readonly [name: string, test: string, says: RegExp])[] = [
  [
    "an action that is not taken",
    `- {name: gold tier, mail: {from: a@x.net, subject: tier}, expect: {actions: ["mailto:gold@example.org"]}}`,
    /^tests\[0\] "gold tier": expected actions \[mailto:gold@example\.org\], got \[\] \(not sent: no-rule-matched: /,
  ],
  [
    "an action that nobody expects",
    `- {mail: {from: a@x.net, subject: owner}, lookups: {owner: {email: ann@example.org}},
   expect: {actions: ["mailto:copy@example.org"]}}`,
    /^tests\[0\] "test 1": expected actions \[mailto:copy@example\.org\], got \[mailto:ann@example\.org, mailto:copy@example\.org\] /,
  ],
  [
    "another address of a template",
    `- {mail: {from: a@x.net, subject: owner}, lookups: {owner: {email: ann@example.org}},
   expect: {actions: ["mailto:bob@example.org", "mailto:copy@example.org"]}}`,
    /expected actions \[mailto:bob@.*, got \[mailto:ann@/,
  ],
  [
    "a written action that is left out beside a template",
    `- {mail: {from: a@x.net, subject: owner}, lookups: {owner: {email: ann@example.org}},
   expect: {actions: ["mailto:{{lookup.owner.email}}"]}}`,
    /expected actions \[mailto:\{\{lookup\.owner\.email\}\}\], got /,
  ],
  [
    "an address for which the test gives no answer",
    `- {mail: {from: a@x.net, subject: owner}, expect: {actions: ["mailto:ann@example.org", "mailto:copy@example.org"]}}`,
    /expected actions .*, got \[mailto:copy@example\.org\] /,
  ],
  [
    "a mail that is sent",
    `- {mail: {from: a@x.net, subject: noise}, expect: {not-sent: muted}}`,
    /expected not sent for muted, got discarded \(not sent: discarded: /,
  ],
  [
    "another rule",
    `- {mail: {from: a@x.net, subject: noise}, expect: {rules: [noise, copies]}}`,
    /expected rules \[noise, copies\], got \[noise\] /,
  ],
  [
    "other fields and another event, each by itself",
    `- {mail: {from: a@x.net, subject: RAID nas broken}, expect: {fields: {host: nos, object: disk}, event: FIXED}}`,
    /expected field host "nos", got "nas" .*; expected field object "disk", got nothing .*; expected event FIXED, got DEGRADED /,
  ],
  [
    "a mail that no manager wants",
    `- {mail: {from: a@x.net, to: [other@example.com], subject: noise}, expect: {rules: [noise]}}`,
    /^tests\[0\] "test 1": no manager wants this envelope \(from a@x\.net to other@example\.com\): /,
  ],
  [
    "a mail that no manager wants, though nothing is expected to be done",
    `- {mail: {from: "", to: [other@example.com], subject: noise}, expect: {actions: [], rules: []}}`,
    /^tests\[0\] "test 1": no manager wants this envelope \(from <> to other@example\.com\): /,
  ],
  [
    "a mail that no manager wants, in place of the reason why it is not sent",
    `- {mail: {from: a@x.net, to: [b@x.net, c@x.net]}, expect: {not-sent: no-rule-matched}}`,
    /^tests\[0\] "test 1": no manager wants this envelope \(from a@x\.net to b@x\.net, c@x\.net\): [^;]+; [^;]+$/,
  ],
  [
    "a mail that no manager wants, where one is expected to",
    `- {mail: {from: a@x.net, to: [b@x.net]}, expect: {passed-through: false}}`,
    /^tests\[0\] "test 1": no manager wants this envelope .*, or expect passed-through: true$/,
  ],
  [
    "a mail that a manager wants, where it is to pass through",
    `- {mail: {from: a@x.net, subject: noise}, expect: {passed-through: true}}`,
    /^tests\[0\] "test 1": expected passed-through, got claimed by alerts, which wants mails to alerts@example\.com \(from a@x\.net to alerts@example\.com\)$/,
  ],
  [
    "a file that is not there",
    `- {mail: {file: gone.eml}, expect: {rules: []}}`,
    /^tests\[0\] "test 1": it cannot be run: there is no such file$/,
  ],
];

for (const [name, test, says] of failing) {
  Deno.test(`rehearse() tells of ${name}`, async () => {
    const failures = await play(test);
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? "", says);
  });
}

Deno.test("rehearse() asks nobody, and lets others have a turn", async () => {
  const test = `- {mail: {from: a@x.net, subject: owner}, expect: {rules: [owners]}}\n`;
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const failures = await rehearse(withTest(test.repeat(1_000).trimEnd()), () => Promise.reject());
  clearInterval(timer);
  assert.equal(failures.length, 0);
  assert.ok(turns > 3, `${turns} turns`);
});

Deno.test("rehearse() ends early when it is told to", async () => {
  const test = `- {mail: {from: a@x.net, subject: noise}, expect: {rules: []}}\n`;
  const ended = AbortSignal.abort();
  const failures = await rehearse(withTest(test), () => Promise.reject(), ended);
  assert.deepEqual(failures, []);
});
