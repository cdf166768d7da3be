/** Configurations that must be understood, and what they mean. @module */

import assert from "node:assert/strict";
import { parseConfiguration } from "../../lib/config/load.ts";
import { value } from "../../lib/config/reading.ts";
import type { Configuration } from "../../lib/config/types.ts";

const BASE = "local-smtp: localhost:1025\nremote-smtp: localhost:8025\n";

function parse(text: string, variables: Record<string, string> = {}): Configuration {
  return parseConfiguration("config.yaml", text, (name) => variables[name], {
    readSecret: (path) => value(`content of ${path}`.replaceAll(" ", "-")),
    hostname: "here.example.com",
  });
}

function rule(filter: string, type = "gocd"): Configuration["managers"][number]["rules"][number] {
  const url = type === "gocd" ? "url: http://localhost/go, " : "";
  const manager = `{name: x, type: ${type}, ${url}messages-we-want: {to: a@example.com},
    rules: [{actions: [discard], filter: ${filter}}]}`;
  const [only] = parse(`${BASE}managers: [${manager}]`).managers[0]?.rules ?? [];
  assert.ok(only);
  return only;
}

Deno.test("parseConfiguration() reads the configuration of 2017's README unchanged", async () => {
  const text = await Deno.readTextFile(new URL("./good/2017.yaml", import.meta.url));
  const { listeners, smarthost, managers } = parse(text);
  assert.deepEqual(listeners, [
    { hostname: "localhost", port: 1025, allow: ["127.0.0.0/8", "::1/128"] },
  ]);
  assert.deepEqual(smarthost, { hostname: "localhost", port: 8025 });
  const cat = { kind: "mailto", address: "cat@example.com", text: "mailto:cat@example.com" };
  assert.deepEqual(managers[0], {
    name: "gocd",
    type: "gocd",
    wants: { to: "mail2alert@example.com" },
    rules: [
      {
        name: "rule 1",
        actions: [cat],
        filter: {
          events: ["BREAKS"],
          test: { function: "pipelines.in_group", group: "my-group" },
        },
        stop: false,
      },
      {
        name: "rule 2",
        actions: [cat],
        filter: {
          events: ["BREAKS", "FIXED"],
          test: {
            function: "pipelines.name_like_in_group",
            pattern: /(.+)-release.*/,
            group: "my-group",
          },
        },
        stop: false,
      },
    ],
    rewriteHeaders: true,
    gocd: { url: "http://localhost:8080/go", basic: { user: "olle", password: "pelle" } },
  });
  assert.deepEqual(managers[1]?.wants, { from: "go@example.com" });
  assert.deepEqual(managers[1]?.rules[0]?.filter, {
    test: { function: "mail.in_subject", words: ["server", "backup"] },
  });
});

Deno.test("parseConfiguration() fills in defaults: milliseconds, octets", () => {
  assert.deepEqual(parse(BASE), {
    hostname: "here.example.com",
    listeners: [{ hostname: "localhost", port: 1025, allow: ["127.0.0.0/8", "::1/128"] }],
    smarthost: { hostname: "localhost", port: 8025 },
    ack: "relayed",
    ackBudgetMs: 10_000,
    store: { path: "./mail2alert-store" },
    limits: {
      messageSizeOctets: 25_000_000,
      recipients: 1_000,
      mailsPerConnection: 1_000,
      commandLineOctets: 2_048,
      errors: 10,
      connections: 500,
      connectionsPerPeer: 50,
      idleMs: 300_000,
      transactionMs: 1_200_000,
    },
    managers: [],
  });
});

Deno.test("parseConfiguration() takes keys without a value as absent where all may be absent", () => {
  assert.deepEqual(parse(`${BASE}store:\nlimits:\nmanagers:\n`), parse(BASE));
});

const listeners = [
  { text: "localhost", expected: ["localhost 25"] },
  { text: "127.0.0.1:2525", expected: ["127.0.0.1 2525"] },
  { text: '"[::1]:25"', expected: ["::1 25"] },
  { text: '"[::1]"', expected: ["::1 25"] },
  { text: "localhost:0", expected: ["localhost 0"] },
  { text: "[localhost:0, localhost:0]", expected: ["localhost 0", "localhost 0"] },
  {
    text: '["localhost:25", {listen: "[::]:26", allow: ["::/0"]}]',
    expected: [
      "localhost 25",
      ":: 26 ::/0",
    ],
  },
  { text: "{listen: localhost}", expected: null },
];

for (const { text, expected } of listeners) {
  Deno.test(`parseConfiguration() reads local-smtp: ${text}`, () => {
    const read = () => parse(`local-smtp: ${text}\nremote-smtp: mx.example.com\n`);
    if (expected === null) return assert.throws(read, { code: "config-invalid" });
    assert.deepEqual(
      read().listeners.map(({ hostname, port, allow }) =>
        [hostname, port, ...allow.filter((network) => !/^(127|::1)/.test(network))].join(" ")
      ),
      expected,
    );
  });
}

Deno.test("parseConfiguration() reads the new form of remote-smtp", () => {
  const { smarthost } = parse("local-smtp: localhost\nremote-smtp: {server: mx.example.com:587}");
  assert.deepEqual(smarthost, { hostname: "mx.example.com", port: 587 });
});

Deno.test("parseConfiguration() lets `to` decide alone when both are given, as in 2017", () => {
  const claim = "messages-we-want: {from: b@example.com, to: a@example.com}";
  const { managers } = parse(`${BASE}managers: [{name: mail, ${claim}, otherwise: []}]`);
  assert.deepEqual(managers[0]?.wants, { to: "a@example.com", from: "b@example.com" });
  assert.deepEqual(managers[0]?.otherwise, []);
});

Deno.test("parseConfiguration() reads the null reverse-path and makes addresses canonical", () => {
  const one = '{name: a, type: mail, messages-we-want: {from: "<>"}, otherwise: []}';
  const two = `{name: b, type: mail, messages-we-want: {to: '"ops"@x.org'}, otherwise: []}`;
  const { managers } = parse(`${BASE}managers: [${one}, ${two}]`);
  assert.deepEqual(managers.map(({ wants }) => wants), [{ from: "" }, { to: "ops@x.org" }]);
});

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

Deno.test("parseConfiguration() reads a byte order mark, CR LF and a document marker", () => {
  const text = `\ufeff---\n${BASE}`.replaceAll("\n", "\r\n");
  assert.deepEqual(parse(text), parse(BASE));
});
