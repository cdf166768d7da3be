/** Configurations that must be understood, and what they mean. @module */

import assert from "node:assert/strict";
import { BASE, parseHere as parse } from "../support/configuration.ts";

/** What `local-smtp: localhost:1025` and `remote-smtp: localhost:8025` mean. */
const LISTENER = {
  hostname: "localhost",
  port: 1025,
  allow: ["127.0.0.0/8", "::1/128"],
  protocol: "smtp",
  lenient: [],
  proxy: [],
  xclient: [],
};
const SMARTHOST = { hostname: "localhost", port: 8025, tls: { mode: "none" } };

/** Compiled patterns as their text. */
function plain(value: unknown): unknown {
  const asText = (_: string, part: unknown) =>
    part instanceof Object && "source" in part ? part.source : part;
  return JSON.parse(JSON.stringify(value, asText));
}

Deno.test("parseConfiguration() reads the configuration of 2017's README unchanged", async () => {
  const text = await Deno.readTextFile(new URL("./good/2017.yaml", import.meta.url));
  const { listeners, smarthosts, managers } = parse(text);
  assert.deepEqual(listeners, [LISTENER]);
  assert.deepEqual(smarthosts, [SMARTHOST]);
  const cat = { kind: "mailto", address: "cat@example.com", text: "mailto:cat@example.com" };
  assert.deepEqual(plain(managers[0]), {
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
        mute: [],
        stop: false,
      },
      {
        name: "rule 2",
        actions: [cat],
        filter: {
          events: ["BREAKS", "FIXED"],
          test: {
            function: "pipelines.name_like_in_group",
            pattern: "(.+)-release.*",
            group: "my-group",
          },
        },
        mute: [],
        stop: false,
      },
    ],
    also: false,
    mute: [],
    rewriteHeaders: true,
    gocd: {
      url: "http://localhost:8080/go",
      basic: { user: "olle", password: "pelle" },
      pollMs: 0,
      pollGraceMs: 60_000,
    },
  });
  assert.deepEqual(managers[1]?.wants, { from: "go@example.com" });
  assert.deepEqual(managers[1]?.rules[0]?.filter, {
    test: { function: "mail.in_subject", words: ["server", "backup"] },
  });
});

Deno.test("parseConfiguration() fills in defaults: milliseconds, octets", () => {
  assert.deepEqual(parse(BASE), {
    hostname: "here.example.com",
    listeners: [LISTENER],
    smarthosts: [SMARTHOST],
    ack: "relayed",
    ackBudgetMs: 10_000,
    store: { path: "./mail2alert-store", minFreeOctets: 100_000_000 },
    queue: {
      firstRetryMs: 30_000,
      maxRetryMs: 3_600_000,
      giveUpAfterMs: 432_000_000,
      delayNoticeMs: 14_400_000,
      deadLettersMs: 2_592_000_000,
    },
    duplicates: { windowMs: 900_000, passThrough: true },
    history: { text: "headers", keepMs: 2_592_000_000, sizeOctets: 200_000_000 },
    onFailure: [],
    limits: {
      messageSizeOctets: 25_000_000,
      recipients: 1_000,
      mailsPerConnection: 1_000,
      commandLineOctets: 2_048,
      errors: 10,
      connections: 500,
      connectionsPerPeer: 50,
      connectionsPerMinute: 3_000,
      idleMs: 300_000,
      transactionMs: 1_200_000,
    },
    managers: [],
    lookups: [],
    packs: [],
    tests: [],
    reload: "on-change",
  });
});

Deno.test("parseConfiguration() takes keys without a value as absent where all may be absent", () => {
  const keys = ["store", "queue", "duplicates", "history", "limits", "managers", "packs"];
  keys.push("lookups", "tests");
  assert.deepEqual(parse(`${BASE}${keys.join(":\n")}:\n`), parse(BASE));
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
  const text = "local-smtp: localhost\nremote-smtp: {server: mx.example.com:587}";
  assert.deepEqual(parse(text).smarthosts, [
    { hostname: "mx.example.com", port: 587, tls: { mode: "none" } },
  ]);
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

Deno.test("parseConfiguration() reads a byte order mark, CR LF and a document marker", () => {
  const text = `\ufeff---\n${BASE}`.replaceAll("\n", "\r\n");
  assert.deepEqual(parse(text), parse(BASE));
});
