/** Doubtful settings of managers, lookups and packs. @module */

import assert from "node:assert/strict";
import { reviewConfiguration } from "../../lib/config/review.ts";
import { parseHere } from "../support/configuration.ts";

const VERIFIED = "local-smtp: localhost\nremote-smtp: {server: mx.example.com, tls: required}\n";

const manager = (name: string, more: string) =>
  `{name: ${name}, messages-we-want: {to: a@example.com}, otherwise: [discard],
    rules: [{actions: [discard], filter: {function: mail.in_subject}}], ${more}}`;
const LOGIN = "user: olle, passwd: pelle";

const rules = (text: string) =>
  `managers: [{name: mail, messages-we-want: {to: a@example.com}, otherwise: [discard], rules: [${text}]}]`;

const settings = [
  {
    name: "a part of a moment without a time zone",
    more: rules(
      `{when: 'now.getHours() > 7 && now.getDayOfWeek("UTC") == 0 || now.getHours() < 3', actions: [discard]},
       {when: '(now - timestamp("2026-01-01T00:00:00Z")).getHours() > 3', actions: [discard]}`,
    ),
    expected: [
      'rule "rule 1" of manager mail takes now.getHours() in UTC: name a time zone, as in ' +
      'now.getHours("Europe/Berlin")',
    ],
  },
  {
    name: "a field that is read as a number and may not be there",
    more: rules(
      [
        "int(fields.batteryCharge) < 50",
        'double(fields["batteryCharge"]) < 50.0 || event == "FAILS"',
        '!(int(fields.batteryCharge) < 50 || has(fields.batteryCharge) && event == "FAILS")',
        'event == "FAILS" && int(fields.batteryCharge) < 50',
        "has(fields.batteryCharge) && int(fields.batteryCharge) < 50",
        'fields.batteryCharge != "" ? int(fields.batteryCharge) < 50 : false',
        'event == "FAILS" ? int(fields.batteryCharge) < 50 : false',
        "int(mail.subject) < 50",
        'int(fields.batteryCharge) < 50 || fields.batteryCharge == ""',
        "mail.recipients.exists(x, int(x) < 50)",
        "size(fields.host) > 50",
      ].map((when) => `{when: '${when}', actions: [discard]}`).join(),
    ),
    expected: [
      'rule "rule 1" of manager mail is undecided on a mail without fields.batteryCharge: put ' +
      "has(fields.batteryCharge) && before int(fields.batteryCharge)",
      'rule "rule 2" of manager mail is undecided on a mail without fields["batteryCharge"]: ' +
      'put has(fields["batteryCharge"]) && before double(fields["batteryCharge"])',
    ],
  },
  {
    name: "rules of one name",
    more: rules(
      ["a", "b", "a", "a"].map((name) =>
        `{name: ${name}, when: event == "FAILS", actions: [discard]}`
      )
        .join(),
    ),
    expected: [
      'manager mail has several rules called "a": nobody can tell them apart in a trace or a ' +
      "test; give each its own name",
    ],
  },
  {
    name: "a claim with a star",
    more: "managers: [{name: mail, messages-we-want: {from: '*@example.com'}, otherwise: " +
      '[discard], rules: [{when: event == "FAILS", actions: [discard]}]}]',
    expected: [
      "manager mail claims mail from *@example.com, in which * is a letter like any other: name " +
      "one address",
    ],
  },
  {
    name: "single braces",
    more: rules(
      `{when: event == "FAILS", actions: ["mailto:{fields.host}@example.com", {mailto: a@example.com,
      subject: "{event} {{event}} {{fields.host | default(\\"{event\\")}}", text: "{a: {fields}}"}]}`,
    ),
    expected: [
      'rule "rule 1" of manager mail has {fields.host} in an action, which stays as it is: a ' +
      "template has two braces, {{fields.host}}",
      'rule "rule 1" of manager mail has {event} in an action, which stays as it is: a template ' +
      "has two braces, {{event}}",
    ],
  },
  {
    name: "a manager behind one with the same claim",
    more: `managers: [${manager("a", "type: mail")}, ${manager("b", "type: mail")}]`,
    expected: [
      "manager b gets no mail: manager a before it claims all mail to a@example.com: join the " +
      "two, claim by another address, or give a also: true",
    ],
  },
  {
    name: "credentials in clear text",
    more: `managers: [${manager("gocd", `url: http://ci.example.com/go, ${LOGIN}`)}]`,
    expected: [
      "manager gocd sends its credentials to ci.example.com in clear text: use an https URL",
    ],
  },
  {
    name: "credentials over loopback",
    more: `managers: [${manager("gocd", `url: "http://[::1]:8080", ${LOGIN}`)}]`,
    expected: [],
  },
  {
    name: "credentials over https",
    more: `managers: [${manager("gocd", "url: https://ci.example.com, token: pelle")}]`,
    expected: [],
  },
  {
    name: "clear text without credentials",
    more: `managers: [${manager("gocd", "url: http://ci.example.com")}]`,
    expected: [],
  },
  {
    name: "a manager without rules",
    more: "managers: [{name: mail, messages-we-want: {to: a@example.com}, otherwise: [discard]}]",
    expected: ["manager mail has no rules: all its mail goes by otherwise"],
  },
  {
    name: "a manager behind one with the same claim that lets it pass",
    more: `managers: [${manager("a", "also: true, type: mail")}, ${manager("b", "type: mail")}]`,
    expected: [],
  },
  {
    name: "a last manager that lets its mail pass",
    more: `managers: [${manager("mail", "also: true")}]`,
    expected: ["manager mail is the last one: its also: true says nothing, remove it"],
  },
  {
    name: "a last manager that lets the recipients of a sender's mail have it",
    more: `managers: [{name: mail, also: true, messages-we-want: {from: nas@example.com},
      otherwise: ["mailto:copy@example.com"], rules: [{when: event == "", actions: [discard]}]}]`,
    expected: [],
  },
  {
    name: "rules behind one that takes every mail and stops",
    more: `managers: [{name: mail, messages-we-want: {to: a@example.com}, rules: [
      {when: fields.host == "a", stop: true, actions: [discard]},
      {when: "true", actions: [discard]},
      {name: all, when: "true", stop: true, actions: [discard]},
      {when: event == "FAILS", actions: [discard]}]}]`,
    expected: [
      "manager mail never gets to rule 4: all before it takes every mail and has stop: true",
    ],
  },
  {
    name: "a lookup that nobody asks",
    more: 'lookups: {owner: {url: "https://x.example"}}',
    expected: [
      "lookup owner is never asked: no condition and no template names it; remove it, or use it",
    ],
  },
  {
    name: "lookups in conditions, addresses, subjects and texts",
    more: `lookups:
${
      ["a", "b", "c", "d", "e"].map((name) =>
        `  ${name}: {url: "http://127.0.0.1/${name}", allow: [127.0.0.1], headers: {x: y}}\n`
      ).join("")
    }
managers:
  - name: mail
    messages-we-want: {to: a@example.com}
    rules:
      - when: lookup.a.x == "y"
        actions: [{mailto: a@example.com, subject: "{{lookup.b.x}}", text: "{{lookup.c.x}}"}]
      - {when: "true", actions: ["mailto:{{lookup.d.x}}"]}
    otherwise: ["mailto:{{lookup.e.x}}", mailto:b@example.com]`,
    expected: [],
  },
  {
    name: "addresses that only a lookup knows, and an otherwise that tells nobody",
    more: `lookups: {a: {url: "https://x.example"}}
managers: [{name: mail, messages-we-want: {to: a@example.com}, otherwise: [discard], rules: [
      {name: owned, when: "true", actions: ["mailto:{{lookup.a.b}}"]}]}]`,
    expected: [
      'rule "owned" of manager mail has no address but those of a lookup: without its answer nobody ' +
      "gets the mail; give the manager an otherwise with an address",
    ],
  },
  {
    name: "addresses that only a lookup knows, and nobody else to tell",
    more: `lookups: {a: {url: "https://x.example"}}
managers: [{name: mail, messages-we-want: {to: a@example.com}, rules: [
      {name: owned, when: "true", actions: ["mailto:{{lookup.a.b}}"]},
      {when: "true", actions: ["mailto:{{lookup.a.b}}", mailto:b@example.com]}]}]`,
    expected: [
      'rule "owned" of manager mail has no address but those of a lookup: without its answer nobody ' +
      "gets the mail; give the manager an otherwise with an address",
    ],
  },
  {
    name: "the secrets of a lookup in clear text",
    more: `lookups: {a: {url: "http://x.example/", headers: {authorization: pelle}}}
managers: [{name: mail, messages-we-want: {to: a@example.com}, rules: [
      {when: lookup.a.b == 1, actions: [discard]}]}]`,
    expected: ["lookup a sends its header fields to x.example in clear text: use an https URL"],
  },
  {
    name: "a pack that reads nothing and shows nothing",
    more: "packs: [{name: ups, match: {subject: x}}]",
    expected: [
      "pack ups reads no mail: there is no manager to claim any",
      "pack ups has no samples: add a mail that it must recognise",
    ],
  },
  {
    name: "a pack with a sample",
    more: `packs: [{name: ups, match: {subject: x},
    samples: [{subject: x, from: a@example.com, expect: {fields: {source: ups}}}]}]
managers: [${manager("ups", "also: false")}]`,
    expected: [],
  },
];

for (const { name, more, expected } of settings) {
  Deno.test(`reviewConfiguration() says ${expected.length || "nothing"} about ${name}`, () => {
    assert.deepEqual(reviewConfiguration(parseHere(`${VERIFIED}${more}\n`)), expected);
  });
}
