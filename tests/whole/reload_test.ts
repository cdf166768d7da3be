/**
 * The whole program takes another configuration into force, on SIGHUP and when its files change, and
 * drops no session for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askControl } from "../../lib/control/client.ts";
import { controlSocket } from "../../lib/store/layout.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { freePort } from "../support/ports.ts";
import { type Program, startProgram } from "../support/program.ts";
import { connectRaw, rawClient, sendOn, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { servedFile } from "../support/served_file.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { HANG_MS, until } from "../support/wait.ts";

/** What a configuration here may say. */
interface Said {
  readonly sink: number;
  readonly listen?: string;
  readonly to?: string;
  readonly more?: readonly string[];
}

/** A manager that sends what it gets to somebody. */
function configuration(
  { sink, listen = "127.0.0.1:0", to = "first@example.org", more = [] }: Said,
): string {
  return [
    `local-smtp: ${listen}`,
    `remote-smtp: 127.0.0.1:${sink}`,
    "managers:",
    "- name: mail",
    "  messages-we-want: {to: alerts@example.com}",
    "  rules:",
    `  - {actions: ["mailto:${to}"], filter: {function: mail.in_subject, args: [hello]}}`,
    ...more,
    "",
  ].join("\n");
}

/** For tests that send a SIGHUP: nothing else may make the program read its file. */
const ON_SIGNAL = "reload: on-signal";

/** Each is another mail: one that came again would be delivered once. */
function alert(number: number) {
  return { to: ["alerts@example.com"], message: `Subject: hello ${number}\r\n\r\nbody\r\n` };
}

function statusOf({ store }: Program) {
  return askControl(controlSocket(store), { command: "status" }, { timeoutMs: HANG_MS });
}

Deno.test("a file that changes is taken into force without a signal; open sessions go on", async () => {
  await using before = startRecordingSink();
  await using after = startRecordingSink();
  await using program = await startProgram(configuration({ sink: before.port }));
  const file = servedFile(program);
  using session = await connectRaw(program.port);
  assert.match(await sendOn(session, alert(1)), /^250/);
  const { configuration: first } = await statusOf(program);
  await file.put(
    configuration({
      sink: after.port,
      to: "second@example.org",
      more: ["limits: {message-size: 1MB}"],
    }),
  );
  assert.deepEqual(await file.reloads(1), ["replaced"]);
  assert.match(program.log(), /replaced .*changed="remote-smtp, limits, managers \(mail\)"/);
  assert.match(await sendOn(session, alert(2)), /^250/);
  assert.deepEqual(before.mails.map(({ recipients }) => recipients), [[
    "RCPT TO:<first@example.org>",
  ]]);
  assert.deepEqual(after.mails.map(({ recipients }) => recipients), [[
    "RCPT TO:<second@example.org>",
  ]]);
  // The session keeps to what it was told; the next one is told another size.
  assert.match(await session.say("EHLO same.session") ?? "", /SIZE 25000000/);
  using next = await connectRaw(program.port);
  assert.match(await next.say("EHLO next.session") ?? "", /SIZE 1000000/);
  const { configuration: second } = await statusOf(program);
  assert.ok(first && second && second.since > first.since && second.refused === undefined);
  assert.equal(await program.stop(), 0);
});

Deno.test("a secret in a file of its own is a part of the configuration", async () => {
  await using sink = startRecordingSink();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-reload-" });
  try {
    await Deno.writeTextFile(join(folder, "password"), "before\n");
    await using program = await startProgram(
      `
local-smtp:
- listen: 127.0.0.1:0
  auth: {required: true, without-tls: true, users: {nas: {password-file: ${folder}/password}}}
remote-smtp: 127.0.0.1:${sink.port}
managers: []
`,
    );
    const login = async (password: string) => {
      using client = await connectRaw(program.port);
      await client.say("EHLO nas");
      return await client.say(`AUTH PLAIN ${btoa(`\0nas\0${password}`)}`) ?? "";
    };
    assert.match(await login("before"), /^235/);
    // At once: a file that is seen while it is written would be another password.
    await Deno.writeTextFile(join(folder, "password.new"), "behind\n");
    await Deno.rename(join(folder, "password.new"), join(folder, "password"));
    assert.deepEqual(await servedFile(program).reloads(1), ["replaced"]);
    assert.match(await login("before"), /^535/);
    assert.match(await login("behind"), /^235/);
    assert.doesNotMatch(program.log(), /before|behind/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("with `reload: on-signal` a change waits for SIGHUP", async () => {
  await using sink = startRecordingSink();
  const more = [ON_SIGNAL];
  await using program = await startProgram(configuration({ sink: sink.port, more }));
  const file = servedFile(program);
  await file.put(configuration({ sink: sink.port, more, to: "second@example.org" }));
  assert.match(await sendRaw(program.port, alert(3)), /^250/);
  program.signal("SIGHUP");
  assert.deepEqual(await file.reloads(1), ["replaced"]);
  assert.match(await sendRaw(program.port, alert(4)), /^250/);
  program.signal("SIGHUP");
  assert.deepEqual(await file.reloads(2), ["replaced", "unchanged"]);
  const recipients = sink.mails.flatMap((mail) => mail.recipients);
  assert.deepEqual(recipients, ["RCPT TO:<first@example.org>", "RCPT TO:<second@example.org>"]);
});

Deno.test("SIGHUP while another program still has the queue reads the changed file afterwards", async () => {
  await using sink = startRecordingSink();
  const said = { sink: sink.port, listen: `127.0.0.1:${freePort()}`, more: [ON_SIGNAL] };
  await using old = await startProgram(configuration(said));
  // It answers nobody: the new program waits for it.
  old.signal("SIGSTOP");
  const { folder } = old;
  const how = { folder, flags: ["--replace"], logName: "next.log" };
  await using program = await startProgram(configuration(said), how);
  await until(() => / INFO app taking the queue over /.test(program.log()), { what: "the wait" });
  const file = servedFile(program);
  await file.put(configuration({ ...said, to: "second@example.org" }));
  program.signal("SIGHUP");
  old.signal("SIGCONT");
  assert.deepEqual(await file.reloads(1), ["replaced"]);
  assert.equal(await old.exit(), 0, old.log());
  assert.match(await sendRaw(program.port, alert(8)), /^250/);
  assert.deepEqual(sink.mails[0]?.recipients, ["RCPT TO:<second@example.org>"]);
});

Deno.test("what only a new process can change is told; the rest counts at once", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(
    configuration({ sink: sink.port, more: [ON_SIGNAL] }),
  );
  const reloaded = await servedFile(program).reload(
    configuration({
      sink: sink.port,
      listen: "127.0.0.1:1",
      to: "second@example.org",
      more: ["store: {path: elsewhere}", ON_SIGNAL],
    }),
  );
  assert.equal(reloaded, "replaced");
  await until(() => /store: another path/.test(program.log()), { what: "both warnings" });
  assert.match(program.log(), /WARNING app local-smtp: another address, .*serve --replace/);
  assert.match(await sendRaw(program.port, alert(5)), /^250/);
  assert.deepEqual(sink.mails[0]?.recipients, ["RCPT TO:<second@example.org>"]);
  await assert.rejects(Deno.stat(join(program.folder, "elsewhere")), Deno.errors.NotFound);
});

Deno.test("a test in the configuration that fails blocks a reload, and only warns at the start", async () => {
  await using sink = startRecordingSink();
  const tests = [
    "tests:",
    "- name: hello goes on",
    "  mail: {from: a@example.net, subject: hello}",
    `  expect: {actions: ["mailto:first@example.org"]}`,
    ON_SIGNAL,
  ];
  const good = configuration({ sink: sink.port, more: tests });
  const bad = configuration({ sink: sink.port, to: "second@example.org", more: tests });
  await using program = await startProgram(bad);
  const failure =
    /configuration\.yml:9: tests\[0\] .{0,2}hello goes on.{0,2}: expected actions \[mailto:first@example\.org\], got \[mailto:second@example\.org\]/;
  await until(() => /ERROR app a test of the configuration fails/.test(program.log()), {
    what: "the test of the start",
  });
  assert.match(program.log(), failure);
  assert.match(await sendRaw(program.port, alert(6)), /^250/);
  const file = servedFile(program);
  assert.equal(await file.reload(good), "replaced");
  assert.equal(await file.reload(bad), "refused");
  assert.match(await sendRaw(program.port, alert(7)), /^250/);
  const recipients = sink.mails.flatMap((mail) => mail.recipients);
  assert.deepEqual(recipients, ["RCPT TO:<second@example.org>", "RCPT TO:<first@example.org>"]);
  const { configuration: state } = await statusOf(program);
  assert.match(state?.refused?.problems.join() ?? "", failure);
  assert.equal(await file.reload(good), "unchanged");
  assert.equal((await statusOf(program)).configuration?.refused, undefined);
});

Deno.test("SIGHUP reads renewed certificates at once, and sessions go on", async () => {
  await using sink = startRecordingSink();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-reload-" });
  try {
    const before = await makeAuthority("Before");
    await writeCertificate(folder, await before.issue());
    await using program = await startProgram(withCertificate(folder, sink.port));
    const { port } = program;
    using inClear = await connectRaw(port);
    using secure = rawClient(
      await connectWithTls({ port, ca: before.certificate, begin: "starttls" }),
    );
    const after = await makeAuthority("After");
    await writeCertificate(folder, await after.issue());
    program.signal("SIGHUP");
    // Nobody shakes hands meanwhile: it is the signal that makes the program look.
    await until(() => /INFO tls certificate replaced /.test(program.log()), {
      what: "the certificate to be replaced",
    });
    (await connectWithTls({ port, ca: after.certificate, begin: "starttls" })).close();
    assert.match(await secure.say("EHLO still.here") ?? "", /^250/);
    assert.match(await inClear.say("EHLO still.here") ?? "", /^250/);
    assert.equal(await program.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function withCertificate(folder: string, smarthostPort: number): string {
  return [
    "local-smtp:",
    "- listen: 127.0.0.1:0",
    `  tls: {certificate: ${folder}/server.pem, key: ${folder}/server.key}`,
    `remote-smtp: 127.0.0.1:${smarthostPort}`,
    "managers: []",
    "",
  ].join("\n");
}
