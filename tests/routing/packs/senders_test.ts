/**
 * Holds the packs of monitoring, builds and daily reports to declining what only looks like their
 * sender's mails, to agreeing on what a problem and its end are about, and to coming to an end
 * whatever they are given. What they read is held by the corpus in tests/golden/packs.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { alertmanagerPack } from "../../../lib/routing/packs/alertmanager.ts";
import { fail2banPack } from "../../../lib/routing/packs/fail2ban.ts";
import { gitlabPack } from "../../../lib/routing/packs/gitlab.ts";
import { grafanaPack } from "../../../lib/routing/packs/grafana.ts";
import { icingaPack } from "../../../lib/routing/packs/icinga.ts";
import { jenkinsPack } from "../../../lib/routing/packs/jenkins.ts";
import { logwatchPack } from "../../../lib/routing/packs/logwatch.ts";
import { nagiosPack } from "../../../lib/routing/packs/nagios.ts";
import type { Pack, Reading } from "../../../lib/routing/packs/pack.ts";
import { unattendedUpgradesPack } from "../../../lib/routing/packs/unattended_upgrades.ts";
import { veeamPack } from "../../../lib/routing/packs/veeam.ts";
import { zabbixPack } from "../../../lib/routing/packs/zabbix.ts";
import { mailOf } from "../../support/mails.ts";

const packs: readonly Pack[] = [
  alertmanagerPack,
  fail2banPack,
  gitlabPack,
  grafanaPack,
  icingaPack,
  jenkinsPack,
  logwatchPack,
  nagiosPack,
  unattendedUpgradesPack,
  veeamPack,
  zabbixPack,
];

async function read(message: string): Promise<readonly Reading[]> {
  const view = viewMail(mailOf(message.replace(/\r?\n/g, "\r\n")));
  const readings = await Promise.all(packs.map((pack) => pack.read(view)));
  return readings.filter((reading) => reading !== null);
}

const strangers = [
  { subject: "Problem: my printer", body: "it does not print" },
  { subject: "Problem: my printer", body: "\nhello\nProblem started at 10:00 on 2024.01.01" },
  { subject: "Problem: my printer", body: "x", field: "In-Reply-To: <1@zabbix.com.example.com>" },
  { subject: "Re: Problem: Disk is full", body: "Problem started at 10:00:00 on 2024.01.01" },
  { subject: "OK: see you", body: "bye" },
  { subject: "Discovery: UP 192.0.2.1", body: "Problem started at 10:00:00 on 2024.01.01" },
  { subject: "** PROBLEM Host Alert: web1 is CRITICAL **", body: "" },
  { subject: "** PROBLEM Service Alert: web1/http is DOWN **", body: "" },
  { subject: "** PROBLEM Service Alert: web1 is CRITICAL **", body: "" },
  { subject: "** PROBLEM Service Alert: /http is CRITICAL **", body: "" },
  { subject: "Fwd: ** PROBLEM Host Alert: web1 is DOWN **", body: "" },
  { subject: "Host DOWN alert for web1!", body: "says who?" },
  { subject: "[PROBLEM] web1 is DOWN!", body: "" },
  { subject: "[PROBLEM] Host web1 is CRITICAL!", body: "" },
  { subject: "[PROBLEM] http on web1 is BROKEN!", body: "" },
  { subject: "PROBLEM - web1 is DOWN", body: "***** Our own script *****" },
  { subject: "PROBLEM - web1 is DOWN", body: "see ***** Icinga *****" },
  { subject: "[Success] Nightly (3 machines)", body: "done" },
  { subject: "[Success] Nightly", body: "Veeam Backup & Replication is nice" },
  { subject: "[Success] Nightly", body: "Veeam Agent for Linux 6.0\na\nb\nc" },
  { subject: "[Done] Nightly", body: "Veeam Backup & Replication 12.1" },
  { subject: "[Alerting] CPU load", body: "no Grafana" },
  { subject: "[OK] see you", body: "Sent by hand" },
  { subject: "app - Build # 22 - Failure!", body: "" },
  { subject: "Jenkins is slow", body: "Build failed in Jenkins: app #12" },
  { subject: "app | Failed pipeline for main | 1a2b3c4d", body: "Your pipeline has failed." },
  { subject: "my unattended-upgrades config is broken", body: "help" },
  { subject: "unattended-upgrades result for web1 and web2", body: "" },
  { subject: "Question: unattended-upgrades result for web1: SUCCESS", body: "" },
  { subject: "Logwatch for dummies", body: "" },
  { subject: "Logwatch for web1", body: "" },
  { subject: "[Fail2Ban] sshd: hello", body: "" },
  { subject: "Re: [Fail2Ban] sshd: banned 192.0.2.1 from web1", body: "" },
  { subject: "[Fail2Ban] sshd: banned", body: "" },
  { subject: "", body: "** PROBLEM Host Alert: web1 is DOWN **" },
];

for (const { subject, body, field = "X-Other: x" } of strangers) {
  Deno.test(`no pack takes "${subject}" over "${body.slice(0, 40)}"`, async () => {
    const message = `From: ada@example.com\nSubject: ${subject}\n${field}\n\n${body}\n`;
    assert.deepEqual(await read(message), []);
  });
}

/** What is sent first, and what is sent when it is over. */
const pairs = [
  {
    bad: "Subject: Problem: Full\n\nProblem started at 1 on 2\nProblem name: Full\nHost: db1\n",
    good:
      "Subject: Resolved in 5m: Full\n\nProblem has been resolved at 1 on 2\nProblem name: Full\nHost: db1\n",
  },
  {
    bad: "Subject: ** PROBLEM Service Alert: db1/Disk is CRITICAL **\n\n",
    good: "Subject: ** RECOVERY Service Alert: db1/Disk is OK **\n\n",
  },
  {
    bad: "Subject: [PROBLEM] a on b is WARNING!\n\n",
    good: "Subject: [RECOVERY] a on b is OK!\n\n",
  },
  { bad: "Subject: [FIRING:2] A b (c)\n\n", good: "Subject: [RESOLVED] A b (c d)\n\n" },
  {
    bad: "From: Grafana <g@example.com>\nSubject: [Alerting] CPU\n\n",
    good: "From: Grafana <g@example.com>\nSubject: [OK] CPU\n\n",
  },
  {
    bad:
      "X-Jenkins-Job: a/b\nX-Jenkins-Result: FAILURE\nSubject: Build failed in Jenkins: b #1\n\n",
    good: "X-Jenkins-Job: a/b\nX-Jenkins-Result: SUCCESS\nSubject: own words\n\n",
  },
  {
    bad: "X-GitLab-Project: a\nX-GitLab-Pipeline-Id: 1\nX-GitLab-Pipeline-Ref: m\n" +
      "X-GitLab-Pipeline-Status: failed\nSubject: a | Failed pipeline for m | 1\n\n",
    good: "X-GitLab-Project: a\nX-GitLab-Pipeline-Id: 2\nX-GitLab-Pipeline-Ref: m\n" +
      "X-GitLab-Pipeline-Status: success\nSubject: a | Fixed pipeline for m | 2\n\n",
  },
  {
    bad: "Subject: [Fail2Ban] sshd: banned 192.0.2.1 from web1\n\n",
    good: "Subject: [Fail2Ban] sshd: unbanned 192.0.2.1 from web1\n\n",
  },
  {
    bad: "From: Veeam <v@example.com>\nSubject: [Failed] Nightly (3 machines) 1 failed\n\n",
    good: "From: Veeam <v@example.com>\nSubject: [Success] Nightly (4 machines)\n\n",
  },
  {
    bad: "Subject: [reboot required] unattended-upgrades result for web1: FAILURE\n\n",
    good: "Subject: unattended-upgrades result for web1: SUCCESS\n\n",
  },
];

for (const { bad, good } of pairs) {
  const name = /Subject: (.*)/.exec(bad)?.[1];
  Deno.test(`"${name}" and its end are about the same thing`, async () => {
    const [problem, ...others] = await read(bad);
    const [end] = await read(good);
    assert.deepEqual(others, []);
    assert.equal(problem?.fields.state, "problem");
    assert.equal(end?.fields.state, "ok");
    assert.equal(end.fields.severity, "info");
    assert.equal(problem.fields.fingerprint, end.fields.fingerprint);
  });
}

/** What patterns that look back would look back over again and again. */
const endless = [
  "** PROBLEM Service Alert: " + "a is ".repeat(2_000),
  "[PROBLEM] " + "a on ".repeat(2_000),
  "[PROBLEM] " + " is A".repeat(2_000),
  "PROBLEM - " + "a - ".repeat(2_000) + "is A",
  "Resolved in " + "5m ".repeat(2_000),
  'Service "' + '" problem: "'.repeat(800),
  "Changed " + '" service status to A in 1 "'.repeat(300),
  "[FIRING:1] " + "(".repeat(8_000) + ")",
  "[FIRING:1] " + ")".repeat(8_000),
  "[x] ".repeat(2_000) + "unattended-upgrades result for",
  "unattended-upgrades ".repeat(400) + "x: y",
  "[Success] " + "(1 VMs) ".repeat(1_000),
  "[Success] " + " (1".repeat(2_500),
  "Build failed in Jenkins: " + " #1".repeat(2_500),
  " - Build # 1 - Fixed".repeat(400),
  "Logwatch for a (b) " + "(".repeat(8_000),
  "[Fail2Ban] " + "a:".repeat(4_000),
];

for (const subject of endless) {
  Deno.test(`every pack comes to an end with "${subject.slice(0, 40)}…"`, async () => {
    for (const from of ["a@example.com", "Grafana <g@example.com>", "Veeam <v@example.com>"]) {
      const body = `${subject}\n`.repeat(8);
      for (const { fields } of await read(`From: ${from}\nSubject: ${subject}\n\n${body}`)) {
        assert.ok(
          Object.entries(fields).every(([name, value]) =>
            name === "subject" || value.length <= 520
          ),
        );
      }
    }
  });
}

Deno.test("a header of a megabyte changes nothing in what is read", async () => {
  const padding = `X-Padding: ${"{{x}} [FIRING:1] <!channel> ".repeat(30)}\n`.repeat(1_200);
  const message = "Subject: ** PROBLEM Host Alert: web1 is DOWN **\n";
  const [reading, ...others] = await read(`${message}${padding}\n***** Nagios *****\n`);
  assert.deepEqual([reading], await read(`${message}\n***** Nagios *****\n`));
  assert.deepEqual(others, []);
  assert.ok(padding.length > 1_000_000);
});

Deno.test("a subject of a megabyte is no alert, or a bounded one", async () => {
  const readings = await read(`Subject: [FIRING:1] ${"x ".repeat(500_000)}\n\n`);
  assert.ok(readings.every(({ fields }) => (fields.title ?? "").length <= 520));
});

Deno.test("packs never reject, whatever subject and text are made of", async () => {
  const piece = fc.constantFrom(
    "[FIRING:1]",
    "[RESOLVED]",
    "[PROBLEM] ",
    "** PROBLEM Host Alert: ",
    " is DOWN **",
    " is CRITICAL!",
    " on ",
    "Problem: ",
    "Problem started at 1\n",
    "Problem name: ",
    "Host: ",
    "\n",
    "(",
    ")",
    "[Success] ",
    "Labels\n",
    "a = b\n",
    "1 alert for x\n",
    "View in Alertmanager <http://x/>\n",
    "You have 1 firing alert(s), and 0 resolved alert(s) for\n",
    "Sent by Grafana v1 <http://",
    "View alert <http://[",
    "\u0000",
    "å",
  );
  const words = fc.array(piece, { maxLength: 12 }).map((all) => all.join(""));
  await fc.assert(
    fc.asyncProperty(words, words, async (subject, body) => {
      const line = subject.replaceAll("\n", " ");
      for (const { fields } of await read(`Subject: ${line}\n\n${body}\n`)) {
        assert.ok(Object.values(fields).every((value) => value !== "" && !/\p{Cc}/u.test(value)));
      }
    }),
    { numRuns: 300 },
  );
});
