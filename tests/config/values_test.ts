/** What values and rules of a configuration may look like, and what they mean. @module */

import assert from "node:assert/strict";
import type { Configuration } from "../../lib/config/types.ts";
import { BASE, parseHere as parse } from "../support/configuration.ts";

function rule(filter: string, type = "gocd"): Configuration["managers"][number]["rules"][number] {
  const url = type === "gocd" ? "url: http://localhost/go, " : "";
  const manager = `{name: x, type: ${type}, ${url}messages-we-want: {to: a@example.com},
    rules: [{actions: [discard], filter: ${filter}}]}`;
  const [only] = parse(`${BASE}managers: [${manager}]`).managers[0]?.rules ?? [];
  assert.ok(only);
  return only;
}

/** What a GoCD server is that nobody says more of. */
const GOCD = { url: "http://localhost/go", pollMs: 0, pollGraceMs: 60_000 };

Deno.test("parseConfiguration() takes secrets from files", () => {
  const claim = "messages-we-want: {to: a@example.com}, otherwise: [], url: http://localhost/go/";
  const text = `${BASE}slack-token-file: s
managers:
  - {name: gocd, ${claim}, user: olle, passwd-file: p}
  - {name: two, type: gocd, ${claim}, token-file: t}
`;
  assert.deepEqual(parse(text).managers.map(({ gocd }) => gocd), [
    { ...GOCD, basic: { user: "olle", password: "content-of-p" } },
    { ...GOCD, token: "content-of-t" },
  ]);
});

Deno.test("parseConfiguration() replaces variables in values, and only there", () => {
  const text = `${BASE}store: {path: $ROOT/store}
managers:
  - name: $NAME
    type: gocd
    url: \${BASE_URL}/go
    user: olle
    passwd: $PASS
    messages-we-want: {to: a@example.com}
    rules:
      - actions: [discard]
        filter: {function: pipelines.name_like_in_group, args: [(.+)-release.*$, $NAME]}
`;
  const { store, managers } = parse(text, {
    ROOT: "/srv",
    NAME: "ci",
    BASE_URL: "https://ci.example.com",
    PASS: "pa$NAME",
  });
  assert.equal(store.path, "/srv/store");
  assert.deepEqual(managers[0]?.gocd, {
    ...GOCD,
    url: "https://ci.example.com/go",
    basic: { user: "olle", password: "pa$NAME" },
  });
  const test = managers[0]?.rules[0]?.filter?.test;
  assert.ok(test?.function === "pipelines.name_like_in_group");
  assert.deepEqual([test.pattern.source, test.group], ["(.+)-release.*$", "ci"]);
});

Deno.test("parseConfiguration() reads numbers, dates and booleans among arguments as their text", () => {
  const { filter } = rule("{function: mail.in_subject, args: [2017, 012, 2017-01-31, yes, ~]}");
  assert.deepEqual(filter?.test, {
    function: "mail.in_subject",
    words: ["2017", "012", "2017-01-31", "yes", "~"],
  });
});

Deno.test("parseConfiguration() knows pipelines.all as pipelines.any", () => {
  assert.deepEqual(rule("{function: pipelines.all}").filter?.test, { function: "pipelines.any" });
});

Deno.test("parseConfiguration() reads all that a rule and a manager may say", () => {
  const text = `${BASE}managers:
  - name: mail
    rewrite-headers: false
    messages-we-want: {from: go@example.com}
    rules:
      - name: backups
        actions: [mailto:a@example.com, discard]
        filter: {events: [BACKUP_FAILED], function: mail.in_subject}
        stop: true
`;
  assert.deepEqual(parse(text).managers, [{
    name: "mail",
    type: "mail",
    wants: { from: "go@example.com" },
    also: false,
    mute: [],
    rewriteHeaders: false,
    rules: [{
      name: "backups",
      actions: [
        { kind: "mailto", address: "a@example.com", text: "mailto:a@example.com" },
        { kind: "discard", text: "discard" },
      ],
      filter: { events: ["BACKUP_FAILED"], test: { function: "mail.in_subject", words: [] } },
      mute: [],
      stop: true,
    }],
  }]);
});

Deno.test("parseConfiguration() resolves anchors and merge keys", () => {
  const text = `${BASE}managers:
  - &first
    name: one
    type: mail
    messages-we-want: &claim {to: a@example.com}
    otherwise: [discard]
  - <<: *first
    name: two
  - <<: [{name: three}, *first]
    messages-we-want: *claim
`;
  const { managers } = parse(text);
  assert.deepEqual(managers.map(({ name }) => name), ["one", "two", "three"]);
  assert.ok(managers.every(({ otherwise }) => otherwise?.length === 1));
});

Deno.test("parseConfiguration() reads all that may be said of store, queue and duplicates", () => {
  const { ack, ackBudgetMs, store, queue, duplicates } = parse(`${BASE}ack: queued
ack-budget: 2s
store: {path: /srv/mail, min-free: 1GiB}
queue: {first-retry: 500ms, max-retry: 20s, give-up-after: 3h, delay-notice: 5m, dead-letters: 1d}
duplicates: {window: 2h, pass-through: false}
`);
  assert.deepEqual([ack, ackBudgetMs], ["queued", 2_000]);
  assert.deepEqual(store, { path: "/srv/mail", minFreeOctets: 1_073_741_824 });
  assert.deepEqual(queue, {
    firstRetryMs: 500,
    maxRetryMs: 20_000,
    giveUpAfterMs: 10_800_000,
    delayNoticeMs: 300_000,
    deadLettersMs: 86_400_000,
  });
  assert.deepEqual(duplicates, { windowMs: 7_200_000, passThrough: false });
});

Deno.test("parseConfiguration() reads what switches settings off", () => {
  const { store, queue, duplicates, history, onFailure } = parse(`${BASE}store: {min-free: 0MB}
queue: {delay-notice: 0s}
duplicates: {window: 0s}
history: {keep: 0s}
on-failure: []
`);
  assert.equal(store.minFreeOctets, 0);
  assert.equal(queue.delayNoticeMs, 0);
  assert.equal(duplicates.windowMs, 0);
  assert.equal(history.keepMs, 0);
  assert.deepEqual(onFailure, []);
});

Deno.test("parseConfiguration() takes a word of history for its text", () => {
  for (const text of ["full", "headers", "none"]) {
    assert.deepEqual(parse(`${BASE}history: ${text}`), parse(`${BASE}history: {text: ${text}}`));
  }
  assert.deepEqual(parse(`${BASE}history: {text: full, keep: 90d, size: 2GB}`).history, {
    text: "full",
    keepMs: 7_776_000_000,
    sizeOctets: 2_000_000_000,
  });
});

const waits = [
  "{first-retry: 5m, max-retry: 5m}",
  "{first-retry: 1h}",
  "{max-retry: 30s}",
  "{give-up-after: 1h}",
  "{give-up-after: 10m, delay-notice: 9m}",
  "{give-up-after: 1s, delay-notice: 0s}",
  "{give-up-after: 1s}",
];

for (const queue of waits) {
  Deno.test(`parseConfiguration() sees no contradiction in queue: ${queue}`, () => {
    assert.ok(parse(`${BASE}queue: ${queue}`).queue.firstRetryMs > 0);
  });
}

Deno.test("parseConfiguration() reads whom to tell of failures, in canonical form", () => {
  const text = `${BASE}on-failure: ['mailto:"ops"@example.com', mailto:b@$DOMAIN]`;
  assert.deepEqual(parse(text, { DOMAIN: "example.org" }).onFailure, [
    { kind: "mailto", address: "ops@example.com", text: 'mailto:"ops"@example.com' },
    { kind: "mailto", address: "b@example.org", text: "mailto:b@example.org" },
  ]);
});
