import assert from "node:assert/strict";
import type { Moment } from "../support/fault_smtp_server.ts";
import { A, only, pair, reasonOf } from "../support/smarthost_pair.ts";
import { HANG_MS, until, within } from "../support/wait.ts";

const STAGES = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] as const;

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

/** What strikes at each stage; the others are those of every day, which no test waits for. */
const LIMIT_OF = {
  CONNECT: "greetingMs",
  EHLO: "helloMs",
  MAIL: "mailMs",
  RCPT: "rcptMs",
  DATA: "dataMs",
  ".": "endMs",
  BODY: "blockMs",
} as const;

for (const stage of [...STAGES, "BODY"] as const) {
  Deno.test(`smarthost.deliver() defers when the server is silent at ${stage}`, async () => {
    const limits = { [LIMIT_OF[stage]]: 50 };
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
    if (stage !== ".") assert.ok(performance.now() - start < HANG_MS);
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
