/** How a listener ends: closed, or handed over. @module */

import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { connectRaw, sendOn, sendRaw } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { startTestListener } from "../support/test_listener.ts";
import { until, within } from "../support/wait.ts";

Deno.test("SmtpListener.close() ends idle sessions with 421 and takes no more", async () => {
  const listener = startTestListener();
  const fresh = await connectRaw(listener.address.port);
  const open = await connectRaw(listener.address.port);
  await open.say("EHLO x");
  await open.say("MAIL FROM:<a@x>");
  const closed = listener.close(10_000);
  for (const client of [fresh, open]) {
    assert.equal(await client.reply(), "421 4.3.2 Service is shutting down, try later");
    assert.equal(await client.reply(), null);
    client[Symbol.dispose]();
  }
  await closed;
  await assert.rejects(() => connectRaw(listener.address.port), Deno.errors.ConnectionRefused);
  assert.equal(listener.admission.open, 0);
});

Deno.test("SmtpListener.close() lets a message be finished, and says 421 after its reply", async () => {
  const service = recordingService();
  const listener = startTestListener({ service });
  const client = await connectRaw(listener.address.port);
  await client.say("EHLO x");
  await client.say("MAIL FROM:<a@x>");
  await client.say("RCPT TO:<b@x>");
  await client.say("DATA");
  const closed = listener.close(10_000);
  await client.write("late\r\n.\r\nMAIL FROM:<c@x>\r\n");
  assert.equal(await client.reply(), "250 2.0.0 Taken");
  assert.equal(await client.reply(), "421 4.3.2 Service is shutting down, try later");
  assert.equal(await client.reply(), null);
  client[Symbol.dispose]();
  await closed;
  assert.equal(service.mails.length, 1);
});

Deno.test("SmtpListener.close() waits for the reply of the service", async () => {
  const verdict = Promise.withResolvers<{ code: number; lines: [string] }>();
  const service = recordingService({ accept: () => verdict.promise });
  const listener = startTestListener({ service });
  const sent = sendRaw(listener.address.port);
  await until(() => service.mails.length === 1, { what: "the message" });
  const closed = listener.close(10_000);
  verdict.resolve({ code: 250, lines: ["at last"] });
  assert.equal(await sent, "250 at last");
  await closed;
});

Deno.test("SmtpListener.close() cuts off what is left after the grace", async () => {
  const clock = new FakeClock();
  const service = recordingService();
  const listener = startTestListener({ service, clock });
  using client = await connectRaw(listener.address.port);
  await client.say("EHLO x");
  await client.say("MAIL FROM:<a@x>");
  await client.say("RCPT TO:<b@x>");
  await client.say("DATA");
  const closed = listener.close(5_000);
  await until(() => clock.pending > 1, { what: "the grace to begin" });
  clock.advance(5_000);
  await closed;
  assert.equal(await client.reply(), null);
  assert.deepEqual([service.mails.length, service.aborted], [0, 1]);
});

Deno.test("SmtpListener.close() does not wait for a service that never answers", async () => {
  const clock = new FakeClock();
  const verdict = Promise.withResolvers<{ code: number; lines: [string] }>();
  const service = recordingService({ accept: () => verdict.promise });
  const listener = startTestListener({ service, clock });
  const sent = sendRaw(listener.address.port);
  await until(() => service.mails.length === 1, { what: "the message" });
  const closed = listener.close(5_000);
  await until(() => clock.pending > 1, { what: "the grace to begin" });
  clock.advance(5_000);
  assert.equal(await sent, "(closed)");
  clock.advance(1_000);
  await closed;
  verdict.resolve({ code: 250, lines: ["too late"] });
  await until(() => listener.admission.open === 0, { what: "the session to end" });
});

Deno.test("SmtpListener.handOver() lets sessions end by themselves, and ends with them", async () => {
  const service = recordingService();
  const old = startTestListener({ service, clock: SYSTEM_CLOCK });
  using client = await connectRaw(old.address.port);
  await using next = startTestListener({ address: old.address, beside: true });
  const handedOver = old.handOver(60_000);
  assert.match(await sendOn(client), /^250 /);
  assert.match(await client.say("QUIT") ?? "", /^221 /);
  await handedOver;
  assert.equal(service.mails.length, 1);
  assert.match(await sendRaw(next.address.port), /^250 /);
  await old.close(0);
});

Deno.test("SmtpListener.handOver() waits no longer than it may for a session", async () => {
  const old = startTestListener({ clock: SYSTEM_CLOCK });
  const client = await connectRaw(old.address.port);
  await within(old.handOver(50), { what: "the hand-over" });
  assert.match(await client.say("NOOP") ?? "", /^250 /);
  await assert.rejects(() => connectRaw(old.address.port), Deno.errors.ConnectionRefused);
  const closed = old.close(10_000);
  assert.match(await client.reply() ?? "", /^421 /);
  client[Symbol.dispose]();
  await closed;
});
