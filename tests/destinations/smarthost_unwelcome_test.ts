/** Mail servers that take mail only after TLS or a login that nobody has configured (530, 538). @module */

import assert from "node:assert/strict";
import { isDestinationAway } from "../../lib/queue/gate.ts";
import { A, B, C, kinds, only, pair, reasonOf } from "../support/smarthost_pair.ts";
import { faulty, startSmarthosts } from "../support/smarthosts.ts";
import { until } from "../support/wait.ts";

const refusals = [
  "530 5.7.0 Authentication required",
  "530 5.7.0 Must issue a STARTTLS command first",
  "530-5.5.1 Authentication Required.\r\n530 5.5.1 Learn more",
  "530 5.7.57 Client not authenticated to send mail",
  "530 Log in first",
  "538 5.7.11 Encryption required",
];

for (const extensions of [["PIPELINING"], []]) {
  for (const moment of ["MAIL", "RCPT"] as const) {
    for (const reply of refusals) {
      Deno.test(`smarthost.deliver() waits after "${reply}" at ${moment}, with [${extensions}]`, async () => {
        await using it = pair({ ...faulty(moment, reply), extensions });
        const outcomes = await it.deliver([A, B]);
        assert.deepEqual(kinds(outcomes), { [A]: "deferred", [B]: "deferred" });
        for (const outcome of outcomes.values()) {
          assert.ok(isDestinationAway(outcome));
          const said = `: ${moment} answered with ${reply.slice(0, 3)} `;
          assert.ok(reasonOf(outcome).includes(said), reasonOf(outcome));
          assert.match(reasonOf(outcome), /: set tls or auth of remote-smtp$/);
        }
        assert.deepEqual(it.server.mails, []);
        await until(() => it.server.open === 0, { what: "the end of the connection" });
      });
    }
  }
}

const others = ["550 5.7.0 Spam", "530 5.1.1 No such user", "535 5.7.8 No", "554 5.7.0 No"];

for (const moment of ["MAIL", "RCPT"] as const) {
  for (const reply of others) {
    Deno.test(`smarthost.deliver() takes "${reply}" at ${moment} for an answer about the mail`, async () => {
      await using it = pair(faulty(moment, reply));
      const outcome = only(await it.deliver([A]));
      assert.deepEqual([outcome.kind, outcome.reply?.code], ["failed", Number(reply.slice(0, 3))]);
    });
  }
}

for (const moment of ["DATA", "."] as const) {
  Deno.test(`smarthost.deliver() takes 530 at ${moment} for an answer about the mail`, async () => {
    await using it = pair(faulty(moment, "530 5.7.0 No"));
    assert.equal(only(await it.deliver([A])).kind, "failed");
  });
}

Deno.test("smarthost.deliver() hands over to whom it may without a login; the others wait, or have their answer", async () => {
  const said = ["250 Yes", "530 5.7.0 Log in to relay", "550 5.1.1 Who?"];
  await using it = pair({ react: (moment) => moment === "RCPT" ? said.shift() : undefined });
  const outcomes = await it.deliver([A, B, C]);
  assert.deepEqual(kinds(outcomes), { [A]: "delivered", [B]: "deferred", [C]: "failed" });
  assert.deepEqual(it.server.mails.map(({ recipients }) => recipients), [[A]]);
  assert.equal(only(await it.deliver([A])).kind, "delivered");
  assert.equal(it.server.connections, 1);
});

for (const moment of ["MAIL", "RCPT"] as const) {
  Deno.test(`smarthost.deliver() goes on to the next server after 530 at ${moment}`, async () => {
    const fault = faulty(moment, "530 5.7.0 Log in first");
    await using it = startSmarthosts([fault, {}]);
    for (let mail = 0; mail < 2; mail++) {
      assert.equal(only(await it.deliver([A])).kind, "delivered");
    }
    assert.deepEqual([it.taken(), it.servers[0]?.connections], [[0, 2], 1]);
    assert.deepEqual(it.lines, [
      `WARNING smarthost mail server passed over server=${it.peers[0]} ` +
      `reason="${moment} answered with 530 5.7.0 Log in first: set tls or auth of remote-smtp"`,
    ]);
    fault.active = false;
    it.clock.advance(10_000);
    await it.deliver([A]);
    assert.deepEqual(it.taken(), [1, 2]);
  });
}

Deno.test("smarthost.deliver() asks no other server about whom the first one has refused", async () => {
  const said = ["550 5.1.1 Who?", "530 5.7.0 Log in first"];
  await using it = startSmarthosts([
    { react: (moment) => moment === "RCPT" ? said.shift() : undefined },
    {},
  ]);
  assert.deepEqual(kinds(await it.deliver([A, B])), { [A]: "failed", [B]: "deferred" });
  assert.deepEqual(it.taken(), [0, 0]);
});
