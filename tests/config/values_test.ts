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

Deno.test("parseConfiguration() takes secrets from files", () => {
  const claim = "messages-we-want: {to: a@example.com}, otherwise: [], url: http://localhost/go/";
  const text = `${BASE}slack-token-file: s
managers:
  - {name: gocd, ${claim}, user: olle, passwd-file: p}
  - {name: two, type: gocd, ${claim}, token-file: t}
`;
  assert.deepEqual(parse(text).managers.map(({ gocd }) => gocd), [
    { url: "http://localhost/go", basic: { user: "olle", password: "content-of-p" } },
    { url: "http://localhost/go", token: "content-of-t" },
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
    url: "https://ci.example.com/go",
    basic: { user: "olle", password: "pa$NAME" },
  });
  assert.deepEqual(managers[0]?.rules[0]?.filter.test, {
    function: "pipelines.name_like_in_group",
    pattern: /(.+)-release.*$/,
    group: "ci",
  });
});

Deno.test("parseConfiguration() reads numbers, dates and booleans among arguments as their text", () => {
  const { filter } = rule("{function: mail.in_subject, args: [2017, 012, 2017-01-31, yes, ~]}");
  assert.deepEqual(filter.test, {
    function: "mail.in_subject",
    words: ["2017", "012", "2017-01-31", "yes", "~"],
  });
});

Deno.test("parseConfiguration() knows pipelines.all as pipelines.any", () => {
  assert.deepEqual(rule("{function: pipelines.all}").filter.test, { function: "pipelines.any" });
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
    rewriteHeaders: false,
    rules: [{
      name: "backups",
      actions: [
        { kind: "mailto", address: "a@example.com", text: "mailto:a@example.com" },
        { kind: "discard", text: "discard" },
      ],
      filter: { events: ["BACKUP_FAILED"], test: { function: "mail.in_subject", words: [] } },
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
