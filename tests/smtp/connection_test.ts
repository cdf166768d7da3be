/**
 * Sessions whose peer, service or disk misbehaves; what the dialogs cannot say.
 *
 * @module
 */

import assert from "node:assert/strict";
import { FakeClock } from "../support/fake_clock.ts";
import { latin1, octets } from "../support/octets.ts";
import { connectRaw, sendOn, sendRaw } from "../support/raw_client.ts";
import { recordingService, TAKEN } from "../support/recording_service.ts";
import { startTestListener } from "../support/test_listener.ts";
import { until } from "../support/wait.ts";

Deno.test("a service that cannot begin costs the mail a 451, not the session", async () => {
  let broken = true;
  const good = recordingService();
  const begin: typeof good.begin = (envelope) => {
    if (broken) throw new Error("bug");
    return good.begin(envelope);
  };
  await using listener = startTestListener({ service: { begin } });
  using client = await connectRaw(listener.address.port);
  assert.equal(await sendOn(client), "451 4.3.0 Local error, try later");
  broken = false;
  assert.equal(await sendOn(client), "250 2.0.0 Taken");
});

Deno.test("a sink that fails to write costs the mail a 451, after the whole message", async () => {
  let broken = true;
  const service = recordingService({
    write: () => broken ? Promise.reject(new Error("disk")) : undefined,
  });
  await using listener = startTestListener({ service });
  using client = await connectRaw(listener.address.port);
  const message = "x\r\n".repeat(50_000);
  assert.equal(await sendOn(client, { message }), "451 4.3.0 Local error, try later");
  assert.deepEqual([service.mails.length, service.aborted], [0, 1]);
  broken = false;
  assert.equal(await sendOn(client, { message }), "250 2.0.0 Taken");
  assert.equal(service.mails[0]?.text, message);
});

Deno.test("a sink that fails to accept costs the mail a 451", async () => {
  const service = recordingService({ accept: () => Promise.reject(new Error("bug")) });
  await using listener = startTestListener({ service });
  assert.equal(await sendRaw(listener.address.port), "451 4.3.0 Local error, try later");
});

Deno.test("the reply of the mail server goes back, made harmless", async () => {
  const service = recordingService({
    accept: () => ({ code: 550, status: "5.7.1", lines: ["no\r\n250 yes", "für immer"] }),
  });
  await using listener = startTestListener({ service });
  assert.equal(
    await sendRaw(listener.address.port),
    "550-5.7.1 no??250 yes\n550 5.7.1 f?r immer",
  );
});

Deno.test("the envelope says who sent the mail and how", async () => {
  const service = recordingService();
  await using listener = startTestListener({ service });
  using client = await connectRaw(listener.address.port);
  for (const hello of ["HELO old.test", "EHLO new.test"]) {
    await client.say(hello);
    await client.say("MAIL FROM:<a@x>");
    await client.say("RCPT TO:<b@x>");
    await client.say("DATA");
    await client.say(".");
  }
  await sendOn(client, { parameters: "SMTPUTF8" });
  assert.deepEqual(service.mails.map(({ envelope }) => envelope.session), [
    { peer: "127.0.0.1", helo: "old.test", protocol: "SMTP" },
    { peer: "127.0.0.1", helo: "new.test", protocol: "ESMTP" },
    { peer: "127.0.0.1", helo: "notifier.test", protocol: "UTF8SMTP" },
  ]);
});

Deno.test("a slow disk and a slow service are not the peer's silence", async () => {
  const clock = new FakeClock();
  const write = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<typeof TAKEN>();
  let written = 0;
  const service = recordingService({
    write: () => {
      written++;
      return write.promise;
    },
    accept: () => verdict.promise,
  });
  await using listener = startTestListener({ service, clock, limits: { idleMs: 60_000 } });
  const sent = sendRaw(listener.address.port);
  await until(() => written === 1, { what: "the first octets" });
  clock.advance(100_000);
  write.resolve();
  await until(() => service.mails.length === 1, { what: "the message" });
  clock.advance(10_000_000);
  verdict.resolve(TAKEN);
  assert.equal(await sent, "250 2.0.0 Taken");
});

Deno.test("a message whose time is over is not taken, even if its end has come", async () => {
  const clock = new FakeClock();
  const write = Promise.withResolvers<void>();
  let written = 0;
  const service = recordingService({
    write: () => {
      written++;
      return write.promise;
    },
  });
  await using listener = startTestListener({ service, clock, limits: { transactionMs: 5_000 } });
  const sent = sendRaw(listener.address.port);
  await until(() => written === 1, { what: "the whole message" });
  clock.advance(5_000);
  write.resolve();
  assert.equal(await sent, "421 4.4.2 Message took too long, closing");
  await until(() => service.open === 0, { what: "the sink to be ended" });
  assert.deepEqual([service.mails.length, service.aborted], [0, 1]);
});

Deno.test("a peer that trickles octets is cut off when the message's time is over", async () => {
  const clock = new FakeClock();
  const service = recordingService();
  const limits = { idleMs: 1_000, transactionMs: 5_000 };
  await using listener = startTestListener({ service, clock, limits });
  using client = await connectRaw(listener.address.port);
  await client.say("EHLO x");
  await client.write("MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n");
  for (const code of ["250", "250", "354"]) {
    assert.match(await client.reply() ?? "", new RegExp(code));
  }
  let closed = false;
  const last = client.reply().then((reply) => {
    closed = true;
    return reply;
  });
  for (let trickled = 1; !closed && trickled <= 100; trickled++) {
    await client.write("x");
    await until(() => closed || service.octets === trickled, { what: "an octet to be read" });
    clock.advance(900);
  }
  assert.equal(await last, "421 4.4.2 Message took too long, closing");
  assert.equal(service.mails.length, 0);
});

Deno.test("a peer that does not read its replies is closed, and takes no memory", async () => {
  const clock = new FakeClock();
  await using listener = startTestListener({ clock, limits: { mailsPerConnection: 1e9 } });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
  const flood = octets("EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n.\r\n".repeat(300));
  let blocked = false;
  const flooding = (async () => {
    for (;;) {
      for (let sent = 0; sent < flood.length;) {
        sent += await conn.write(flood.subarray(sent));
        blocked = false;
      }
    }
  })().catch((error) => assert.ok(error instanceof Error));
  await until(() => {
    const still = blocked;
    blocked = true;
    return still;
  }, { what: "the server to stop reading", everyMs: 200, withinMs: 300_000 });
  clock.advance(300_000);
  await until(() => {
    clock.advance(1_000);
    return listener.admission.open === 0;
  }, { what: "the server to close" });
  await flooding;
  conn.close();
});

Deno.test("a connection reset in a message keeps nothing", async () => {
  const service = recordingService();
  await using listener = startTestListener({ service });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
  await conn.write(octets("")); // Nothing yet: the greeting comes first.
  await conn.read(new Uint8Array(1));
  await conn.write(octets("EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nhalf"));
  await until(() => service.begun === 1, { what: "the message" });
  conn.close(); // With unread replies, this sends RST.
  await until(() => service.aborted === 1, { what: "the sink to be told" });
  assert.equal(service.mails.length, 0);
});

Deno.test("a peer that is dismissed while it sends gets its last reply, not a reset", async () => {
  for (let attempt = 0; attempt < 20; attempt++) {
    await using listener = startTestListener();
    using client = await connectRaw(listener.address.port);
    await client.write("POST / HTTP/1.1\r\n");
    await client.write(`Host: relay.test\r\n\r\n${"x".repeat(300_000)}`);
    assert.equal(await client.reply(), "554 5.5.1 This is SMTP, not another protocol");
    await client.write("x".repeat(300_000));
    assert.equal(await client.reply(), null);
  }
});

Deno.test("a dismissed peer that goes on sending is cut off in the end", async () => {
  const clock = new FakeClock();
  await using listener = startTestListener({ clock });
  using client = await connectRaw(listener.address.port);
  await client.write("GET / HTTP/1.1\r\n");
  assert.match(await client.reply() ?? "", /^554/);
  assert.equal(await client.reply(), null);
  assert.equal(listener.admission.open, 1);
  clock.advance(1_000);
  await until(() => listener.admission.open === 0, { what: "the session to end" });
});

Deno.test("replies to pipelined commands come in one packet", async () => {
  await using listener = startTestListener();
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
  const buffer = new Uint8Array(10_000);
  await conn.read(buffer);
  await conn.write(octets("HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"));
  const count = await conn.read(buffer) ?? 0;
  assert.equal(latin1(buffer.subarray(0, count)).match(/^\d{3} /gm)?.length, 4);
  conn.close();
});

Deno.test("a reply is not held back by the commands after it", async () => {
  const verdict = Promise.withResolvers<typeof TAKEN>();
  const service = recordingService({ accept: () => verdict.promise });
  await using listener = startTestListener({ service });
  using client = await connectRaw(listener.address.port);
  await client.write("HELO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n");
  for (const code of ["250", "250", "250", "354"]) {
    assert.equal((await client.reply())?.slice(0, 3), code);
  }
  verdict.resolve(TAKEN);
  assert.equal(await client.reply(), "250 2.0.0 Taken");
  assert.equal(await client.reply(), "250 2.0.0 OK");
});

Deno.test("a message of 20 MB passes unchanged", async () => {
  const service = recordingService();
  await using listener = startTestListener({ service, limits: { messageSizeOctets: 25e6 } });
  const line = "0123456789abcdef".repeat(4) + "\r\n";
  const message = line.repeat(300_000);
  assert.equal(await sendRaw(listener.address.port, { message }), "250 2.0.0 Taken");
  assert.ok(service.mails[0]?.text === message);
});
