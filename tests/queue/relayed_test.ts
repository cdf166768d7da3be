/** `ack: relayed`: what the notifier is told, and what is stored. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Target } from "../../lib/queue/context.ts";
import { stage } from "../support/queue_stage.ts";
import { away, later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("a mail that everyone accepted is answered 250, and not stored", async () => {
  const { target, ids } = scripted(() => ok);
  await using on = await stage(target);
  assert.equal(await on.send(["a@x", "b@x"]), `250 2.0.0 Accepted as ${ids[0]}`);
  assert.deepEqual(on.queued(), []);
  const told = await on.journal(ids[0] ?? "");
  assert.equal(told?.state, "delivered");
  assert.deepEqual(told?.events.map(({ kind }) => kind), ["routed", "attempt", "answered"]);
});

Deno.test("a mail that is deferred is stored, answered 250, and tried again in time", async () => {
  const { target, got, ids } = scripted((_, attempt) => attempt < 3 ? later : ok);
  await using on = await stage(target, { schedule: { firstRetryMs: 60_000 } });
  const reply = await on.send(["a@x"]);
  assert.equal(reply, `250 2.0.0 queued as ${ids[0]}`);
  assert.equal(on.queued()[0]?.deliveries[0]?.attempts, 1);
  on.pass(30_000);
  assert.equal(ids.length, 1, "not yet");
  on.pass(30_001);
  await until(() => ids.length === 2, { what: "the second attempt" });
  await until(() => on.queued()[0]?.deliveries[0]?.attempts === 2, { what: "its record" });
  on.pass(120_000);
  await until(() => on.queued().length === 0, { what: "the third attempt" });
  assert.deepEqual(got, ["a@x"]);
  assert.equal(new Set(ids).size, 1, "the same queue id on every try");
  assert.equal((await on.journal(ids[0] ?? ""))?.state, "delivered");
});

Deno.test("of two recipients each settles alone", async () => {
  const { target, got, ids } = scripted((recipient, attempt) =>
    recipient === "b@x" && attempt === 1 ? later : ok
  );
  await using on = await stage(target);
  assert.match(await on.send(["a@x", "b@x"]), /^250 2\.0\.0 queued as /);
  assert.deepEqual(on.queued()[0]?.deliveries.map(({ recipients }) => recipients), [["b@x"]]);
  on.pass(30_000);
  await until(() => on.queued().length === 0, { what: "the second attempt" });
  assert.deepEqual(got, ["a@x", "b@x"]);
  assert.equal(ids.length, 2);
});

Deno.test("a mail that everyone refuses goes back with the refusal, and is not kept", async () => {
  const { target, ids } = scripted(() => never);
  await using on = await stage(target);
  assert.equal(await on.send(["a@x", "b@x"]), "550 5.1.1 No such user");
  assert.deepEqual(on.queued(), []);
  assert.equal((await on.journal(ids[0] ?? ""))?.state, "refused");
});

Deno.test("a refusal beside an acceptance is answered 250, bounced, and kept", async () => {
  const { target, got, ids, texts } = scripted((recipient) => recipient === "b@x" ? never : ok);
  await using on = await stage(target);
  assert.match(await on.send(["a@x", "b@x"]), /^250 2\.0\.0 Accepted as /);
  await until(() => got.length === 2, { what: "the bounce" });
  assert.deepEqual(got, ["a@x", "go@example.com"]);
  assert.match(texts[1] ?? "", /report-type="?delivery-status/i);
  assert.match(texts[1] ?? "", /^Final-Recipient: rfc822; b@x/mi);
  assert.match(texts[1] ?? "", /^Remote-MTA: dns; mail\.example\.com/m);
  await until(() => on.queued().length === 1, { what: "the bounce to be settled" });
  const [dead, ...others] = on.queued();
  assert.deepEqual([dead?.queueId, dead?.state, others], [ids[0], "dead", []]);
  assert.equal((await on.journal(ids[0] ?? ""))?.state, "bounced");
});

Deno.test("a refusal of one with a null reverse-path becomes a dead letter without a bounce", async () => {
  const { target, ids } = scripted((recipient) => recipient === "b@x" ? never : ok);
  await using on = await stage(target);
  assert.match(await on.send(["a@x", "b@x"], { reversePath: "" }), /^250 /);
  assert.equal((await on.journal(ids[0] ?? ""))?.state, "dead-letter");
  assert.equal(ids.length, 1);
});

Deno.test("when the budget is spent the mail is stored, and the attempt goes on", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, ids, got } = scripted(() => gate.promise);
  await using on = await stage(target, { budgetMs: 20 });
  assert.equal(await on.send(["a@x"]), `250 2.0.0 queued as ${ids[0]}`);
  assert.equal(on.queued()[0]?.deliveries[0]?.reason, "under way");
  on.pass(31_000);
  gate.resolve(ok);
  await until(() => on.queued().length === 0, { what: "the end of the attempt" });
  assert.deepEqual(got, ["a@x"], "one copy");
  assert.equal(ids.length, 1, "one attempt: it was claimed");
});

Deno.test("giveUp() stores what is under way, and answers at once", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target } = scripted(() => gate.promise);
  await using on = await stage(target);
  const reply = on.send(["a@x"]);
  on.intake.giveUp();
  assert.match(await reply, /^250 2\.0\.0 queued as /);
  gate.resolve(ok);
});

Deno.test("a destination that is away does not hide the delivery to another", async () => {
  const far = scripted(() => away);
  const near = scripted(() => ok);
  await using on = await stage(far.target, {
    others: { chat: near.target },
    route: () =>
      Promise.resolve({
        deliveries: [
          { destination: "smarthost", recipients: ["a@x"] },
          { destination: "chat", recipients: ["chat"] },
        ],
        why: {},
        reason: "both",
      }),
  });
  assert.match(await on.send(["a@x"]), /^250 2\.0\.0 queued as /);
  assert.deepEqual(near.got, ["chat"]);
  const deliveries = on.queued()[0]?.deliveries.map(({ destination }) => destination);
  assert.deepEqual(deliveries, ["smarthost"]);
});

Deno.test("a destination that throws, and one that is unknown, defer the mail", async () => {
  const throwing: Target = { deliver: () => Promise.reject(new Error("a bug")) };
  await using on = await stage(throwing);
  assert.match(await on.send(["a@x"]), /^250 2\.0\.0 queued as /);
  assert.equal(on.queued()[0]?.deliveries[0]?.reason, "smarthost gave no outcome");
});

Deno.test("routing that breaks leaves the mail in the queue, to be routed later", async () => {
  const { target, got } = scripted(() => ok);
  let broken = true;
  await using on = await stage(target, {
    route: ({ envelope: { forwardPaths: recipients } }) =>
      broken ? Promise.reject(new Error("a bug")) : Promise.resolve({
        deliveries: [{ destination: "smarthost", recipients }],
        why: {},
        reason: "fine",
      }),
  });
  assert.match(await on.send(["a@x"]), /^250 2\.0\.0 queued as /);
  broken = false;
  on.pass(30_000);
  await until(() => on.queued().length === 0, { what: "the mail to be routed" });
  assert.deepEqual(got, ["a@x"]);
});

Deno.test("a mail that goes nowhere is answered 250, and its end is recorded", async () => {
  const { target, ids } = scripted(() => ok);
  const route = () => Promise.resolve({ deliveries: [], why: {}, reason: "no rule matched" });
  await using on = await stage(target, { route });
  const reply = await on.send(["a@x"]);
  assert.match(reply, /^250 2\.0\.0 Accepted as /);
  assert.deepEqual(ids, []);
  const told = await on.journal(reply.split(" ").at(-1) ?? "");
  assert.equal(told?.state, "no-delivery");
});

Deno.test("where the journal keeps nothing, only of a mail that is stored the trace is read", async () => {
  const { target, ids } = scripted((recipient) => recipient === "b@x" ? later : ok);
  let read = 0;
  const trace = () => Promise.resolve({ read: ++read });
  await using on = await stage(target, {
    journals: false,
    route: ({ envelope: { forwardPaths: recipients } }) =>
      Promise.resolve({
        deliveries: [{ destination: "smarthost", recipients }],
        why: {},
        reason: "as the rules say",
        trace,
      }),
  });
  assert.match(await on.send(["a@x"]), /^250 2\.0\.0 Accepted as /);
  assert.equal(read, 0);
  assert.equal(await on.journal(ids[0] ?? ""), undefined);
  assert.match(await on.send(["b@x"]), /^250 2\.0\.0 queued as /);
  const told = await on.journal(ids[1] ?? "");
  const [routed] = told?.events ?? [];
  assert.deepEqual(routed?.kind === "routed" && routed.trace, { read: 1 });
});

Deno.test("what ends attempts lets go of a mail that has been tried", async () => {
  const signals: AbortSignal[] = [];
  const target: Target = {
    deliver: (_mail, { recipients }, signal) => {
      signals.push(signal);
      return Promise.resolve(new Map(recipients.map((recipient) => [recipient, ok])));
    },
  };
  await using on = await stage(target);
  await on.send(["a@x"]);
  await on.end();
  assert.deepEqual(signals.map(({ aborted }) => aborted), [false]);
});
