import assert from "node:assert/strict";
import { smarthost } from "../../lib/destinations/smarthost.ts";
import { type Moment, startFaultServer } from "../support/fault_smtp_server.ts";
import { octets } from "../support/octets.ts";
import { freePort } from "../support/ports.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { A, B, C, kinds, only, pair, reasonOf } from "../support/smarthost_pair.ts";
import { until } from "../support/wait.ts";
import { testDestination } from "./contract.ts";

testDestination({
  name: "smarthost",
  healthy: () => pair(),
  silent: () => pair({ react: (moment) => moment === "CONNECT" ? "SILENT" : undefined }),
});

Deno.test("smarthost.deliver() hands over a mail and reports the server's own reply", async () => {
  await using it = pair({}, { traceField: () => octets("Received: by us\r\n") });
  const outcome = only(await it.deliver([A]));
  assert.deepEqual(outcome, {
    kind: "delivered",
    detail: "250 2.0.0 Taken",
    reply: { code: 250, status: "2.0.0", lines: ["Taken"] },
  });
  assert.deepEqual(it.server.mails, [{
    connection: 1,
    mail: "MAIL FROM:<gocd@example.org> SIZE=53",
    recipients: [A],
    message: "Received: by us\r\nSubject: Build failed\r\n\r\nIt broke.\r\n",
  }]);
});

Deno.test("smarthost.deliver() replaces header fields as the delivery says", async () => {
  await using it = pair();
  const rewrite = { to: [A, B], from: "gocd@example.org" };
  const mail = sampleMail({
    fields: "From: x\r\nTo: y\r\nSubject: s\r\n",
    rest: "\r\nTo: body\r\n",
  });
  const delivery = { ...sampleDelivery(A, B), rewrite };
  await it.destination.deliver(mail, delivery, new AbortController().signal);
  assert.equal(
    it.server.mails[0]?.message,
    `From: gocd@example.org\r\nTo: ${A}, ${B}\r\nSubject: s\r\n\r\nTo: body\r\n`,
  );
});

Deno.test("smarthost.deliver() reports each recipient's own outcome", async () => {
  const react = (moment: Moment, line: string) => {
    if (moment !== "RCPT") return undefined;
    if (line.includes(B)) return "550 5.1.1 No such user";
    return line.includes(C) ? "450 4.2.0 Greylisted" : undefined;
  };
  for (const extensions of [["PIPELINING"], []]) {
    await using it = pair({ extensions, react });
    const outcomes = await it.deliver([A, B, C]);
    assert.deepEqual(kinds(outcomes), { [A]: "delivered", [B]: "failed", [C]: "deferred" });
    assert.deepEqual(it.server.mails[0]?.recipients, [A]);
    assert.match(
      reasonOf(outcomes.get(B) ?? assert.fail()),
      /RCPT answered with 550 5.1.1 No such user$/,
    );
  }
});

Deno.test("smarthost.deliver() sends a lone dot when all are refused and yet 354 comes", async () => {
  await using it = pair({ react: (moment) => moment === "RCPT" ? "550 5.1.1 No" : undefined });
  assert.equal(only(await it.deliver([A])).kind, "failed");
  assert.equal(it.server.mails[0]?.message, "");
  assert.equal(it.server.open, 1);
});

Deno.test("smarthost.deliver() sends no dot to a server that takes recipients of a refused mail", async () => {
  await using it = pair({ react: (moment) => moment === "MAIL" ? "550 5.7.1 No" : undefined });
  assert.equal(only(await it.deliver([A])).kind, "failed");
  await until(() => it.server.open === 0, { what: "the connection to be cut" });
  assert.deepEqual(it.server.mails, []);
});

Deno.test("smarthost.deliver() goes on over the same connection after a refusal, with RSET", async () => {
  let refuse = true;
  await using it = pair({
    react: (moment) => moment === "." && refuse ? "554 5.6.0 No" : undefined,
  });
  assert.equal(only(await it.deliver([A])).kind, "failed");
  refuse = false;
  assert.equal(only(await it.deliver([A])).kind, "delivered");
  assert.equal(only(await it.deliver([A])).kind, "delivered");
  assert.equal(it.server.connections, 1);
  assert.equal(it.server.commands.filter((line) => line === "RSET").length, 1);
});

Deno.test("smarthost.deliver() defers when nobody listens, and says where", async () => {
  const port = freePort();
  for (const [hostname, peer] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]] as const) {
    const destination = smarthost([{ hostname, port, tls: { mode: "none" } }], {
      hostname: "relay.test",
    });
    const delivering = destination.deliver(
      sampleMail(),
      sampleDelivery(A),
      new AbortController().signal,
    );
    const outcome = only(await delivering);
    await destination.close();
    assert.deepEqual(outcome, { kind: "deferred", reason: `${peer}:${port}: Connection refused` });
  }
});

Deno.test("smarthost.deliver() reaches a server by name", async () => {
  const server = startFaultServer();
  const destination = smarthost([{
    hostname: "localhost",
    port: server.port,
    tls: { mode: "none" },
  }], {
    hostname: "relay.test",
  });
  const delivering = destination.deliver(
    sampleMail(),
    sampleDelivery(A),
    new AbortController().signal,
  );
  assert.equal(only(await delivering).kind, "delivered");
  await destination.close();
  await server[Symbol.asyncDispose]();
});

Deno.test("smarthost.deliver() reaches a server on IPv6", async () => {
  await using it = pair({ hostname: "::1" });
  assert.equal(only(await it.deliver([A])).kind, "delivered");
});

Deno.test("smarthost.close() says goodbye and leaves nothing open", async () => {
  await using it = pair();
  await Promise.all([it.deliver([A]), it.deliver([A]), it.deliver([A])]);
  await it.destination.close();
  await until(() => it.server.open === 0, { what: "connections to close" });
  assert.equal(it.server.commands.filter((line) => line === "QUIT").length, it.server.connections);
  assert.equal(only(await it.deliver([A])).kind, "deferred");
});

Deno.test("smarthost.close() ends transactions under way", async () => {
  await using it = pair({ react: (moment) => moment === "." ? "SILENT" : undefined });
  const delivering = it.deliver([A]);
  await until(() => it.server.commands.includes("DATA"), { what: "DATA" });
  await it.destination.close();
  assert.equal(only(await delivering).kind, "deferred");
});
