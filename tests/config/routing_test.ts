/** What a configuration may say about routing, and what it means. @module */

import assert from "node:assert/strict";
import type { Action, Configuration } from "../../lib/config/types.ts";
import { BASE, parseHere as parse } from "../support/configuration.ts";

const routing = await Deno.readTextFile(new URL("./good/routing.yaml", import.meta.url));

function full(): Configuration {
  return parse(routing);
}

Deno.test("parseConfiguration() reads packs", () => {
  const [ups] = full().packs;
  assert.ok(ups);
  assert.equal(ups.name, "ups");
  assert.deepEqual(ups.match.map(({ on, pattern }) => [on, pattern.source, pattern.groups]), [
    ["subject", "UPS (?<object>\\S+) on (?<what>battery|line)", ["object", "what"]],
    ["header.x-ups", "(?<model>\\w+)", ["model"]],
  ]);
  assert.equal(ups.fields.get("host")?.fill({ object: "u1" }), "u1");
  assert.deepEqual(ups.event, {
    kind: "by-group",
    group: "what",
    words: new Map([["battery", "ON_BATTERY"], ["line", "ON_LINE"]]),
  });
  assert.deepEqual(ups.samples, [
    {
      mail: {
        kind: "parts",
        from: "root@ups.example.com",
        to: [],
        subject: "UPS u1 on battery",
        headers: { "x-ups": "APC" },
        text: "On battery.\n",
      },
      fields: { object: "u1" },
      event: "ON_BATTERY",
    },
    {
      mail: { kind: "file", path: "/etc/mail2alert/samples/ups.eml", to: [] },
      fields: {},
      event: "ON_LINE",
    },
  ]);
});

Deno.test("parseConfiguration() tries the text of a mail last, and takes one word for an event", () => {
  const match = "{text: a, headers: {X-B: b}, from: c, subject: d}";
  const [pack] = parse(`${BASE}packs: [{name: a, match: ${match}, event: ON_FIRE}]`).packs;
  assert.deepEqual(pack?.match.map(({ on }) => on), ["subject", "from", "header.x-b", "text"]);
  assert.deepEqual(pack?.event, { kind: "word", word: "ON_FIRE" });
});

Deno.test("parseConfiguration() reads managers and their types", () => {
  const { managers, reload } = full();
  assert.equal(reload, "on-signal");
  assert.deepEqual(managers.map(({ name, type, also }) => [name, type, also]), [
    ["gocd", "gocd", true],
    ["ups", "ups", false],
    ["anything else", "mail", false],
  ]);
  assert.deepEqual(managers.map(({ gocd }) => gocd), [
    { url: "https://gocd.example.com/go", pollMs: 60_000, pollGraceMs: 120_000 },
    undefined,
    undefined,
  ]);
});

Deno.test("parseConfiguration() reads conditions beside filters", () => {
  const rules = full().managers[0]?.rules ?? [];
  assert.deepEqual(rules.map(({ name, when, stop }) => [name, when?.text, stop]), [
    ["gold tier", 'event == "BREAKS" && lookup.owner.tier == "gold"', true],
    ["rule 2", "true", false],
  ]);
  assert.deepEqual(rules[0]?.when?.needs.lookups, ["owner"]);
  assert.deepEqual(rules.map(({ filter }) => filter?.events), [undefined, ["BREAKS", "ON_LINE"]]);
});

function show(action: Action): unknown {
  if (action.kind === "discard") return action.text;
  const { kind, text, words } = action;
  const address = typeof action.address === "string" ? action.address : action.address.text;
  return [kind, address, text, words?.subject?.text, words?.body?.text];
}

Deno.test("parseConfiguration() reads actions as texts and as mappings", () => {
  const [gocd, , rest] = full().managers;
  const owner = "{{lookup.owner.email}}";
  const none = [undefined, undefined];
  assert.deepEqual(gocd?.rules[0]?.actions.map(show), [
    ["mailto", "team@example.com", "mailto:team@example.com", ...none],
    ["mailto-template", owner, `mailto:${owner}`, ...none],
    [
      "mailto-template",
      owner,
      `mailto:${owner} (subject, text)`,
      "[{{fields.severity | upper}}] {{mail.subject}}",
      "{{mail.text}}",
    ],
    ["mailto", "ops@example.com", "mailto:ops@example.com", ...none],
  ]);
  assert.deepEqual(rest?.otherwise?.map(show), [
    [
      "mailto",
      "c@example.com",
      "mailto:c@example.com (text)",
      undefined,
      "Look at {{fields.title}}",
    ],
  ]);
});

Deno.test("parseConfiguration() reads mute windows", () => {
  const [gocd] = full().managers;
  assert.deepEqual(gocd?.mute, [
    {
      text: "sat-sun Europe/Berlin",
      days: [0, 6],
      fromMinute: 0,
      toMinute: 1_440,
      timeZone: "Europe/Berlin",
    },
    {
      text: "mon,wed,fri-sun 22:00-06:00 UTC",
      days: [0, 1, 3, 5, 6],
      fromMinute: 1_320,
      toMinute: 360,
      timeZone: "UTC",
    },
  ]);
  assert.deepEqual(gocd?.rules.map(({ mute }) => mute.map(({ text }) => text)), [
    [],
    ["00:00-07:30 America/New_York"],
  ]);
  assert.deepEqual(gocd?.rules[1]?.mute[0]?.days, [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("parseConfiguration() reads tests", () => {
  const [first, second, ...others] = full().tests;
  assert.deepEqual(first, {
    name: "a gold pipeline breaks",
    mail: {
      kind: "parts",
      from: "go@example.com",
      to: ["mail2alert@example.com"],
      subject: "Stage [p/1/s/1] passed",
      headers: { "x-a": "b" },
      text: "hello",
    },
    atMs: Date.UTC(2026, 10, 23, 9),
    lookups: { owner: { email: "a@example.com", tier: 3 } },
    groups: { "my-group": ["p1", "p2"] },
    before: "success",
    expect: {
      actions: ["mailto:a@example.com"],
      rules: ["gold tier", "rule 2"],
      fields: { pipeline: "p" },
      event: "BREAKS",
    },
  });
  assert.deepEqual(second, {
    name: "test 2",
    mail: {
      kind: "file",
      path: "/etc/mail2alert/samples/x.eml",
      to: ["a@example.com", "b@example.com"],
    },
    lookups: {},
    groups: {},
    expect: { actions: [], notSent: "muted" },
  });
  assert.deepEqual(others.map(({ expect }) => expect), [
    { passedThrough: true },
    { passedThrough: false, rules: [] },
  ]);
});

Deno.test("parseConfiguration() lets conditions use what the packs of the file find", () => {
  const when = 'fields.beans != "" && fields.level == "low" && event == "BEANS_LOW"';
  const { managers } = parse(`${BASE}packs:
  - name: coffee
    match: {subject: '(?P<beans>\\d+) beans'}
    fields: {level: low}
    event: BEANS_LOW
managers:
  - name: mail
    messages-we-want: {to: a@example.com}
    rules:
      - {when: '${when}', filter: {events: [BEANS_LOW], function: mail.in_subject}, actions: [discard]}
`);
  assert.equal(managers[0]?.rules[0]?.when?.text, when);
});

Deno.test("parseConfiguration() lets conditions name what own packs say", () => {
  const pack = (pattern: string) =>
    `${BASE}packs: [{name: ups, match: {subject: "${pattern}"}, event: ON_MAINS}]
managers: [{name: a, messages-we-want: {to: a@example.com}, rules: [{actions: [discard], when: WHEN}]}]`;
  const when = (condition: string, pattern = "UPS") => () =>
    parse(pack(pattern).replace("WHEN", `'${condition}'`));
  when('fields.source == "ups" && event == "ON_MAINS" && event != "DEGRADED_ARRAY"')();
  when('fields.source == "anything"', "UPS of (?<source>.*)")();
  assert.throws(when('fields.source == "anything"'), /fields.source is never "anything"/);
  assert.throws(when('event == "anything"', "UPS of (?<source>.*)"), /event is never/);
});

Deno.test("parseConfiguration() reads fields of packs by what a group matched", () => {
  const [pack] = parse(`${BASE}packs:
  - name: ups
    match: { subject: "UPS (?<what>\\\\w+)" }
    fields: { severity: { group: what, words: { on: critical, Off: info } }, room: { group: what, words: { on: a } } }
`).packs;
  const fill = (field: string, what: string) => pack?.fields.get(field)?.fill({ what });
  assert.deepEqual(["on", "ON", "off", "else", ""].map((what) => fill("severity", what)), [
    "critical",
    "critical",
    "info",
    "",
    "",
  ]);
  assert.deepEqual(["on", "off", "constructor"].map((what) => fill("room", what)), ["a", "", ""]);
});
