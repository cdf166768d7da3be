/** What the log says has changed, and what only a new process can change. @module */

import assert from "node:assert/strict";
import { beyondReload, differences } from "../../lib/app/differences.ts";
import { parseHere } from "../support/configuration.ts";

const BEFORE = `
local-smtp:
- listen: 127.0.0.1:1025
  auth: {users: {nas: first}, without-tls: true}
remote-smtp: {server: "mx.example.org:25", tls: required, auth: {user: relay, password: canary}}
store: {path: /var/lib/mail2alert}
lookups:
  owner: {url: "https://catalog.example.com/{{fields.host}}", headers: {x-key: canary}}
packs:
- name: nas
  match: {subject: "^DISK (?<disk>[a-z]+)"}
managers:
- name: first
  type: mail
  messages-we-want: {to: first@example.com}
  rules:
  - {actions: ["mailto:{{fields.host}}@example.org"], when: 'mail.subject == "one"'}
- name: second
  type: mail
  messages-we-want: {to: second@example.com}
  rules: []
`;

const cases: readonly {
  readonly name: string;
  readonly change: readonly [from: string | RegExp, to: string];
  readonly changed: readonly string[];
  readonly later?: readonly string[];
}[] = [
  { name: "nothing", change: [/$/, "# nothing\n"], changed: [] },
  { name: "a condition", change: ['"one"', '"two"'], changed: ["managers (first)"] },
  {
    name: "a template",
    change: ["{{fields.host}}@", "{{fields.object}}@"],
    changed: ["managers (first)"],
  },
  {
    name: "a manager's name",
    change: [": second", ": third"],
    changed: ["managers (+third, -second)"],
  },
  {
    name: "the order of managers",
    change: [/(- name: first[^]*?)(- name: second[^]*)$/, "$2$1"],
    changed: ["managers (order)"],
  },
  {
    name: "a secret of a lookup",
    change: ["x-key: canary", "x-key: other"],
    changed: ["lookups (owner)"],
  },
  {
    name: "a URL",
    change: ["/{{fields.host}}", "/{{fields.source}}"],
    changed: ["lookups (owner)"],
  },
  { name: "a pattern", change: ["^DISK", "^RAID"], changed: ["packs (nas)"] },
  { name: "a password", change: ["password: canary", "password: other"], changed: ["remote-smtp"] },
  { name: "a user's secret", change: ["nas: first", "nas: other"], changed: ["local-smtp"] },
  { name: "limits", change: [/$/, "limits: {recipients: 200}\n"], changed: ["limits"] },
  {
    name: "several things",
    change: [/$/, "ack: queued\nack-budget: 7s\nhostname: other.example.com\nhistory: none\n"],
    changed: ["hostname", "ack", "ack-budget", "history"],
  },
  {
    name: "an address",
    change: [":1025", ":1026"],
    changed: ["local-smtp"],
    later: ["local-smtp: another address, protocol or mode of a socket"],
  },
  {
    name: "a protocol",
    change: ["  auth:", "  protocol: lmtp\n  auth:"],
    changed: ["local-smtp"],
    later: ["local-smtp: another address, protocol or mode of a socket"],
  },
  {
    name: "the store",
    change: ["path: /var/lib/mail2alert", "min-free: 5MB, path: /var/lib/mail2alert"],
    changed: ["store"],
    later: ["store: another path or min-free"],
  },
];

for (const { name, change: [from, to], changed, later = [] } of cases) {
  Deno.test(`differences() tells of ${name}, and of no value`, () => {
    const text = BEFORE.replace(from, to);
    assert.notEqual(text, BEFORE);
    const [before, after] = [parseHere(BEFORE), parseHere(text)];
    const told = differences(before, after);
    assert.deepEqual(told, changed);
    assert.deepEqual(beyondReload(before, after), later);
    assert.doesNotMatch(told.join(), /canary/);
  });
}

Deno.test("differences() names five managers and counts the others", () => {
  const managers = Array.from(
    { length: 8 },
    (_, index) =>
      `- {name: m${index}, type: mail, messages-we-want: {to: m${index}@example.com}, rules: []}\n`,
  );
  const base = BEFORE.replace(/managers:[^]*$/, "managers:\n");
  const told = differences(parseHere(`${base}${managers[0]}`), parseHere(base + managers.join("")));
  assert.deepEqual(told, ["managers (+m1, +m2, +m3, +m4, +m5 and 2 more)"]);
});
