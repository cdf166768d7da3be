import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { Admission } from "../../lib/smtp/admission.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { openFileTls } from "../support/file_tls.ts";
import { connectRaw, sendRaw } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { LIMITS, startTestListener } from "../support/test_listener.ts";
import { until } from "../support/wait.ts";

const file = await openFileTls();

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

Deno.test("listen() says nothing in clear where TLS comes first, also to one too many", async () => {
  const tls = { server: file.tls, mode: "implicit", required: true } as const;
  await using listener = startTestListener({ limits: { connectionsPerPeer: 0 }, tls });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
  assert.equal(await conn.read(new Uint8Array(100)), null);
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
