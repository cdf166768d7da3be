import assert from "node:assert/strict";
import type { FaultOptions } from "../support/fault_smtp_server.ts";
import { A, B, kinds, only, reasonOf } from "../support/smarthost_pair.ts";
import { faulty, startSmarthosts } from "../support/smarthosts.ts";
import { until } from "../support/wait.ts";

Deno.test("smarthost.deliver() prefers the first server, and says which one had the mail", async () => {
  await using it = startSmarthosts([{}, {}]);
  for (let mail = 0; mail < 3; mail++) {
    assert.equal(reasonOf(only(await it.deliver([A]))), `${it.peers[0]}: 250 2.0.0 Taken`);
  }
  assert.deepEqual([it.taken(), it.servers[1]?.connections], [[3, 0], 0]);
  assert.deepEqual(it.lines, []);
});

const absences = [
  { moment: "CONNECT", reply: "421 4.3.2 Full", reason: "connection answered with 421 4.3.2 Full" },
  { moment: "CONNECT", reply: "554 5.7.1 No", reason: "greeting answered with 554 5.7.1 No" },
  {
    moment: "CONNECT",
    reply: "DROP",
    reason: "connection closed by the mail server instead of a reply to connection",
  },
  { moment: "CONNECT", reply: "nonsense", reason: 'Cannot read reply: got "nonsense"' },
  { moment: "EHLO", reply: "421 4.3.2 Later", reason: "EHLO answered with 421 4.3.2 Later" },
  { moment: "EHLO", reply: "550 5.7.1 No", reason: "HELO answered with 550 5.7.1 No" },
] as const;

for (const { moment, reply, reason } of absences) {
  Deno.test(`smarthost.deliver() goes on to the next server after "${reply}" at ${moment}`, async () => {
    await using it = startSmarthosts([faulty(moment, reply), {}]);
    const outcome = only(await it.deliver([A]));
    assert.deepEqual(outcome, {
      kind: "delivered",
      detail: `${it.peers[1]}: 250 2.0.0 Taken`,
      reply: { code: 250, status: "2.0.0", lines: ["Taken"] },
      server: "127.0.0.1",
    });
    assert.deepEqual(it.taken(), [0, 1]);
    const shown = JSON.stringify(reason).includes("\\") ? JSON.stringify(reason) : `"${reason}"`;
    assert.deepEqual(it.lines, [
      `WARNING smarthost mail server passed over server=${it.peers[0]} reason=${shown}`,
    ]);
  });
}

const answers = [
  { moment: "MAIL", reply: "550 5.7.1 No", kind: "failed" },
  { moment: "MAIL", reply: "450 4.7.1 Later", kind: "deferred" },
  { moment: "RCPT", reply: "550 5.1.1 Who?", kind: "failed" },
  { moment: "DATA", reply: "451 4.3.0 Later", kind: "deferred" },
  { moment: ".", reply: "554 5.6.0 No", kind: "failed" },
] as const;

for (const { moment, reply, kind } of answers) {
  Deno.test(`smarthost.deliver() takes "${reply}" at ${moment} for an answer`, async () => {
    await using it = startSmarthosts([faulty(moment, reply), {}]);
    for (let mail = 0; mail < 2; mail++) assert.equal(only(await it.deliver([A])).kind, kind);
    assert.equal(it.servers[1]?.connections, 0);
    assert.deepEqual(it.lines, []);
  });
}

for (const moment of ["MAIL", "RCPT", "DATA", "."] as const) {
  for (const reply of ["DROP", "421 4.3.2 Try again in 30 minutes"]) {
    Deno.test(`smarthost.deliver() sends no second copy after "${reply}" at ${moment}, but the next mail elsewhere`, async () => {
      await using it = startSmarthosts([faulty(moment, reply), {}]);
      const outcome = only(await it.deliver([A]));
      assert.ok(outcome.kind === "deferred", reasonOf(outcome));
      // The queue is not to leave the other server alone because this one asks for it.
      assert.equal(outcome.retryAfterMs, undefined);
      assert.deepEqual(it.taken(), [0, 0]);
      assert.equal(only(await it.deliver([A])).kind, "delivered");
      assert.deepEqual(it.taken(), [0, 1]);
      if (reply === "DROP") return;
      const connections = it.servers[0]?.connections;
      it.clock.advance(1_799_000);
      await it.deliver([A]);
      assert.equal(it.servers[0]?.connections, connections);
      it.clock.advance(1_000);
      await it.deliver([A]);
      assert.equal(it.servers[0]?.connections, (connections ?? 0) + 1);
    });
  }
}

Deno.test("smarthost.deliver() names every server and its reason when none can be had", async () => {
  await using it = startSmarthosts([
    faulty("CONNECT", "554 5.7.1 No"),
    faulty("EHLO", "DROP"),
    faulty("CONNECT", "421 4.3.2 Full"),
  ]);
  const [a, b, c] = it.peers;
  for (let mail = 0; mail < 2; mail++) {
    const outcomes = await it.deliver([A, B]);
    assert.deepEqual(kinds(outcomes), { [A]: "deferred", [B]: "deferred" });
    assert.equal(
      reasonOf(outcomes.get(B) ?? assert.fail()),
      `${a}: greeting answered with 554 5.7.1 No; ` +
        `${b}: connection closed by the mail server instead of a reply to EHLO; ` +
        `${c}: connection answered with 421 4.3.2 Full`,
    );
  }
  assert.equal(it.lines.length, 3);
});

const hints = [
  { first: "30 minutes", second: "10 minutes", expected: 600_000 },
  { first: "30 minutes", second: undefined, expected: undefined },
];

for (const { first, second, expected } of hints) {
  Deno.test(`smarthost.deliver() asks for ${expected} ms when the servers ask for ${first} and ${second}`, async () => {
    const say = (time?: string): FaultOptions =>
      faulty("CONNECT", `421 4.3.2 ${time ? `Try again in ${time}` : "No"}`);
    await using it = startSmarthosts([say(first), say(second)]);
    const outcome = only(await it.deliver([A]));
    assert.equal(outcome.kind === "deferred" && outcome.retryAfterMs, expected ?? undefined);
  });
}

Deno.test("smarthost.deliver() holds it against no server that its signal said stop", async () => {
  const fault = faulty("CONNECT", "SILENT");
  await using it = startSmarthosts([fault, {}]);
  const stop = new AbortController();
  const delivering = it.deliver([A], {}, stop.signal);
  await until(() => it.servers[0]?.connections, { what: "the connection" });
  stop.abort();
  assert.equal(reasonOf(only(await delivering)), `${it.peers[0]}: attempt cut off`);
  fault.active = false;
  await it.deliver([A]);
  assert.deepEqual(it.taken(), [1, 0]);
  assert.deepEqual(it.lines, []);
});

const BINARY = ["CHUNKING", "BINARYMIME"];
const binary = { rest: "\r\n\0", envelope: { body: "BINARYMIME" } } as const;

Deno.test("smarthost.deliver() takes a mail to the server that has what it needs", async () => {
  await using it = startSmarthosts([{ extensions: [] }, { extensions: BINARY }]);
  assert.equal(only(await it.deliver([A], binary)).kind, "delivered");
  assert.equal(only(await it.deliver([A])).kind, "delivered");
  assert.deepEqual(it.taken(), [1, 1]);
  assert.deepEqual(it.lines, []);
});

Deno.test("smarthost.deliver() refuses what no server can take, and defers what one might", async () => {
  const fault = faulty("CONNECT", "DROP");
  await using it = startSmarthosts([{ extensions: [] }, { ...fault, extensions: [] }]);
  const [a, b] = it.peers;
  const waiting = only(await it.deliver([A], binary));
  assert.equal(waiting.kind, "deferred");
  assert.match(reasonOf(waiting), new RegExp(`^${a}: not sent: .*; ${b}: connection closed`));
  fault.active = false;
  it.clock.advance(10_000);
  const refused = only(await it.deliver([A], binary));
  assert.equal(refused.kind, "failed");
  assert.equal(refused.reply?.status, "5.6.3");
});

Deno.test("smarthost.deliver() sends recipients over a limit to the server that had the first", async () => {
  await using it = startSmarthosts([faulty("CONNECT", "DROP"), {
    extensions: ["LIMITS RCPTMAX=1"],
  }]);
  const outcomes = await it.deliver([A, B]);
  assert.deepEqual(kinds(outcomes), { [A]: "delivered", [B]: "delivered" });
  assert.deepEqual(it.taken(), [0, 2]);
});
