import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import { compose } from "../../../lib/mail/compose.ts";
import { openClient, peerName } from "../../../lib/smtp/client/open_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { startFaultServer } from "../../support/fault_smtp_server.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";
import { until } from "../../support/wait.ts";

const signal = new AbortController().signal;

function optionsFor(port: number, clock = new FakeClock()) {
  return { hostname: "127.0.0.1", port, helloName: "relay.test", clock };
}

const submission = {
  reversePath: "",
  recipients: ["a@example.org"],
  smtpUtf8: false,
  body: "7BIT",
  content: compose(sampleMail(), sampleDelivery()),
} as const;

/** RFC 5321 §4.5.3.2: how long each reply is waited for, in seconds. */
const limits = [
  { stage: "CONNECT", seconds: 300 },
  { stage: "EHLO", seconds: 300 },
  { stage: "MAIL", seconds: 300 },
  { stage: "RCPT", seconds: 300 },
  { stage: "DATA", seconds: 120 },
  { stage: ".", seconds: 600 },
];

for (const { stage, seconds } of limits) {
  Deno.test(`SmtpClient waits ${seconds} s for the reply at ${stage}`, async () => {
    const reached = Promise.withResolvers<void>();
    await using server = startFaultServer({
      extensions: [],
      react: (moment) => {
        if (moment !== stage) return undefined;
        reached.resolve();
        return "SILENT";
      },
    });
    const clock = new FakeClock();
    let over = false;
    const options = { ...optionsFor(server.port, clock), limits: { blockMs: 1e9, connectMs: 1e9 } };
    const opening = openClient(options, signal);
    const working = opening
      .then((client) => client.send(submission, signal))
      .then(({ outcomes }) => [...outcomes.values()].map((o) => o.kind === "deferred" && o.reason))
      .catch((error) => [error.message])
      .finally(() => over = true);
    await reached.promise;
    // The client may not have come to its wait yet: then it takes another round.
    await until(() => (clock.advance(seconds * 1000), over), { what: "the client to give up" });
    assert.match(String(await working), new RegExp(`within ${seconds * 1000} ms`));
    // A server that waits for TLS is silent, too.
    assert.equal(/; .* set tls: implicit$/.test(String(await working)), stage === "CONNECT");
    assert.equal(clock.pending, 0);
  });
}

Deno.test("openClient() gives up connecting when the signal says stop", async () => {
  await using server = startFaultServer();
  for (const hostname of ["127.0.0.1", "localhost"]) {
    const stop = new AbortController();
    const opening = openClient({ ...optionsFor(server.port), hostname }, stop.signal);
    stop.abort();
    await assert.rejects(
      opening,
      (error) => error instanceof RelayError && error.code === "aborted",
    );
  }
});

Deno.test("openClient() gives up connecting when its time is over", async () => {
  await using server = startFaultServer();
  const clock = new FakeClock();
  const opening = openClient(optionsFor(server.port, clock), signal);
  clock.advance(30_000);
  await assert.rejects(opening, /no connection within 30000 ms/);
});

Deno.test("openClient() says why there is no connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assert.rejects(
    openClient(optionsFor(port), signal),
    (error) =>
      error instanceof RelayError && error.code === "connect-failed" &&
      error.message === "Connection refused",
  );
});

Deno.test("peerName() brackets an IPv6 address", () => {
  assert.equal(peerName({ hostname: "::1", port: 25 }), "[::1]:25");
  assert.equal(peerName({ hostname: "[::1]", port: 25 }), "[::1]:25");
  assert.equal(peerName({ hostname: "mx.test", port: 25 }), "mx.test:25");
});

Deno.test("SmtpClient.usable is false once the server has named its MAILMAX", async () => {
  await using server = startFaultServer({ extensions: ["LIMITS MAILMAX=1"] });
  const client = await openClient(optionsFor(server.port), signal);
  assert.equal(client.usable, true);
  await client.send(submission, signal);
  assert.equal(client.usable, false);
  await client.quit();
  assert.equal(server.commands.at(-1), "QUIT");
});

Deno.test("SmtpClient.send() leaves a healthy connection alone when the signal has said stop before", async () => {
  await using server = startFaultServer();
  const client = await openClient(optionsFor(server.port), signal);
  const { outcomes } = await client.send(submission, AbortSignal.abort());
  assert.equal(outcomes.get("a@example.org")?.kind, "deferred");
  assert.equal(client.usable, true);
  await client.quit();
});

Deno.test("SmtpClient.quit() closes a connection that the server has closed", async () => {
  await using server = startFaultServer({
    react: (moment) => moment === "QUIT" ? "DROP" : undefined,
  });
  const client = await openClient(optionsFor(server.port), signal);
  await client.quit();
  assert.equal(client.usable, false);
});
