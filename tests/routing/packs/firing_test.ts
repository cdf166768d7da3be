/** Holds lib/routing/packs/firing.ts to the subjects of two senders, and to telling them apart. @module */

import assert from "node:assert/strict";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import {
  firingSender,
  hostOf,
  readFiringSubject,
  shared,
  worst,
} from "../../../lib/routing/packs/firing.ts";
import { mailOf } from "../../support/mails.ts";

const subjects = [
  {
    subject: "[FIRING:2] A b (c d)",
    expected: { firing: true, count: "2", group: "A b", common: "c d" },
  },
  { subject: "[RESOLVED] A", expected: { firing: false, group: "A", common: "" } },
  { subject: "[RESOLVED:3] A", expected: { firing: false, group: "A", common: "" } },
  {
    subject: "[FIRING:1, RESOLVED:4] A",
    expected: { firing: true, count: "1", resolvedCount: "4", group: "A", common: "" },
  },
  { subject: "[FIRING:1] (c)", expected: { firing: true, count: "1", group: "", common: "c" } },
  { subject: "[FIRING:1]", expected: { firing: true, count: "1", group: "", common: "" } },
  {
    subject: "[FIRING:1] A (b) (c (d) e)",
    expected: { firing: true, count: "1", group: "A (b)", common: "c (d) e" },
  },
  {
    subject: "[FIRING:1] A) (b",
    expected: { firing: true, count: "1", group: "A) (b", common: "" },
  },
  {
    subject: "[FIRING:1] A b)",
    expected: { firing: true, count: "1", group: "A b)", common: "" },
  },
];

for (const { subject, expected } of subjects) {
  Deno.test(`readFiringSubject() takes "${subject}" apart`, () => {
    assert.deepEqual(readFiringSubject(subject), expected);
  });
}

const others = [
  "FIRING:1 A",
  "Re: [FIRING:1] A",
  "[FIRING:x] A",
  "[firing:1] A",
  "[FIRING:1]A",
  "",
];

for (const subject of others) {
  Deno.test(`readFiringSubject() has nothing to do with "${subject}"`, () => {
    assert.equal(readFiringSubject(subject), null);
  });
}

const AM = "Sent by Alertmanager";
const GRAFANA = "Sent by Grafana v10.1.0 (c) 2023 Grafana Labs";
const senders = [
  { from: "a@example.com", end: AM, sender: "alertmanager" },
  { from: "a@example.com", end: "", sender: "alertmanager" },
  { from: "a@example.com", end: GRAFANA, sender: "grafana" },
  { from: "Grafana <a@example.com>", end: "", sender: "grafana" },
  { from: "Grafana <a@example.com>", end: AM, sender: "alertmanager" },
  { from: "grafana@example.com", end: "", sender: "grafana" },
  { from: "alerts.grafana@example.com", end: "", sender: "grafana" },
  { from: "a@grafana.example.com", end: "", sender: "grafana" },
  { from: "a@notgrafana.example.com", end: "", sender: "alertmanager" },
  { from: "a@example.com", end: `${GRAFANA}\r\n1\r\n2\r\n3`, sender: "alertmanager" },
  { from: "a@example.com", end: `${GRAFANA}\r\n\r\n${AM}`, sender: "alertmanager" },
];

for (const { from, end, sender } of senders) {
  Deno.test(`firingSender() finds ${sender} from ${from} by ${JSON.stringify(end)}`, async () => {
    const mail = mailOf(`From: ${from}\r\nSubject: [FIRING:1] A\r\n\r\nx\r\n\r\n${end}\r\n`);
    assert.equal(await firingSender(viewMail(mail)), sender);
  });
}

const instances = [
  { instance: "web1:9100", host: "web1" },
  { instance: "web1", host: "web1" },
  { instance: "https://www.example.com:8443/a?b", host: "www.example.com" },
  { instance: "[2001:db8::1]:9100", host: "2001:db8::1" },
  { instance: undefined, host: undefined },
];

for (const { instance, host } of instances) {
  Deno.test(`hostOf() finds ${host} in ${instance}`, () => {
    assert.equal(hostOf(instance), host);
  });
}

const labels = (severity: string) => new Map([["severity", severity]]);
const ranks = [
  { words: ["warning", "Critical", "info"], severity: "critical" },
  { words: ["warning", "high"], severity: "error" },
  { words: ["info", "minor"], severity: "warning" },
  { words: ["none", "info"], severity: "info" },
  { words: ["info", "blue"], severity: "info" },
  { words: ["blue"], severity: "warning" },
  { words: [], severity: "warning" },
];

for (const { words, severity } of ranks) {
  Deno.test(`worst() finds ${severity} in [${words}]`, () => {
    assert.equal(worst(words.map(labels)), severity);
  });
}

Deno.test("shared() finds what all alerts have, and nothing else", () => {
  assert.equal(shared([labels("a"), labels("a")], "severity"), "a");
  assert.equal(shared([labels("a"), labels("b")], "severity"), undefined);
  assert.equal(shared([labels("a"), new Map()], "severity"), undefined);
  assert.equal(shared([], "severity"), undefined);
});
