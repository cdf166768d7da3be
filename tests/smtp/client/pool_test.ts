import assert from "node:assert/strict";
import { compose } from "../../../lib/mail/compose.ts";
import { openClient } from "../../../lib/smtp/client/open_client.ts";
import { RelayError } from "../../../lib/errors.ts";
import { type PoolOptions, SmtpPool } from "../../../lib/smtp/client/pool.ts";
import type { Submission } from "../../../lib/smtp/client/submission.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import {
  type FaultOptions,
  type FaultServer,
  startFaultServer,
} from "../../support/fault_smtp_server.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";
import { until, within } from "../../support/wait.ts";

interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly pool: SmtpPool;
  readonly clock: FakeClock;
  send(signal?: AbortSignal): Promise<string>;
}

const submission: Submission = {
  reversePath: "",
  recipients: ["a@example.org"],
  smtpUtf8: false,
  body: "7BIT",
  content: compose(sampleMail(), sampleDelivery()),
};

function pair(faults: FaultOptions = {}, options: Partial<PoolOptions> = {}): Pair {
  const server = startFaultServer(faults);
  const clock = new FakeClock();
  const client = { hostname: "127.0.0.1", port: server.port, helloName: "relay.test", clock };
  const pool = new SmtpPool({ open: (signal) => openClient(client, signal), ...options });
  return {
    server,
    pool,
    clock,
    async send(signal = new AbortController().signal) {
      const sending = pool.send(submission, signal);
      const { outcomes } = await within(sending, { what: "outcomes" });
      return outcomes.get("a@example.org")?.kind ?? "none";
    },
    async [Symbol.asyncDispose]() {
      await within(pool.close(), { what: "the pool to close" });
      assert.equal(pool.size, 0);
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("SmtpPool.send() uses one connection for one mail after the other", async () => {
  await using it = pair();
  for (let mail = 0; mail < 5; mail++) assert.equal(await it.send(), "delivered");
  assert.equal(it.server.connections, 1);
  assert.equal(it.server.mails.length, 5);
});

Deno.test("SmtpPool.send() never opens more connections than it may", async () => {
  let most = 0;
  await using it = pair({
    react: () => {
      most = Math.max(most, it.server.open);
      return undefined;
    },
  }, { maxConnections: 3 });
  const kinds = await Promise.all(Array.from({ length: 30 }, () => it.send()));
  assert.ok(kinds.every((kind) => kind === "delivered"));
  assert.equal(most, 3);
  assert.equal(it.server.connections, 3);
});

Deno.test("SmtpPool.send() replaces a connection after so many mails", async () => {
  await using it = pair({}, { mailsPerConnection: 2 });
  for (let mail = 0; mail < 5; mail++) await it.send();
  assert.deepEqual(it.server.mails.map(({ connection }) => connection), [1, 1, 2, 2, 3]);
});

Deno.test("SmtpPool.send() stops waiting for a connection when the signal says stop", async () => {
  await using it = pair({ react: (moment) => moment === "." ? "SILENT" : undefined }, {
    maxConnections: 1,
  });
  const first = it.pool.send(submission, new AbortController().signal);
  await until(() => it.server.commands.includes("DATA"), { what: "the first mail" });
  const stop = new AbortController();
  const second = it.pool.send(submission, stop.signal);
  stop.abort();
  await assert.rejects(second, (error) => error instanceof RelayError && error.code === "aborted");
  await it.pool.close();
  assert.equal((await first).outcomes.get("a@example.org")?.kind, "deferred");
});

Deno.test("SmtpPool.send() lends nothing to who has just stopped waiting", async () => {
  const { promise: refused, reject: refuse } = Promise.withResolvers<never>();
  let opened = 0;
  const open = () => ++opened === 1 ? refused : Promise.reject(failure);
  const failure = new RelayError("connect-failed", "refused");
  const pool = new SmtpPool({ open, maxConnections: 1 });
  const first = pool.send(submission, new AbortController().signal);
  const controller = new AbortController();
  const second = pool.send(submission, controller.signal);
  await until(() => opened === 1, { what: "the first mail to connect" });
  // In one turn: the place comes free just when nobody waits for it any more.
  refuse(failure);
  controller.abort();
  await assert.rejects(within(first, { what: "the first mail" }), { code: "connect-failed" });
  await assert.rejects(within(second, { what: "the second mail" }), { code: "aborted" });
  assert.equal(pool.size, 0);
  const third = pool.send(submission, new AbortController().signal);
  await assert.rejects(within(third, { what: "the third mail" }), { code: "connect-failed" });
  await within(pool.close(), { what: "the pool to close" });
});

Deno.test("SmtpPool.send() rejects for those who wait when the pool is closed", async () => {
  await using it = pair({ react: (moment) => moment === "." ? "SILENT" : undefined }, {
    maxConnections: 1,
  });
  const first = it.send();
  await until(() => it.server.commands.includes("DATA"), { what: "the first mail" });
  const second = it.pool.send(submission, new AbortController().signal);
  const rejected = assert.rejects(second, /shutting down/);
  await it.pool.close();
  await rejected;
  assert.equal(await first, "deferred");
});

Deno.test("SmtpPool.send() lets the next mail open a connection when one could not", async () => {
  let refused = 0;
  await using it = pair({
    react: (moment) => moment === "CONNECT" && refused++ < 2 ? "554 5.7.1 No" : undefined,
  }, { maxConnections: 1 });
  const sent = await Promise.allSettled([it.send(), it.send(), it.send()]);
  assert.deepEqual(sent.map(({ status }) => status), ["rejected", "rejected", "fulfilled"]);
});

Deno.test("SmtpPool.send() notices at once that the server hung up an unused connection", async () => {
  await using it = pair();
  await it.send();
  it.server.hangUp();
  await until(() => it.pool.size === 0, { what: "the pool to notice" });
  assert.equal(await it.send(), "delivered");
  assert.equal(it.server.connections, 2);
});

Deno.test("SmtpPool.send() notices a farewell on an unused connection", async () => {
  await using it = pair({
    react: (moment) => moment === "." ? "250 2.0.0 Ok\r\n421 4.4.2 Idle" : undefined,
  });
  assert.equal(await it.send(), "delivered");
  await until(() => it.pool.size === 0, { what: "the pool to notice" });
});

for (const reaction of ["DROP", "421 4.3.2 Restarting"]) {
  Deno.test(`SmtpPool.send() tries afresh when a kept connection answers with ${reaction}`, async () => {
    let stale = false;
    await using it = pair({
      react: (moment, _line, connection) =>
        moment === "MAIL" && stale && connection === 1 ? reaction : undefined,
    });
    await it.send();
    stale = true;
    assert.equal(await it.send(), "delivered");
    assert.equal(it.server.mails[1]?.connection, 2);
  });

  Deno.test(`SmtpPool.send() does not try afresh when a new connection answers with ${reaction}`, async () => {
    await using it = pair({ react: (moment) => moment === "MAIL" ? reaction : undefined });
    assert.equal(await it.send(), "deferred");
    assert.equal(it.server.connections, 1);
  });
}

Deno.test("SmtpPool.send() takes no second kept connection when the first was dead", async () => {
  let stale = false;
  await using it = pair({
    react: (moment, _line, connection) =>
      moment === "MAIL" && stale && connection < 4 ? "421 4.3.2 Restarted" : undefined,
  });
  await Promise.all([it.send(), it.send(), it.send()]);
  assert.equal(it.server.connections, 3);
  stale = true;
  assert.equal(await it.send(), "delivered");
  assert.equal(it.server.mails.at(-1)?.connection, 4);
});

Deno.test("SmtpPool.send() does not send a message twice on its own", async () => {
  let mails = 0;
  await using it = pair({ react: (moment) => moment === "." && ++mails > 1 ? "DROP" : undefined });
  assert.equal(await it.send(), "delivered");
  assert.equal(await it.send(), "deferred");
  assert.equal(mails, 2);
});

Deno.test("SmtpPool keeps its count when a connection ends as a mail takes it", async () => {
  const server = startFaultServer();
  const client = { hostname: "127.0.0.1", port: server.port, helloName: "relay.test" };
  const ends: (() => void)[] = [];
  const pool = new SmtpPool({
    async open(signal) {
      const opened = await openClient(client, signal);
      const idle = opened.idle.bind(opened);
      opened.idle = (idleMs, onEnd) => {
        ends.push(onEnd);
        idle(idleMs, onEnd);
      };
      return opened;
    },
  });
  const send = () => pool.send(submission, new AbortController().signal);
  await Promise.all([send(), send()]);
  const sending = send(); // Takes the connection that was used last.
  ends[1]?.();
  assert.equal((await sending).outcomes.get("a@example.org")?.kind, "delivered");
  await Promise.all([send(), send()]);
  assert.deepEqual([pool.size, server.connections], [2, 2]);
  await within(pool.close(), { what: "the pool to close" });
  assert.equal(pool.size, 0);
  await server[Symbol.asyncDispose]();
});

Deno.test("SmtpPool closes a connection with QUIT when it has been unused for long", async () => {
  await using it = pair({}, { idleMs: 30_000 });
  await it.send();
  it.clock.advance(29_999);
  assert.equal(await it.send(), "delivered");
  assert.equal(it.server.connections, 1);
  it.clock.advance(29_999);
  assert.equal(it.pool.size, 1);
  it.clock.advance(1);
  await until(() => it.pool.size === 0, { what: "the connection to close" });
  assert.equal(it.server.commands.at(-1), "QUIT");
  assert.equal(it.clock.pending, 0);
});

Deno.test("SmtpPool.close() waits for a farewell, but not long", async () => {
  await using it = pair({ react: (moment) => moment === "QUIT" ? "SILENT" : undefined });
  await it.send();
  const closing = it.pool.close();
  await until(() => it.server.commands.includes("QUIT"), { what: "QUIT" });
  it.clock.advance(2_000);
  await within(closing, { what: "the pool to close" });
  assert.equal(it.pool.size, 0);
});
