/**
 * The whole program between a notifier and a mail server.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { latin1 } from "../support/octets.ts";
import { freePort } from "../support/ports.ts";
import { startProgram } from "../support/program.ts";
import { connectRaw, MESSAGE, sendOn, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { queueIdIn, waitingIn } from "../support/store_reading.ts";
import { HANG_MS, until } from "../support/wait.ts";

/** The field that the program adds. */
const RECEIVED = /^Received: [^]*?\r\n(?![ \t])/;

Deno.test("serve passes a mail on octet by octet and answers with its queue id", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  const message = `${MESSAGE}Gr\xfc\xdfe \x80\x9f\0\r\n.\r\n..\r\n`;
  const stuffed = message.replace(/^\./gm, "..");
  const reply = await sendRaw(program.port, { message: stuffed, parameters: "BODY=8BITMIME" });
  const [, queueId = ""] = /^250 2\.0\.0 .*\b([0-9A-HJKMNP-TV-Z]{26})$/.exec(reply) ?? [];
  const [mail] = sink.mails;
  assert.equal(sink.mails.length, 1);
  assert.match(mail?.mail ?? "", /^MAIL FROM:<a@example\.net>/);
  assert.deepEqual(mail?.recipients.map((command) => command.split(" ")[1]), [
    "TO:<b@example.org>",
  ]);
  const [, received = "", rest] =
    /^(Received: [^]*?\r\n)(?![ \t])([^]*)$/.exec(latin1(mail?.message ?? new Uint8Array())) ?? [];
  assert.equal(rest, message);
  assert.ok(queueId !== "" && received.includes(queueId), `${reply} / ${received}`);
  assert.equal(await program.stop(), 0);
});

Deno.test("serve holds a message larger than its memory and passes it on whole", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  const message = `Subject: large\r\n\r\n${`${"0123456789".repeat(9)}\r\n`.repeat(60_000)}`;
  assert.match(await sendRaw(program.port, { message }), /^250 /);
  assert.ok(latin1(sink.mails[0]?.message ?? new Uint8Array()).endsWith(message));
  await until(() => filesIn(`${program.store}/spool`).length === 0, { what: "an empty spool" });
  assert.equal(await program.stop(), 0);
});

Deno.test("serve gives the notifier the mail server's own refusal", async () => {
  await using sink = startRecordingSink((command) =>
    command.includes("<gone@") ? "550 5.1.1 nobody of that name" : null
  );
  await using program = await startProgram(passThrough(sink.port));
  const reply = await sendRaw(program.port, { to: ["gone@example.org"] });
  assert.match(reply, /^550 5\.1\.1 .*nobody of that name/);
  assert.equal(await program.stop(), 0);
});

const failures = [
  { name: "is down", port: () => freePort() },
  // A port that takes connections into its queue and never says a word.
  { name: "never answers", port: silentPort },
] as const;

for (const { name, port } of failures) {
  Deno.test(`serve stores a mail within ack-budget when the mail server ${name}`, async () => {
    using silence = new DisposableStack();
    const smarthost = port(silence);
    await using program = await startProgram(passThrough(smarthost, "ack-budget: 1s"));
    const began = performance.now();
    const reply = await sendRaw(program.port);
    assert.match(reply, /^250 2\.0\.0 queued as /);
    assert.ok(performance.now() - began < HANG_MS);
    assert.deepEqual(waitingIn(program.store), [queueIdIn(reply)]);
    assert.equal(await program.stop(), 0);
    assert.match(program.log(), / WARNING queue deferred /);
    assert.deepEqual(waitingIn(program.store), [queueIdIn(reply)]);
  });
}

Deno.test("serve delivers a stored mail, whole and once, when the mail server is there again", async () => {
  let away = true;
  await using sink = startRecordingSink(() => away ? "421 4.3.2 closing" : null);
  await using program = await startProgram(passThrough(sink.port, "queue: {first-retry: 500ms}"));
  const message = `Subject: large\r\n\r\n${`${"0123456789".repeat(9)}\r\n`.repeat(20_000)}`;
  const replies = [
    await sendRaw(program.port),
    await sendRaw(program.port, { message }),
  ];
  for (const reply of replies) assert.match(reply, /^250 2\.0\.0 queued as /);
  assert.equal(sink.mails.length, 0);
  away = false;
  await until(() => waitingIn(program.store).length === 0, { what: "the queue to be empty" });
  const arrived = sink.mails.map((mail) => latin1(mail.message).replace(RECEIVED, ""));
  assert.deepEqual(new Set(arrived), new Set([MESSAGE, message]));
  assert.equal(arrived.length, 2);
  await until(() => filesIn(`${program.store}/messages`).length === 0, { what: "no message left" });
  assert.equal(await program.stop(), 0);
  assert.match(program.log(), / INFO queue delivered from the queue /);
});

Deno.test("serve listens on several addresses, IPv6 too, and serves all", async () => {
  await using sink = startRecordingSink();
  const configuration = passThrough(sink.port).replace(
    "local-smtp: 127.0.0.1:0",
    'local-smtp: [{listen: "127.0.0.1:0"}, {listen: "[::1]:0"}, {listen: "127.0.0.1:0"}]',
  );
  await using program = await startProgram(configuration, { listeners: 3 });
  assert.deepEqual(program.listening.map(({ hostname }) => hostname), [
    "127.0.0.1",
    "::1",
    "127.0.0.1",
  ]);
  for (const { hostname, port } of program.listening) {
    using client = await connectRaw(port, hostname);
    const message = MESSAGE.replace("hello", `to port ${port}`);
    assert.match(await sendOn(client, { message }), /^250 /);
  }
  assert.equal(sink.mails.length, 3);
  assert.equal(await program.stop(), 0);
});

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

function silentPort(silence: DisposableStack): number {
  const listener = silence.use(Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  return listener.addr.port;
}
