/**
 * Holds packs to whole subjects and whole lines: words before or after them make them a reply, a
 * sentence or a forgery.
 *
 * @module
 */

import assert from "node:assert/strict";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { alertmanagerPack } from "../../../lib/routing/packs/alertmanager.ts";
import { fail2banPack } from "../../../lib/routing/packs/fail2ban.ts";
import { grafanaPack } from "../../../lib/routing/packs/grafana.ts";
import { icingaPack } from "../../../lib/routing/packs/icinga.ts";
import { nagiosPack } from "../../../lib/routing/packs/nagios.ts";
import type { Pack, Reading } from "../../../lib/routing/packs/pack.ts";
import { unattendedUpgradesPack } from "../../../lib/routing/packs/unattended_upgrades.ts";
import { mailOf } from "../../support/mails.ts";

async function read(pack: Pack, message: string): Promise<Reading | null> {
  return await pack.read(viewMail(mailOf(message.replaceAll("\n", "\r\n"))));
}

const NAGIOS = "***** Nagios *****\n\nNotification Type: PROBLEM\n";
const ICINGA = "***** Icinga *****\n\n";

const subjects = [
  { pack: nagiosPack, subject: "** PROBLEM Host Alert: web1 is DOWN **", body: NAGIOS },
  { pack: nagiosPack, subject: "** PROBLEM alert - web1/http is OK **", body: NAGIOS },
  { pack: nagiosPack, subject: "Host DOWN alert for web1!", body: NAGIOS },
  { pack: icingaPack, subject: "[PROBLEM] http on web1 is CRITICAL!", body: "" },
  { pack: icingaPack, subject: "PROBLEM - web1 is DOWN", body: ICINGA },
  { pack: fail2banPack, subject: "[Fail2Ban] sshd: banned 192.0.2.1 from web1", body: "" },
  { pack: fail2banPack, subject: "[Fail2Ban] sshd: stopped on web1", body: "" },
  {
    pack: unattendedUpgradesPack,
    subject: "Ergebnis der unattended-upgrades für web1: SUCCESS",
    body: "",
  },
];

for (const { pack, subject, body } of subjects) {
  Deno.test(`the ${pack.name} pack takes "${subject}" only when that is all`, async () => {
    const mail = (text: string) => `Subject: ${text}\n\n${body}\n`;
    assert.ok(await read(pack, mail(subject)) !== null);
    for (const other of [`Re: ${subject}`, `${subject} again`, `${subject}?`]) {
      assert.equal(await read(pack, mail(other)), null, other);
    }
  });
}

Deno.test("an old Grafana says that a rule waits or rests", async () => {
  for (const [word, event] of [["Pending", "PENDING"], ["Paused", "PAUSED"]]) {
    const reading = await read(
      grafanaPack,
      `From: Grafana <g@example.com>\nSubject: [${word}] A\n\n`,
    );
    assert.equal(reading?.event, event);
    assert.equal(reading?.fields.severity, "info");
    assert.equal(reading?.fields.state, "info");
  }
});

const FIRING = "From: a@example.com\nSubject: [FIRING:1] A\n\n1 alert for alertname=A\n";
const VIEW = "View in Alertmanager <https://am.example.com/>";
const LABELS = "[1] Firing\nLabels\nalertname = A\nseverity = critical\n";

const views = [
  { line: VIEW, trusted: true },
  { line: `x ${VIEW}`, trusted: false },
  { line: `${VIEW} x`, trusted: false },
  { line: `1\n2\n3\n${VIEW}`, trusted: true },
  { line: `1\n2\n3\n4\n${VIEW}`, trusted: false },
];

for (const { line, trusted } of views) {
  const shown = JSON.stringify(line);
  Deno.test(`Alertmanager's layout is ${trusted ? "" : "not "}known by ${shown}`, async () => {
    const reading = await read(alertmanagerPack, `${FIRING}${line}\n${LABELS}`);
    assert.equal(reading?.fields.link, trusted ? "https://am.example.com/" : undefined);
    assert.equal(reading?.fields.severity, trusted ? "critical" : "warning");
  });
}

Deno.test("an old Grafana's link is the last one, and at the end", async () => {
  const mail = (text: string) => `From: Grafana <g@example.com>\nSubject: [OK] A\n\n${text}`;
  const page = (url: string) => `Go to the Alerts page:\n${url}\n`;
  const end = "Sent by Grafana v7.5.17 (c) 2022 Grafana Labs\n";
  const both = mail(page("http://evil.example.com/") + page("http://good.example.com/") + end);
  assert.equal((await read(grafanaPack, both))?.fields.link, "http://good.example.com/");
  const early = mail(page("http://evil.example.com/") + `1\n2\n3\n${end}`);
  assert.equal((await read(grafanaPack, early))?.fields.link, undefined);
});
