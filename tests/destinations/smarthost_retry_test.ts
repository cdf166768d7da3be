import assert from "node:assert/strict";
import { isDestinationAway } from "../../lib/queue/gate.ts";
import type { Moment } from "../support/fault_smtp_server.ts";
import { A, only, pair } from "../support/smarthost_pair.ts";

const STAGES: readonly Moment[] = ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."];

const replies = [
  { reply: "451 4.7.1 Greylisted, try again in 5 minutes", retryAfterMs: 300_000 },
  {
    reply: "451-4.7.1 Greylisted,\r\n451 4.7.1 please come back in 00:05:00",
    retryAfterMs: 300_000,
  },
  { reply: "421 4.7.0 Too many connections, retry in 30 s", retryAfterMs: 30_000 },
  { reply: "451 4.7.1 Try again later", retryAfterMs: undefined },
  { reply: "452 4.5.3 Too many recipients, try again in 60 seconds", retryAfterMs: 60_000 },
] as const;

for (const stage of STAGES) {
  for (const { reply, retryAfterMs } of replies) {
    Deno.test(`smarthost.deliver() heeds ${JSON.stringify(reply)} at ${stage}`, async () => {
      await using it = pair({ react: (moment) => moment === stage ? reply : undefined });
      const outcome = only(await it.deliver([A]));
      assert.ok(outcome.kind === "deferred");
      assert.equal(outcome.retryAfterMs, retryAfterMs);
      const code = Number(reply.slice(0, 3));
      // What refuses us and not the mail is told in the reason only, so that the queue blames the server.
      const refusesUs = (stage === "CONNECT" || stage === "EHLO") && code !== 421;
      assert.equal(outcome.reply?.code, refusesUs ? undefined : code);
      assert.ok(outcome.reason.includes(`answered with ${reply.slice(0, 3)} 4.`), outcome.reason);
      assert.equal(isDestinationAway(outcome), refusesUs || code === 421);
    });
  }
}

Deno.test("smarthost.deliver() reads no hint from a refusal for good", async () => {
  const reply = "550 5.7.1 Blocked, try again in 5 minutes";
  await using it = pair({ react: (moment) => moment === "RCPT" ? reply : undefined });
  const outcome = only(await it.deliver([A]));
  assert.deepEqual([outcome.kind, "retryAfterMs" in outcome], ["failed", false]);
});
