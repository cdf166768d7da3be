/**
 * The faults of 2017 that are not routing's alone, each by its number in the list of ten; those
 * of routing are in routing/faults_2017_test.ts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runCommandLine } from "../lib/cli/command_line.ts";
import { loadConfiguration, parseConfiguration } from "../lib/config/load.ts";
import { capturedTerminal } from "./support/captured_terminal.ts";
import { latin1 } from "./support/octets.ts";
import { startOwnRelay } from "./support/own_relay.ts";
import { sendRaw } from "./support/raw_client.ts";
import { type RecordingSink, startRecordingSink } from "./support/recording_sink.ts";
import { queueIdIn, queueOf } from "./support/store_reading.ts";
import { until } from "./support/wait.ts";

const REFUSING = (command: string) =>
  command.includes("<gone@") ? "550 5.1.1 nobody of that name" : null;
const DEFERRING = (command: string) => command.includes("<gone@") ? "450 4.2.0 mailbox busy" : null;

function configurationText(sink: RecordingSink): string {
  return `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink.port}
managers:
  - name: mail
    messages-we-want: {from: go@example.com}
    rules:
      - actions: [mailto:sys@example.com, mailto:gone@example.com]
        filter: {function: mail.in_subject, args: [backup]}
`;
}

/** A mail that the rule sends to both. */
const BACKUP = { from: "go@example.com", message: "Subject: Server backup\r\n\r\nfailed\r\n" };

async function sendThrough(
  sink: RecordingSink,
  mail: { from?: string; to?: readonly string[]; message?: string },
): Promise<string> {
  await using relay = await startOwnRelay(configurationText(sink));
  return await sendRaw(relay.port, mail);
}

Deno.test("fault 1: what the mail server refuses is not answered 250", async () => {
  await using sink = startRecordingSink(REFUSING);
  assert.match(await sendThrough(sink, { to: ["gone@example.com"] }), /^550 5\.1\.1 nobody/);
  assert.deepEqual(sink.mails.flatMap(({ recipients }) => recipients), []);
});

Deno.test("fault 1: what the mail server refuses for some is told to the sender and kept", async () => {
  await using sink = startRecordingSink(REFUSING);
  await using relay = await startOwnRelay(configurationText(sink));
  const queueId = queueIdIn(await sendRaw(relay.port, BACKUP));
  const [first, notice] = await until(() => sink.mails.length === 2 && sink.mails, {
    what: "the mail and the notice of its failure",
  });
  assert.deepEqual(first?.recipients, ["RCPT TO:<sys@example.com>"]);
  assert.match(notice?.mail ?? "", /^MAIL FROM:<>/);
  assert.deepEqual(notice?.recipients, ["RCPT TO:<go@example.com>"]);
  const report = latin1(notice?.message ?? new Uint8Array());
  assert.match(report, /\r\nFinal-Recipient: rfc822; gone@example\.com\r\nAction: failed\r\n/);
  await until(() => queueOf(relay.store).length === 1, { what: "the notice to leave the queue" });
  const [kept] = queueOf(relay.store);
  assert.deepEqual({ queueId: kept?.queueId, state: kept?.state }, { queueId, state: "dead" });
  assert.deepEqual(kept?.deliveries.map(({ recipients }) => recipients), [["gone@example.com"]]);
});

Deno.test("fault 1: what the mail server defers is answered 250 once it is stored", async () => {
  await using sink = startRecordingSink(DEFERRING);
  await using relay = await startOwnRelay(configurationText(sink));
  const reply = await sendRaw(relay.port, BACKUP);
  assert.match(reply, /^250 2\.0\.0 queued as /);
  const [kept, ...others] = queueOf(relay.store);
  assert.deepEqual(others, []);
  assert.deepEqual({ queueId: kept?.queueId, state: kept?.state }, {
    queueId: queueIdIn(reply),
    state: "waiting",
  });
  assert.deepEqual(kept?.deliveries.map(({ recipients }) => recipients), [["gone@example.com"]]);
  assert.match(kept?.deliveries[0]?.reason ?? "", /450 4\.2\.0 mailbox busy/);
  const taken = sink.mails.flatMap(({ recipients }) => recipients);
  assert.deepEqual(taken, ["RCPT TO:<sys@example.com>"]);
});

Deno.test("fault 2: a mail that is not UTF-8 arrives, octet by octet", async () => {
  await using sink = startRecordingSink();
  const message =
    "Subject: Drucker gest\xf6rt\r\nContent-Type: text/plain; charset=iso-8859-1\r\n" +
    "\r\n\xff\xfe\x80 Gr\xfc\xdfe\r\n";
  assert.match(await sendThrough(sink, { message }), /^250 /);
  assert.ok(latin1(sink.mails[0]?.message ?? new Uint8Array()).endsWith(`\r\n${message}`));
});

Deno.test("fault 4: whom a claimed mail was for besides still gets it, every octet of it", async () => {
  await using sink = startRecordingSink();
  const text = configurationText(sink).replace("{from: go@example.com}", "{to: m2a@example.com}");
  await using relay = await startOwnRelay(text);
  const to = ["m2a@example.com", "boss@example.com"];
  const message = 'From: "Go, Server" <go@example.com>\r\nSubject: Server backup\r\n\r\nfailed\r\n';
  assert.match(await sendRaw(relay.port, { to, message }), /^250 /);
  const sent = new Map(sink.mails.map((mail) => [mail.recipients.join(), latin1(mail.message)]));
  assert.ok(sent.get("RCPT TO:<boss@example.com>")?.endsWith(`\r\n${message}`));
  const rewritten = sent.get("RCPT TO:<sys@example.com>,RCPT TO:<gone@example.com>") ?? "";
  assert.match(
    rewritten,
    /\nFrom: a@example\.net\r\n[^]*\nTo: sys@example\.com, gone@example\.com\r\n/,
  );
});

Deno.test("fault 6: the configuration is data and is read once", async () => {
  await using sink = startRecordingSink();
  const folder = await Deno.makeTempDir();
  const path = `${folder}/configuration.yml`;
  await Deno.writeTextFile(path, configurationText(sink));
  await using relay = await startOwnRelay(await loadConfiguration(path, () => undefined));
  await Deno.remove(folder, { recursive: true });
  assert.match(await sendRaw(relay.port, {}), /^250 /);
  const tagged = 'local-smtp: !!python/object/apply:os.system ["true"]\nremote-smtp: x:25\n';
  assert.throws(() => parseConfiguration("c.yml", tagged, () => undefined), {
    code: "config-invalid",
  });
});

Deno.test("fault 10: mistakes show before the rules are loaded, and who gets what can be asked", async () => {
  const folder = await Deno.makeTempDir();
  const terminal = capturedTerminal();
  try {
    await using sink = startRecordingSink();
    const wrong = configurationText(sink).replace("mailto:sys", "mialto:sys")
      .replace("mail.in_subject", "mail.in_subjekt");
    await Deno.writeTextFile(`${folder}/wrong.yml`, wrong);
    await Deno.writeTextFile(`${folder}/right.yml`, configurationText(sink));
    assert.equal(await runCommandLine(["check", "--config", `${folder}/wrong.yml`], terminal), 2);
    assert.match(terminal.stderr(), /wrong\.yml:7: .*"mialto:sys@example\.com"/);
    assert.match(terminal.stderr(), /wrong\.yml:8: .*did you mean "mail\.in_subject"/);
    assert.equal(await runCommandLine(["report", "--config", `${folder}/right.yml`], terminal), 0);
    assert.equal(terminal.stdout(), "mail: null\n\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
