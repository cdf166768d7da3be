/**
 * Twenty configurations that are wrong, each put in the place of a good one while mail flows: each is
 * refused with file, line, key and remedy, and the mail goes on by the old one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askControl } from "../../lib/control/client.ts";
import { controlSocket } from "../../lib/store/layout.ts";
import { startProgram } from "../support/program.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { servedFile } from "../support/served_file.ts";

/** A way to break a good configuration. */
interface Broken {
  /** Completes "a configuration …". */
  readonly name: string;
  /** What is replaced in the good one. */
  readonly from: string | RegExp;
  /** By what. */
  readonly to: string;
  /** What follows the file's name in the log: line, key, and what to do. */
  readonly told: RegExp;
}

const cases: readonly Broken[] = [
  {
    name: "with a key that is misspelt",
    from: "managers:",
    to: "manager:",
    told: /^:8: manager: unknown key "manager" \(did you mean "managers"\?\)/,
  },
  {
    name: "with an unknown function",
    from: "mail.in_subject",
    to: "mail.in_sbject",
    told: /^:13: managers\[0\]\.rules\[0\]\.filter\.function: .*did you mean "mail\.in_subject"/,
  },
  {
    name: "that is half a file",
    from: /filter: \{function[^]*$/,
    to: "filter: {function",
    told:
      /^:13: Cannot read flow collection: unexpected end .* in managers\[0\]\.rules\[0\]\.filter\.function: \} is missing: is the file whole\?$/,
  },
  {
    name: "with a tab at the beginning of a line",
    from: "  messages-we-want",
    to: "\tmessages-we-want",
    told: /^:10: Cannot read indentation: a tab: write blanks/,
  },
  {
    name: "that is empty",
    from: /^[^]*$/,
    to: "",
    told: /^:1: no value: expected a mapping with the keys local-smtp, remote-smtp and managers$/,
  },
  {
    name: "with a duration without a unit",
    from: "ack-budget: 5s",
    to: "ack-budget: 5",
    told: /^:3: ack-budget: "5": expected a duration with its unit .*, such as 30s or 5m$/,
  },
  {
    name: "with a size without a unit",
    from: "message-size: 1MB",
    to: "message-size: 1000000",
    told: /^:4: limits\.message-size: "1000000": expected a size with its unit .*, such as 25MB$/,
  },
  {
    name: "with a port that is none",
    from: /remote-smtp: .*/,
    to: "remote-smtp: 127.0.0.1:99999",
    told:
      /^:2: remote-smtp: "127\.0\.0\.1:99999": expected a port from 1 to 65535, such as localhost:1025$/,
  },
  {
    name: "with an address that is none",
    from: "alerts@example.com",
    to: "alerts",
    told: /^:10: managers\[0\]\.messages-we-want\.to: "alerts": expected a mail address, such as /,
  },
  {
    name: "with an action that is none",
    from: "mailto:team@example.org",
    to: "mail:team@example.org",
    told: /^:12: managers\[0\]\.rules\[0\]\.actions\[0\]: .*did you mean "mailto"/,
  },
  {
    name: "with a condition that does not end",
    from: `when: mail.subject != ""`,
    to: `when: mail.subject != (`,
    told:
      /^:15: managers\[0\]\.rules\[1\]\.when: .*the condition ends too early: a value or a bracket is missing at its end$/,
  },
  {
    name: "with a condition on a name that nobody knows",
    from: `when: mail.subject != ""`,
    to: `when: mail.subjct != ""`,
    told: /^:15: managers\[0\]\.rules\[1\]\.when: .*did you mean "subject"/,
  },
  {
    name: "with a lookup that is not configured",
    from: `when: mail.subject != ""`,
    to: `when: lookup.owner.tier == "gold"`,
    told:
      /^:15: managers\[0\]\.rules\[1\]\.when: .*lookup\.owner is unknown: no lookup is configured: add it below the key lookups$/,
  },
  {
    name: "with a variable that is not set",
    from: "team@example.org",
    to: "$RELOAD_NOBODY_SETS_THIS",
    told:
      /^:12: managers\[0\]\.rules\[0\]\.actions\[0\]: \$RELOAD_NOBODY_SETS_THIS is not set: set it/,
  },
  {
    name: "with a secret in a file that is not there",
    from: "local-smtp: 127.0.0.1:0",
    to: "local-smtp: [{listen: 127.0.0.1:0, auth: {users: {nas: {password-file: gone}}}}]",
    told:
      /^:1: local-smtp\[0\]\.auth\.users\.nas\.password-file: .*there is no such file: create it, or correct its path/,
  },
  {
    name: "with a certificate that is not there",
    from: "local-smtp: 127.0.0.1:0",
    to: "local-smtp: [{listen: 127.0.0.1:0, tls: {certificate: no.pem, key: no.key}}]",
    told:
      /^:1: local-smtp\[0\]\.tls\.certificate: "no\.pem": there is no such file: create it, or correct its path/,
  },
  {
    name: "with two managers of one name",
    from: /managers:\n- name: mail\n/,
    to:
      "managers:\n- {name: mail, messages-we-want: {to: a@example.com}, rules: []}\n- name: mail\n",
    told: /^:10: managers\[1\]\.name: the name of managers\[0\] too: give each its own/,
  },
  {
    name: "with a manager of GoCD without its server",
    from: "  messages-we-want",
    to: "  type: gocd\n  messages-we-want",
    told: /^:9: managers\[0\]\.url: missing: expected the URL of the GoCD server, such as http:/,
  },
  {
    name: "with a pattern that cannot be read",
    from: "tests:",
    to: `packs: [{name: nas, match: {subject: "DISK (ok"}}]\ntests:`,
    told:
      /^:16: packs\[0\]\.match\.subject: .*missing closing \): .*; a bracket that stands for itself has a \\ in front$/,
  },
  {
    name: "that does not pass its own test",
    from: "team@example.org",
    to: "others@example.org",
    told:
      /^:17: tests\[0\] "hello goes to the team": expected actions \[mailto:team@example\.org\], got \[mailto:others@example\.org\]/,
  },
];

const GOOD = (sink: number) =>
  `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink}
ack-budget: 5s
limits: {message-size: 1MB}
duplicates: {window: 0s}
queue: {first-retry: 30s, max-retry: 1h, give-up-after: 5d}

managers:
- name: mail
  messages-we-want: {to: alerts@example.com}
  rules:
  - actions: ["mailto:team@example.org"]
    filter: {function: mail.in_subject, args: [hello]}
  - actions: [discard]
    when: mail.subject != ""
tests:
- name: hello goes to the team
  mail: {from: a@example.net, subject: hello}
  expect: {actions: ["mailto:team@example.org"]}
reload: on-signal
`;

Deno.test(`${cases.length} configurations that are wrong are refused, and mail flows on by the old one`, async (test) => {
  await using sink = startRecordingSink();
  const good = GOOD(sink.port);
  await using program = await startProgram(good);
  const file = servedFile(program);
  using session = await connectRaw(program.port);
  for (const { name, from, to, told } of cases) {
    await test.step(`a configuration ${name}`, async () => {
      const broken = good.replace(from, to);
      assert.notEqual(broken, good, "nothing is broken");
      const before = program.log().length;
      assert.equal(await file.reload(broken), "refused");
      const problems = problemsIn(program.log().slice(before));
      const path = join(program.folder, "configuration.yml");
      const about = problems.map((problem) => problem.replace(path, ""));
      assert.ok(about.some((problem) => told.test(problem)), `${about.join("\n")}\n${told}`);
      const { configuration } = await askControl(controlSocket(program.store), {
        command: "status",
      }, { timeoutMs: 60_000 });
      assert.deepEqual(configuration?.refused?.problems, problems);
      const mails = sink.mails.length;
      assert.match(await sendOn(session, { to: ["alerts@example.com"] }), /^250/);
      assert.equal(sink.mails.length, mails + 1);
      assert.deepEqual(sink.mails[mails]?.recipients, ["RCPT TO:<team@example.org>"]);
    });
  }
  assert.equal(await file.reload(good), "unchanged");
  assert.equal(await program.stop(), 0);
});

/** Every problem that a log tells of. */
function problemsIn(log: string): readonly string[] {
  return [...log.matchAll(/ ERROR app configuration refused problem=(".*")$/gm)].map(([, text]) =>
    JSON.parse(text ?? '""')
  );
}
