import assert from "node:assert/strict";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { A, B, C, pair } from "../support/smarthost_pair.ts";

const envelope: Partial<Envelope> = {
  forwardPaths: [A, B, C],
  dsn: {
    ret: "HDRS",
    envid: "cron=1",
    recipients: {
      [A]: { notify: ["SUCCESS", "FAILURE"] },
      [B]: { notify: ["NEVER"], orcpt: "rfc822;ops+b@example.org" },
    },
  },
};

Deno.test("smarthost.deliver() passes on what was asked to a server that offers DSN", async () => {
  await using it = pair({ extensions: ["PIPELINING", "DSN"] });
  const outcomes = await it.deliver([A, B, C], { envelope });
  assert.deepEqual(it.server.commands.slice(1), [
    "MAIL FROM:<gocd@example.org> RET=HDRS ENVID=cron+3D1",
    `RCPT TO:<${A}> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;${A}`,
    `RCPT TO:<${B}> NOTIFY=NEVER ORCPT=rfc822;ops+2Bb@example.org`,
    `RCPT TO:<${C}>`,
    "DATA",
  ]);
  assert.deepEqual(it.server.mails[0]?.recipients, [A, B, C]);
  for (const outcome of outcomes.values()) assert.equal("relayed" in outcome, false);
});

Deno.test("smarthost.deliver() says whose success a server without DSN will not report", async () => {
  await using it = pair({ extensions: ["PIPELINING"] });
  const outcomes = await it.deliver([A, B, C], { envelope });
  assert.deepEqual(it.server.commands.slice(1, 3), [
    "MAIL FROM:<gocd@example.org>",
    `RCPT TO:<${A}>`,
  ]);
  const { kind, ...rest } = outcomes.get(A) ?? assert.fail();
  assert.deepEqual([kind, "relayed" in rest && rest.relayed], ["delivered", "without-dsn"]);
  for (const other of [B, C]) assert.equal("relayed" in (outcomes.get(other) ?? {}), false);
});

Deno.test("smarthost.deliver() reports no success of a mail that was refused", async () => {
  const react = (moment: string) => moment === "." ? "554 5.6.0 No" : undefined;
  await using it = pair({ extensions: [], react });
  const outcome = (await it.deliver([A], { envelope })).get(A);
  assert.equal(outcome?.kind, "failed");
  assert.equal("relayed" in outcome, false);
});

Deno.test("smarthost.deliver() names no original recipient for whom a rule put in its place", async () => {
  await using it = pair({ extensions: ["DSN"] });
  const asked = { forwardPaths: [A], dsn: { recipients: { [A]: { notify: ["DELAY"] as const } } } };
  await it.deliver([B], { envelope: asked });
  assert.ok(it.server.commands.includes(`RCPT TO:<${B}> NOTIFY=DELAY`));
});

Deno.test("smarthost.deliver() sends nothing of a mail that requires TLS in clear", async () => {
  await using it = pair({ extensions: ["REQUIRETLS"] });
  const outcome = (await it.deliver([A], { envelope: { requireTls: true } })).get(A);
  assert.ok(outcome?.kind === "failed");
  assert.equal(outcome.reply?.status, "5.7.10");
  assert.deepEqual(it.server.commands, ["EHLO relay.test"]);
});
