/** The relay as a whole, in this process: real sockets on both sides, a store on a real disk. @module */

import assert from "node:assert/strict";
import { startGocdServer } from "../lib/cli/demo/gocd_server.ts";
import { RelayError } from "../lib/errors.ts";
import type { Routing } from "../lib/routing/trace.ts";
import { passThrough } from "./support/configuration.ts";
import { latin1 } from "./support/octets.ts";
import { onStore, startOwnRelay } from "./support/own_relay.ts";
import { MESSAGE, sendRaw } from "./support/raw_client.ts";
import { startRecordingSink } from "./support/recording_sink.ts";
import { queueIdIn, queueOf, readStore, waitingIn } from "./support/store_reading.ts";
import { HANG_MS, until } from "./support/wait.ts";

const AWAY = "421 4.3.2 closing";

Deno.test("startRelay() takes a mail, asks GoCD, and hands it to whom the rules say", async () => {
  const gocd = startGocdServer({ version: "26.1", groups: { "my-group": ["shop"] } });
  const routings: Routing[] = [];
  try {
    await using sink = startRecordingSink();
    await using relay = await startOwnRelay(
      `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink.port}
managers:
  - name: gocd
    url: ${gocd.url}
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - actions: [mailto:team@example.com]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [my-group]}
`,
      {
        onRouted: (_mail, routing) => routings.push(routing),
        lookups: { waitMs: HANG_MS, requestMs: HANG_MS },
      },
    );
    const reply = await sendRaw(relay.port, {
      to: ["mail2alert@example.com"],
      from: "go@example.com",
      message:
        "Subject: Stage [shop/1/build/1] is broken\r\nTo: <x@example.com>\r\n\r\nSee details\r\n",
    });
    assert.match(reply, /^250 2\.0\.0 Accepted as [0-9A-Z]{26}$/);
    const [mail] = sink.mails;
    assert.deepEqual(mail?.recipients, ["RCPT TO:<team@example.com>"]);
    assert.match(
      latin1(mail?.message ?? new Uint8Array()),
      /^Received: [^]*\r\nSubject: Stage \[shop\/1\/build\/1\] is broken\r\nTo: team@example\.com\r\nFrom: go@example\.com\r\n\r\nSee details\r\n$/,
    );
    assert.deepEqual(routings.map(({ trace }) => trace.decision), ["matched"]);
    assert.deepEqual(queueOf(relay.store), []);
  } finally {
    await gocd.close();
  }
});

Deno.test("startRelay() listens on every address, IPv4 and IPv6, or on none", async () => {
  await using sink = startRecordingSink();
  const store = await Deno.makeTempDir();
  const configuration = onStore(passThrough(sink.port), store);
  const [first] = configuration.listeners;
  assert.ok(first);
  const listeners = [
    { ...first, hostname: "127.0.0.1", port: 0, allow: ["127.0.0.0/8"] },
    { ...first, hostname: "::1", port: 0, allow: ["::1/128"] },
  ];
  try {
    await using relay = await startOwnRelay({ ...configuration, listeners });
    assert.match(await sendRaw(relay.port, {}), /^250 /);
    const taken = { ...first, hostname: "127.0.0.1", port: relay.port };
    await assert.rejects(
      () => startOwnRelay({ ...configuration, listeners: [...listeners, taken] }, { store }),
      (error) => error instanceof RelayError && error.code === "listen-failed",
    );
    // Whoever could not listen has let the store go.
    await using _other = await startOwnRelay(configuration, { store });
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("startRelay() refuses a store that another relay works on, which goes on", async () => {
  await using sink = startRecordingSink();
  await using relay = await startOwnRelay(passThrough(sink.port));
  await assert.rejects(
    () => startOwnRelay(passThrough(sink.port), { store: relay.store }),
    (error) => error instanceof RelayError && error.code === "store-in-use",
  );
  assert.match(await sendRaw(relay.port, {}), /^250 /);
});

Deno.test("startRelay() refuses a mail that it has sent itself", async () => {
  await using sink = startRecordingSink();
  await using relay = await startOwnRelay(passThrough(sink.port));
  assert.match(await sendRaw(relay.port, {}), /^250 /);
  const message = latin1(sink.mails[0]?.message ?? new Uint8Array());
  assert.match(await sendRaw(relay.port, { message }), /^554 5\.4\.6 Mail loop/);
});

Deno.test("a relay delivers, once, what the one before it had to store", async () => {
  let away = true;
  await using sink = startRecordingSink((command) =>
    away && command.startsWith("MAIL") ? AWAY : null
  );
  await using first = await startOwnRelay(passThrough(sink.port));
  const { store } = first;
  const reply = await sendRaw(first.port, {});
  assert.match(reply, /^250 2\.0\.0 queued as /);
  await first.close();
  assert.deepEqual(waitingIn(store), [queueIdIn(reply)]);
  away = false;
  await using second = await startOwnRelay(passThrough(sink.port), { store });
  await until(() => waitingIn(store).length === 0, { what: "the queue to be empty" });
  await second.close();
  assert.equal(sink.mails.length, 1);
  const arrived = latin1(sink.mails[0]?.message ?? new Uint8Array());
  assert.ok(arrived.endsWith(`\r\n${MESSAGE}`));
  assert.ok(arrived.includes(queueIdIn(reply)), "the queue id is the same on every try");
});

Deno.test("a mail that comes again is told the same and goes out once, across a restart", async () => {
  await using sink = startRecordingSink();
  await using first = await startOwnRelay(passThrough(sink.port));
  const { store } = first;
  const reply = await sendRaw(first.port, {});
  assert.equal(await sendRaw(first.port, {}), reply);
  await first.close();
  await using second = await startOwnRelay(passThrough(sink.port), { store });
  assert.equal(await sendRaw(second.port, {}), reply);
  assert.equal(sink.mails.length, 1);
});

Deno.test("a mail whose routing outlasts ack-budget goes out once", async () => {
  const gocd = startGocdServer({ version: "26.1", groups: { "my-group": ["shop"] } });
  gocd.setFault("hang");
  try {
    await using sink = startRecordingSink();
    await using relay = await startOwnRelay(
      `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink.port}
ack-budget: 1s
managers:
  - name: gocd
    url: ${gocd.url}
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - actions: [mailto:team@example.com]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [my-group]}
`,
      { lookups: { waitMs: 3_000 } },
    );
    const message = "Subject: Stage [shop/1/build/1] is broken\r\n\r\nSee details\r\n";
    const mail = { to: ["mail2alert@example.com"], from: "go@example.com", message };
    assert.match(await sendRaw(relay.port, mail), /^250 2\.0\.0 queued as /);
    await until(() => waitingIn(relay.store).length === 0, { what: "the queue to be empty" });
    await relay.close();
    assert.deepEqual(sink.mails.map(({ recipients }) => recipients), [
      ["RCPT TO:<team@example.com>"],
    ]);
  } finally {
    await gocd.close();
  }
});

Deno.test("duplicates: {window: 0s} takes every mail for another one", async () => {
  await using sink = startRecordingSink();
  await using relay = await startOwnRelay(passThrough(sink.port, "duplicates: {window: 0s}"));
  const ids = [await sendRaw(relay.port, {}), await sendRaw(relay.port, {})].map(queueIdIn);
  assert.equal(new Set(ids).size, 2);
  assert.equal(sink.mails.length, 2);
});

Deno.test("the journal tells of a mail that was refused, and the queue does not hold it", async () => {
  await using sink = startRecordingSink((command) =>
    command.startsWith("RCPT") ? "550 5.1.1 nobody of that name" : null
  );
  await using relay = await startOwnRelay(passThrough(sink.port));
  assert.match(await sendRaw(relay.port, {}), /^550 5\.1\.1 nobody of that name/);
  await relay.close();
  const records = readStore(relay.store, (reader) => reader.search({ limit: 10 }));
  assert.deepEqual(records.map(({ state }) => state), ["refused"]);
  assert.deepEqual(queueOf(relay.store), []);
});
