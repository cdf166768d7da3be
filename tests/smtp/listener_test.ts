import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { Admission } from "../../lib/smtp/admission.ts";
import { SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { connectRaw, sendOn, sendRaw } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { LIMITS, startTestListener } from "../support/test_listener.ts";
import { until, within } from "../support/wait.ts";

for (const hostname of ["127.0.0.1", "::1", "localhost", "0.0.0.0"]) {
  Deno.test(`listen() serves on ${hostname} and says where`, async () => {
    await using listener = startTestListener({ address: { hostname, port: 0 } });
    assert.notEqual(listener.address.port, 0);
    const at = listener.address.hostname === "0.0.0.0" ? "127.0.0.1" : listener.address.hostname;
    using client = await connectRaw(listener.address.port, at);
    assert.equal(client.greeting, "220 relay.test ESMTP");
  });
}

Deno.test("listen() says what to do when another program has the port", async () => {
  await using listener = startTestListener();
  assert.throws(
    () => startTestListener({ address: listener.address }),
    (error) =>
      error instanceof RelayError && error.code === "listen-failed" &&
      error.message.startsWith(`Cannot listen on 127.0.0.1 port ${listener.address.port}: another`),
  );
});

const failures = [
  { error: new Deno.errors.AddrNotAvailable("x"), remedy: /no such address/ },
  { error: new Deno.errors.PermissionDenied("x"), remedy: /below 1024 need root/ },
  { error: new Error("failed to lookup address information"), remedy: /lookup.*; name an address/ },
];

for (const { error: cause, remedy } of failures) {
  Deno.test(`listen() says what to do when it fails with ${cause.name}: ${cause.message}`, () => {
    const bind = () => {
      throw cause;
    };
    assert.throws(
      () => startTestListener({ bind }),
      (error) =>
        error instanceof RelayError && error.code === "listen-failed" &&
        remedy.test(error.message) && error.cause === cause,
    );
  });
}

Deno.test("listen() turns a peer away that has too many connections, and takes it back", async () => {
  await using listener = startTestListener({ limits: { connectionsPerPeer: 2 } });
  const { port } = listener.address;
  using _first = await connectRaw(port);
  const second = await connectRaw(port);
  using third = await connectRaw(port);
  assert.match(third.greeting, /^421 4\.7\.0 Too many connections from your address/);
  assert.equal(await third.reply(), null);
  second[Symbol.dispose]();
  await until(() => listener.admission.open === 1, { what: "the session to end" });
  assert.match(await sendRaw(port), /^250 /);
});

Deno.test("listen() counts the connections of all listeners together", async () => {
  const admission = new Admission({ ...LIMITS, connections: 1 });
  await using one = startTestListener({ admission });
  await using two = startTestListener({ admission });
  using _client = await connectRaw(one.address.port);
  using other = await connectRaw(two.address.port);
  assert.match(other.greeting, /^421 4\.7\.0 Too many connections, try later/);
});

Deno.test("listen() goes on accepting after failures, waiting longer each time", async () => {
  const clock = new FakeClock();
  let failuresLeft = 12;
  const bind = (address: { hostname: string; port: number }) => {
    const listener = Deno.listen(address);
    const accept = listener.accept.bind(listener);
    listener.accept = () =>
      failuresLeft-- > 0
        ? Promise.reject(new Error("Too many open files (os error 24)"))
        : accept();
    return listener;
  };
  await using listener = startTestListener({ bind, clock });
  const client = connectRaw(listener.address.port);
  let waitedMs = 0;
  for (let expectedMs = 10; failuresLeft > 0; expectedMs = Math.min(2 * expectedMs, 1000)) {
    await until(() => clock.pending > 0, { what: "a pause" });
    const before = failuresLeft;
    clock.advance(expectedMs - 1);
    await Promise.resolve();
    assert.equal(failuresLeft, before, `retried before ${expectedMs} ms were over`);
    clock.advance(1);
    waitedMs += expectedMs;
    await until(() => failuresLeft < before, { what: "the next try" });
  }
  assert.ok(waitedMs < 10_000);
  await until(() => clock.pending > 0, { what: "the last pause" });
  clock.advance(1000);
  using served = await client;
  assert.equal(served.greeting, "220 relay.test ESMTP");
});

Deno.test("listen() refuses a client that talks before the greeting", async () => {
  const talked = Promise.withResolvers<void>();
  const service = recordingService();
  const bind = (address: { hostname: string; port: number }) => {
    const listener = Deno.listen(address);
    const accept = listener.accept.bind(listener);
    listener.accept = () => talked.promise.then(accept);
    return listener;
  };
  await using listener = startTestListener({ bind, service });
  const conn = await Deno.connect({ port: listener.address.port, hostname: "127.0.0.1" });
  await conn.write(new TextEncoder().encode("EHLO x\r\nMAIL FROM:<a@x>\r\n"));
  talked.resolve();
  const buffer = new Uint8Array(1000);
  const count = await conn.read(buffer) ?? 0;
  assert.equal(
    new TextDecoder().decode(buffer.subarray(0, count)),
    "554 5.5.1 Wait for the greeting before you speak\r\n",
  );
  assert.equal(await conn.read(buffer), null);
  conn.close();
  assert.equal(service.begun, 0);
});

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

Deno.test("listen() serves 200 clients at once", async () => {
  const service = recordingService();
  await using listener = startTestListener({ service, limits: { connectionsPerPeer: 500 } });
  const replies = await Promise.all(
    Array.from({ length: 200 }, () => sendRaw(listener.address.port)),
  );
  assert.deepEqual(new Set(replies), new Set(["250 2.0.0 Taken"]));
  assert.equal(service.mails.length, 200);
  assert.ok(LIMITS.connections >= 200);
});
