import assert from "node:assert/strict";
import { fingerprint } from "../../lib/config/fingerprint.ts";
import { BASE, parseHere } from "../support/configuration.ts";

const MANAGER = `lookups:
  owner:
    url: https://catalog.example.com/{{fields.host}}?key=$CATALOG_KEY
    headers: { authorization: Bearer kalle }
    on-missing: { tier: none }
packs:
  - name: ups
    match: { subject: "UPS (?<unit>.+)" }
    fields: { host: "ups-{{unit}}", state: { group: unit, words: { one: ok } } }
    event: { group: unit, words: { one: ON_ONE, two: ON_TWO } }
    samples: [{ from: a@example.com, subject: UPS one, expect: { event: ON_ONE } }]
managers:
  - name: gocd
    url: https://gocd.example.com/go
    user: ops
    passwd: secret
    messages-we-want: { to: m@example.com }
    rules:
      - actions: [mailto:team@example.com]
        filter: { function: pipelines.name_like_in_group, args: ["(.+)-release", group] }
      - when: event == "BREAKS"
        actions: [{ mailto: "{{lookup.owner.email}}", subject: "Now {{mail.subject}}" }]
        mute: [{ days: [sat], time-zone: UTC }]
`;
const VARIABLES = { CATALOG_KEY: "pelle", OTHER_KEY: "kalle" };
const before = named(BASE + MANAGER);

Deno.test("fingerprint() is the same for the same rules", () => {
  assert.equal(named(BASE + MANAGER), before);
  assert.match(before, /^[0-9a-f]{16}$/);
});

for (
  const [what, from, to] of [
    ["an action", "team@", "other@"],
    ["a pattern", "-release", "-stable"],
    ["a claim", "m@example.com", "n@example.com"],
    ["a server", "gocd.example.com/go", "ci.example.com/go"],
    ["a condition", '"BREAKS"', '"FIXED"'],
    ["a template of an address", "owner.email", "owner.mail"],
    ["a template of a subject", "Now ", "Then "],
    ["a mute window", "[sat]", "[sun]"],
    ["a lookup", "catalog.example.com", "cmdb.example.com"],
    ["a header field of a lookup", "authorization:", "x-key:"],
    ["what stands in for an answer", "tier: none", "tier: gold"],
    ["a pattern of a pack", "UPS (?<unit>.+)", "UPS: (?<unit>.+)"],
    ["a field of a pack", '"ups-', '"unit-'],
    ["a word of a pack", "one: ok", "one: problem"],
    ["an event of a pack", "two: ON_TWO", "two: ON_ONE"],
  ] as const
) {
  Deno.test(`fingerprint() changes with ${what}`, () => {
    assert.notEqual(named(BASE + MANAGER.replace(from, to)), before);
  });
}

for (
  const [what, text] of [
    ["a password", BASE + MANAGER.replace("secret", "changed")],
    ["the value of a header field", BASE + MANAGER.replace("kalle", "changed")],
    ["a key in the URL of a lookup", BASE + MANAGER.replace("$CATALOG_KEY", "$OTHER_KEY")],
    ["a sample", BASE + MANAGER.replace("UPS one", "UPS two")],
    [
      "the time that answers are kept",
      BASE + MANAGER.replace("headers:", "cache: 1s\n    headers:"),
    ],
    ["how often GoCD is asked", BASE + MANAGER.replace("user: ops", "poll: 1m\n    user: ops")],
    ["a test", `${BASE}${MANAGER}tests: [{mail: {from: a@example.com}, expect: {event: FIXED}}]\n`],
    ["the mail server", BASE.replace("8025", "9025") + MANAGER],
    ["a limit", `${BASE}${MANAGER}limits: { errors: 3 }\n`],
  ] as const
) {
  Deno.test(`fingerprint() stays when only ${what} changes`, () => {
    assert.equal(named(text), before);
  });
}

function named(text: string): string {
  return fingerprint(parseHere(text, VARIABLES));
}
