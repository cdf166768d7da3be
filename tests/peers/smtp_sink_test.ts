/**
 * Postfix' `smtp-sink` as the mail server: sound, and with every fault that it can feign. The
 * notifier never gets a 2xx for a mail that is neither accepted nor stored.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { passThrough } from "../support/configuration.ts";
import { freePort } from "../support/ports.ts";
import { bodyOf, octets } from "../support/octets.ts";
import { startProgram } from "../support/program.ts";
import { connectRaw, MESSAGE, sendOn, sendRaw } from "../support/raw_client.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { queueIdIn, queueOf, waitingIn } from "../support/store_reading.ts";
import { until } from "../support/wait.ts";

/** For mail servers that are silent for longer; and where an answer must come from the server. */
const BUDGET = "ack-budget: 2s";
const PATIENT = "ack-budget: 2m";
const SOON = "queue: {first-retry: 500ms, max-retry: 2s}";
/** Half of the time for which the slow ones are silent: whoever is quicker did not wait for them. */
const BUDGET_LIMIT_MS = 60_000;

const sound: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: "as it is", args: [] },
  { name: "without PIPELINING", args: ["-p"] },
  { name: "without 8BITMIME", args: ["-8"] },
  { name: "without ENHANCEDSTATUSCODES", args: ["-E"] },
  { name: "without ESMTP", args: ["-e"] },
];

for (const { name, args } of sound) {
  Deno.test(`smtp-sink ${name} gets a mail octet by octet`, async () => {
    await using sink = await startSmtpSink({ args, dump: true });
    await using program = await startProgram(passThrough(sink.port));
    const body = `.\r\n..\r\n.x\r\n\r\n${"0123456789".repeat(99)}\r\n\r\n${"y\r\n".repeat(30_000)}`;
    const reply = await sendRaw(program.port, {
      to: ["b@example.org", "c@example.org"],
      message: `Subject: x\r\n\r\n${body}`.replace(/^\./gm, ".."),
    });
    assert.match(reply, /^250 2\.0\.0 /);
    const mail = await until(() => sink.mails()[0], { what: "the dump" });
    assert.equal(mail.mail.split(" ")[0], "<a@example.net>");
    assert.deepEqual(mail.recipients, ["<b@example.org>", "<c@example.org>"]);
    assert.equal(digest(bodyOf(mail.message)), digest(body));
    assert.equal(await program.stop(), 0);
  });
}

const refusals: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly reply: RegExp;
}[] = [
  {
    name: "refuses every recipient",
    args: ["-f", "RCPT", "-B", "550 5.1.1 sink knows nobody"],
    reply: /^550 5\.1\.1 [^]*sink knows nobody/,
  },
  {
    name: "refuses the sender",
    args: ["-f", "MAIL", "-B", "553 5.1.8 sink dislikes you"],
    reply: /^553 5\.1\.8 [^]*sink dislikes you/,
  },
  { name: "refuses DATA", args: ["-f", "DATA"], reply: /^5\d\d 5\./ },
  {
    name: "refuses the message",
    args: ["-f", ".", "-B", "554 5.6.0 sink refuses this"],
    reply: /^554 5\.6\.0 [^]*sink refuses this/,
  },
  {
    name: "refuses before the end of data",
    args: ["-A", "0"],
    reply: /^550 5\.0\.0 This violates SMTP/,
  },
];

for (const { name, args, reply } of refusals) {
  Deno.test(`a smtp-sink that ${name} never makes a 2xx, and nothing is kept`, async () => {
    await using sink = await startSmtpSink({ args });
    await using program = await startProgram(passThrough(sink.port, PATIENT));
    assert.match(await sendRaw(program.port), reply);
    assert.deepEqual(queueOf(program.store), []);
    assert.equal(await program.stop(), 0);
  });
}

const faults: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly message?: string;
}[] = [
  { name: "puts off every recipient", args: ["-r", "RCPT", "-b", "450 4.2.0 sink busy"] },
  { name: "puts off the sender", args: ["-r", "MAIL"] },
  { name: "puts off DATA", args: ["-r", "DATA"] },
  { name: "puts off the message", args: ["-r", "."] },
  { name: "turns connections away", args: ["-r", "CONNECT"] },
  { name: "puts off EHLO and HELO", args: ["-r", "EHLO,HELO"] },
  { name: "hangs up after MAIL", args: ["-q", "MAIL"] },
  { name: "hangs up after RCPT", args: ["-q", "RCPT"] },
  { name: "hangs up after DATA", args: ["-q", "DATA"] },
  { name: "hangs up after the end of data", args: ["-q", "."] },
  { name: "says 421 to RCPT", args: ["-Q", "RCPT"] },
  { name: "says 421 to DATA", args: ["-Q", "DATA"] },
  { name: "says 421 to the end of data", args: ["-Q", "."] },
  { name: "is slow with the greeting", args: ["-W", "CONNECT:120"] },
  { name: "is slow with DATA", args: ["-w", "120"] },
  { name: "is slow with the end of data", args: ["-W", ".:120"] },
  {
    name: "stops reading",
    args: ["-H", "120", "-T", "1024"],
    message: MESSAGE.padEnd(8_000_000, `${"z".repeat(70)}\r\n`).replace(/[^\n]*$/, ""),
  },
];

for (const { name, args, message = MESSAGE } of faults) {
  Deno.test(`a smtp-sink that ${name}: the mail is stored for its successor`, async () => {
    const port = freePort();
    await using program = await startProgram(passThrough(port, `${BUDGET}\n${SOON}`));
    const began = performance.now();
    {
      await using _faulty = await startSmtpSink({ args, port });
      const reply = await sendRaw(program.port, { message });
      assert.ok(performance.now() - began < BUDGET_LIMIT_MS, "it takes longer than ack-budget");
      assert.match(reply, /^250 2\.0\.0 queued as /);
      assert.deepEqual(waitingIn(program.store), [queueIdIn(reply)]);
    }
    await using sink = await startSmtpSink({ port, dump: true });
    const empty = () => waitingIn(program.store).length === 0;
    await until(empty, { what: "the queue to be empty", withinMs: 120_000 });
    await until(() => sink.mails().length > 0, { what: "the dump" });
    assert.deepEqual(sink.mails().map((mail) => digest(bodyOf(mail.message))), [
      digest(bodyOf(message)),
    ]);
    assert.equal(await program.stop(), 0);
  });
}

Deno.test("a mail server that is down: its mails wait, and come with the first after its return", async () => {
  const port = freePort();
  // Not so often that it fails five times before the server is back: the next mail would wait as well.
  const later = "queue: {first-retry: 8s, max-retry: 8s}";
  await using program = await startProgram(passThrough(port, `${PATIENT}\n${later}`));
  assert.match(await sendRaw(program.port), /^250 2\.0\.0 queued as /);
  await using sink = await startSmtpSink({ port, dump: true });
  const message = MESSAGE.replace("hello", "another");
  assert.match(await sendRaw(program.port, { message }), /^250 2\.0\.0 Accepted as /);
  await until(() => sink.mails().length === 2, { what: "both mails" });
  await until(() => waitingIn(program.store).length === 0, { what: "the queue to be empty" });
  assert.equal(await program.stop(), 0);
  assert.deepEqual(queueOf(program.store), []);
  assert.equal(sink.mails().length, 2);
});

Deno.test("a mail server that restarts between two mails loses none", async () => {
  const port = freePort();
  await using program = await startProgram(passThrough(port, PATIENT));
  using client = await connectRaw(program.port);
  for (const round of [1, 2, 3]) {
    await using sink = await startSmtpSink({ port, dump: true });
    const message = MESSAGE.replace("hello", `round ${round}`);
    assert.match(await sendOn(client, { message }), /^250 2\.0\.0 Accepted as /);
    await until(() => sink.mails().length === 1, { what: "the mail of this round" });
  }
  assert.equal(await program.stop(), 0);
});

function digest(text: string): string {
  return createHash("sha256").update(octets(text)).digest("hex");
}
