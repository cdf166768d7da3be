import assert from "node:assert/strict";
import type { Destination, Outcomes } from "../../lib/destinations/destination.ts";
import { smarthost, type SmarthostOptions } from "../../lib/destinations/smarthost.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import {
  type FaultOptions,
  type FaultServer,
  type Moment,
  startFaultServer,
} from "../support/fault_smtp_server.ts";
import { octets } from "../support/octets.ts";
import { freePort } from "../support/ports.ts";
import { sampleDelivery, type SampleMail, sampleMail } from "../support/sample_mail.ts";
import { until, within } from "../support/wait.ts";
import { testDestination } from "./contract.ts";

/** A server and the destination that delivers to it. */
interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly destination: Destination;
  deliver(recipients: string[], sample?: SampleMail, signal?: AbortSignal): Promise<Outcomes>;
}

function pair(faults: FaultOptions = {}, options: Partial<SmarthostOptions> = {}): Pair {
  const server = startFaultServer(faults);
  const hostname = faults.hostname ?? "127.0.0.1";
  const destination = smarthost(
    { hostname, port: server.port },
    { hostname: "relay.test", ...options },
  );
  return {
    server,
    destination,
    deliver: (recipients, sample = {}, signal = new AbortController().signal) =>
      within(destination.deliver(sampleMail(sample), sampleDelivery(...recipients), signal), {
        what: "outcomes",
      }),
    async [Symbol.asyncDispose]() {
      await destination.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

testDestination({
  name: "smarthost",
  healthy: () => pair(),
  silent: () => pair({ react: (moment) => moment === "CONNECT" ? "SILENT" : undefined }),
});

const A = "a@example.org";
const B = "b@example.org";
const C = "c@example.org";

function only(outcomes: Outcomes): Outcome {
  assert.equal(outcomes.size, 1);
  return outcomes.get(A) ?? assert.fail("no outcome");
}

function kinds(outcomes: Outcomes): Record<string, Outcome["kind"]> {
  return Object.fromEntries([...outcomes].map(([recipient, { kind }]) => [recipient, kind]));
}

function reasonOf(outcome: Outcome): string {
  return outcome.kind === "delivered" ? outcome.detail : outcome.reason;
}

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

const STAGES: Moment[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."];

for (const extensions of [["PIPELINING"], []]) {
  const how = extensions.length > 0 ? "with PIPELINING" : "one by one";
  for (const stage of STAGES) {
    // A refusal of us, not of the mail, is for the operator to mend: never a 5xx to the notifier.
    const about = stage === "CONNECT" || stage === "EHLO" ? "deferred" : "failed";
    const answers = [
      { reply: "450 4.2.0 Busy", kind: "deferred" },
      { reply: "421 4.3.2 Closing", kind: "deferred" },
      { reply: "550 5.7.1 No", kind: about },
      { reply: "No idea", kind: "deferred" },
      { reply: "250-one\r\n550 two", kind: "deferred" },
      { reply: stage === "DATA" ? "250 Ok" : "354 Go on", kind: "deferred" },
      { reply: "DROP", kind: "deferred" },
      { reply: `250-${"x".repeat(98)}\r\n`.repeat(10_000), kind: "deferred" },
    ] as const;
    for (const { reply, kind } of answers) {
      Deno.test(`smarthost.deliver() takes "${reply.slice(0, 20)}" at ${stage} as ${kind}, ${how}`, async () => {
        const refuse = (moment: Moment) =>
          moment === stage || (stage === "EHLO" && moment === "HELO") ? reply : undefined;
        await using it = pair({ extensions, react: refuse });
        const outcome = only(await it.deliver([A]));
        assert.equal(outcome.kind, kind, reasonOf(outcome));
        assert.match(reasonOf(outcome), new RegExp(`^127.0.0.1:${it.server.port}: `));
        if (kind === "failed") assert.equal(outcome.reply?.status, "5.7.1");
        else {assert.ok(
            !outcome.reply || outcome.reply.code < 500,
            "a 5xx that is not about the mail",
          );}
        const taken = it.server.mails.filter(({ recipients }) => recipients.length > 0);
        assert.deepEqual(taken, []);
      });
    }
  }
}

for (const stage of [...STAGES, "BODY"] as const) {
  Deno.test(`smarthost.deliver() defers when the server is silent at ${stage}`, async () => {
    const limits = {
      greetingMs: 50,
      helloMs: 50,
      mailMs: 50,
      rcptMs: 50,
      dataMs: 50,
      blockMs: 50,
      endMs: 50,
    };
    const react = (moment: Moment) =>
      moment === stage ? (stage === "BODY" ? "DEAF" : "SILENT") : undefined;
    await using it = pair({ react }, { limits });
    const rest = stage === "BODY" ? `\r\n${"x".repeat(9_000_000)}` : "\r\n";
    const outcome = only(await it.deliver([A], { rest }));
    assert.equal(outcome.kind, "deferred");
    assert.match(reasonOf(outcome), /: no .* within 50 ms/);
    assert.equal(/may have taken it/.test(reasonOf(outcome)), stage === ".");
  });

  Deno.test(`smarthost.deliver() is cut off by its signal while the server is silent at ${stage}`, async () => {
    const reached = Promise.withResolvers<void>();
    const react = (moment: Moment) => {
      if (moment !== stage) return undefined;
      reached.resolve();
      return stage === "BODY" ? "DEAF" : "SILENT";
    };
    await using it = pair({ react }, { limits: { endMs: 200 } });
    const stop = new AbortController();
    const rest = stage === "BODY" ? `\r\n${"x".repeat(9_000_000)}` : "\r\n";
    const delivering = it.deliver([A], { rest }, stop.signal);
    await within(reached.promise, { what: stage });
    const start = performance.now();
    stop.abort();
    const outcome = only(await delivering);
    assert.equal(outcome.kind, "deferred");
    // Once the end of data is sent, only the server's answer or its limit counts.
    assert.equal(/may have taken it/.test(reasonOf(outcome)), stage === ".");
    if (stage !== ".") assert.ok(performance.now() - start < 1_000);
    assert.equal(it.server.mails.length, 0);
  });
}

Deno.test("smarthost.deliver() learns that the server took the mail after its signal said stop", async () => {
  const stop = new AbortController();
  await using it = pair({
    react: (moment) => {
      if (moment === ".") stop.abort();
      return undefined;
    },
  });
  assert.equal(only(await it.deliver([A], {}, stop.signal)).kind, "delivered");
});

Deno.test("smarthost.deliver() says that the server may have taken what it dropped after the dot", async () => {
  await using it = pair({ react: (moment) => moment === "." ? "DROP" : undefined });
  const outcome = only(await it.deliver([A]));
  assert.equal(outcome.kind, "deferred");
  assert.match(
    reasonOf(outcome),
    /: connection closed by the mail server instead of a reply to end of data \(.*may have taken it\)$/,
  );
});

const interruptions = [
  "DROP",
  "552 5.3.4 Too big",
  "552 5.3.4 Too big DEAF",
  "452 4.3.1 Full",
  "250 2.0.0 Enough",
  "421 4.3.2 Closing DEAF",
];

for (const reaction of interruptions) {
  Deno.test(`smarthost.deliver() hears "${reaction}" in mid-message`, async () => {
    await using it = pair({ react: (moment) => moment === "BODY" ? reaction : undefined });
    const rest = `\r\n${"x".repeat(9_000_000)}`;
    const outcome = only(await it.deliver([A], { rest }));
    assert.equal(outcome.kind, reaction.startsWith("5") ? "failed" : "deferred", reasonOf(outcome));
    assert.doesNotMatch(reasonOf(outcome), /may have taken/);
    // Half a message is still on its way: nothing else can be said over this connection.
    await until(() => it.server.open === 0 || reaction.endsWith("DEAF"), { what: "the cut" });
    assert.equal(it.server.mails.length, 0);
  });
}

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

Deno.test("smarthost.deliver() sends commands in one packet when the server pipelines", async () => {
  await using it = pair();
  await it.deliver([A, B]);
  assert.ok(it.server.packets.includes(
    `MAIL FROM:<gocd@example.org> SIZE=36\r\nRCPT TO:<${A}>\r\nRCPT TO:<${B}>\r\nDATA\r\n`,
  ));
});

Deno.test("smarthost.deliver() waits for each reply when the server does not pipeline", async () => {
  await using it = pair({ extensions: [] });
  await it.deliver([A, B]);
  for (const packet of it.server.packets) assert.equal(packet.split("\r\n").length, 2, packet);
});

Deno.test("smarthost.deliver() reaches 1,000 recipients in groups that no buffer is too small for", async () => {
  await using it = pair();
  const recipients = Array.from({ length: 1_000 }, (_, n) => `recipient-${n}@example.org`);
  const outcomes = await it.deliver(recipients);
  assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
  assert.deepEqual(it.server.mails[0]?.recipients, recipients);
  assert.ok(it.server.packets.every(({ length }) => length <= 8_192));
});

Deno.test("smarthost.deliver() falls back to HELO and then uses no extension", async () => {
  const react = (moment: Moment) => moment === "EHLO" ? "500 5.5.1 What?" : undefined;
  await using it = pair({ react });
  assert.equal(only(await it.deliver([A], { envelope: { body: "8BITMIME" } })).kind, "delivered");
  assert.deepEqual(it.server.commands, [
    "EHLO relay.test",
    "HELO relay.test",
    "MAIL FROM:<gocd@example.org>",
    `RCPT TO:<${A}>`,
    "DATA",
  ]);
});

const parameters = [
  { name: "nothing offered", extensions: [], body: "8BITMIME", utf8: true, expected: "" },
  {
    name: "nothing needed",
    extensions: ["8BITMIME", "SMTPUTF8"],
    body: "7BIT",
    utf8: false,
    expected: "",
  },
  { name: "SIZE", extensions: ["SIZE"], body: "7BIT", utf8: false, expected: " SIZE=36" },
  {
    name: "SIZE without limit",
    extensions: ["SIZE 0"],
    body: "7BIT",
    utf8: false,
    expected: " SIZE=36",
  },
  {
    name: "8-bit",
    extensions: ["8bitmime"],
    body: "8BITMIME",
    utf8: false,
    expected: " BODY=8BITMIME",
  },
  { name: "UTF-8", extensions: ["SMTPUTF8"], body: "7BIT", utf8: true, expected: " SMTPUTF8" },
] as const;

for (const { name, extensions, body, utf8, expected } of parameters) {
  Deno.test(`smarthost.deliver() uses MAIL parameters for ${name}`, async () => {
    await using it = pair({ extensions });
    await it.deliver([A], { envelope: { body, smtpUtf8: utf8 } });
    assert.equal(it.server.mails[0]?.mail, `MAIL FROM:<gocd@example.org>${expected}`);
  });
}

Deno.test("smarthost.deliver() does not send what is over the server's SIZE", async () => {
  await using it = pair({ extensions: ["SIZE 35"] });
  const outcome = only(await it.deliver([A]));
  assert.equal(outcome.kind, "failed");
  assert.equal(outcome.reply?.status, "5.3.4");
  assert.deepEqual(it.server.commands, ["EHLO relay.test"]);
});

Deno.test("smarthost.deliver() refuses only those whom a server without SMTPUTF8 cannot reach", async () => {
  await using it = pair({ extensions: [] });
  const outcomes = await it.deliver([A, "ü@example.org"], { envelope: { smtpUtf8: true } });
  assert.equal(outcomes.get(A)?.kind, "delivered");
  assert.equal(outcomes.get("ü@example.org")?.reply?.status, "5.6.7");
});

Deno.test("smarthost.deliver() sends addresses in UTF-8 where the server takes them", async () => {
  await using it = pair();
  await it.deliver(["ü@example.org"], { envelope: { reversePath: "ö@example.org" } });
  const [mail] = it.server.mails;
  assert.equal(mail?.mail, "MAIL FROM:<\xc3\xb6@example.org> SIZE=36 SMTPUTF8");
  assert.deepEqual(mail?.recipients, ["\xc3\xbc@example.org"]);
});

for (const bad of ["a@x>\r\nRCPT TO:<b@x", "a\0@x", "a\n@x"]) {
  Deno.test(`smarthost.deliver() never sends the address ${JSON.stringify(bad)}`, async () => {
    await using it = pair();
    assert.deepEqual(kinds(await it.deliver([A, bad])), { [A]: "delivered", [bad]: "failed" });
    assert.deepEqual(it.server.mails[0]?.recipients, [A]);
    const fromBad = only(await it.deliver([A], { envelope: { reversePath: bad } }));
    assert.equal(fromBad.kind, "failed");
    assert.equal(it.server.mails.length, 1);
  });
}

Deno.test("smarthost.deliver() honours RCPTMAX and MAILMAX", async () => {
  await using it = pair({ extensions: ["PIPELINING", "LIMITS RCPTMAX=2 MAILMAX=2 FOO=1"] });
  const recipients = [1, 2, 3, 4, 5].map((n) => `u${n}@example.org`);
  const outcomes = await it.deliver(recipients);
  assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
  assert.deepEqual(
    it.server.mails.map(({ recipients, connection }) => [connection, recipients.length]),
    [[1, 2], [1, 2], [2, 1]],
  );
});

Deno.test("smarthost.deliver() honours RCPTDOMAINMAX", async () => {
  await using it = pair({ extensions: ["LIMITS RCPTDOMAINMAX=1"] });
  await it.deliver(["a@x.test", "b@X.test", "c@y.test"]);
  assert.deepEqual(it.server.mails.map(({ recipients }) => recipients.length), [2, 1]);
});

for (const reply of ["452 4.5.3 Too many", "452 Too many", "552 Too many"]) {
  Deno.test(`smarthost.deliver() serves those answered "${reply}" in another transaction`, async () => {
    let count = 0;
    const react = (moment: Moment) => {
      if (moment === "MAIL") count = 0;
      return moment === "RCPT" && ++count > 2 ? reply : undefined;
    };
    await using it = pair({ react });
    const recipients = [1, 2, 3, 4, 5].map((n) => `u${n}@example.org`);
    const outcomes = await it.deliver(recipients);
    assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
    assert.deepEqual(it.server.mails.map(({ recipients }) => recipients.length), [2, 2, 1]);
    assert.equal(outcomes.size, 5);
  });
}

Deno.test("smarthost.deliver() defers those answered 452 when nobody was taken", async () => {
  await using it = pair({
    react: (moment) => moment === "RCPT" ? "452 4.5.3 Too many" : undefined,
  });
  assert.deepEqual(kinds(await it.deliver([A, B])), { [A]: "deferred", [B]: "deferred" });
});

Deno.test("smarthost.deliver() asks for no second transaction when MAIL is refused", async () => {
  const react = (moment: Moment) => moment === "MAIL" ? "550 5.7.1 No" : undefined;
  await using it = pair({ extensions: ["LIMITS RCPTMAX=1"], react });
  assert.deepEqual(kinds(await it.deliver([A, B])), { [A]: "failed", [B]: "failed" });
  assert.equal(it.server.commands.filter((line) => line.startsWith("MAIL")).length, 1);
});

const bodies = [
  { name: "dots", rest: "\r\n.\r\n..\r\n.a\r\n...\r\n" },
  { name: "8-bit octets and NUL", rest: "\r\n\xe4\xff\xfe\0\x80\r\n" },
  { name: "long lines", rest: `\r\n${"y".repeat(500_000)}\r\n.\r\n` },
  { name: "empty lines", rest: "\r\n\r\n\r\n\r\n" },
  { name: "nothing", rest: "" },
  { name: "3 MB with dots everywhere", rest: "\r\n" + ".x\r\n\r\n".repeat(500_000) },
];

for (const { name, rest } of bodies) {
  for (const pieceOctets of [7_777, 65_536, 5_000_000]) {
    Deno.test(`smarthost.deliver() passes on ${name} as it came, in pieces of ${pieceOctets}`, async () => {
      await using it = pair();
      assert.equal(only(await it.deliver([A], { rest, pieceOctets })).kind, "delivered");
      assert.ok(it.server.mails[0]?.message === `Subject: Build failed\r\n${rest}`);
    });
  }
}

Deno.test("smarthost.deliver() completes a last line that lacks its end", async () => {
  await using it = pair();
  await it.deliver([A], { rest: "\r\nlast" });
  assert.equal(it.server.mails[0]?.message, "Subject: Build failed\r\n\r\nlast\r\n");
});

Deno.test("smarthost.deliver() never ends a message that is not whole", async () => {
  await using it = pair();
  const mail = sampleMail();
  const short = { ...mail, message: { ...mail.message, octets: mail.message.octets + 1 } };
  const outcomes = await it.destination.deliver(
    short,
    sampleDelivery(A),
    new AbortController().signal,
  );
  assert.match(reasonOf(only(outcomes)), /message ends after 36 of 37 octets$/);
  assert.equal(it.server.mails.length, 0);
});

Deno.test("smarthost.deliver() rejects, and cuts the connection, when reading the message breaks", async () => {
  await using it = pair();
  const mail = sampleMail();
  const broken = {
    ...mail,
    message: {
      ...mail.message,
      rest: () => {
        throw new TypeError("bug");
      },
    },
  };
  const delivering = it.destination.deliver(
    broken,
    sampleDelivery(A),
    new AbortController().signal,
  );
  await assert.rejects(delivering, TypeError);
  await until(() => it.server.open === 0, { what: "the connection to be cut" });
  assert.equal(it.server.mails.length, 0);
  assert.equal(only(await it.deliver([A])).kind, "delivered");
});

Deno.test("smarthost.deliver() defers when nobody listens, and says where", async () => {
  const port = freePort();
  for (const [hostname, peer] of [["127.0.0.1", "127.0.0.1"], ["::1", "[::1]"]] as const) {
    const destination = smarthost({ hostname, port }, { hostname: "relay.test" });
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
  const destination = smarthost({ hostname: "localhost", port: server.port }, {
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
