/** `ack: queued`: on disk before the notifier hears of it. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { stage } from "../support/queue_stage.ts";
import { later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("a mail is answered although nobody has routed or delivered it yet", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got, ids } = scripted(() => gate.promise);
  await using on = await stage(target, { ack: "queued" });
  const reply = await on.send(["a@x"]);
  assert.match(reply, /^250 2\.0\.0 queued as \S{26}$/);
  assert.equal(on.queued().length, 1);
  gate.resolve(ok);
  await until(() => on.queued().length === 0, { what: "the delivery" });
  assert.deepEqual([got, reply.endsWith(ids[0] ?? "?")], [["a@x"], true]);
  const told = await on.journal(ids[0] ?? "");
  assert.equal(told?.state, "delivered");
  assert.deepEqual(told?.events.map(({ kind }) => kind), ["answered", "routed", "attempt"]);
});

Deno.test("a mail of several destinations settles at each alone", async () => {
  const first = scripted((_, attempt) => attempt === 1 ? later : ok);
  const second = scripted(() => ok);
  await using on = await stage(first.target, {
    ack: "queued",
    others: { chat: second.target },
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
  assert.match(await on.send(["a@x"]), /^250 /);
  await until(() => on.queued()[0]?.deliveries[0]?.attempts === 1, { what: "the first attempts" });
  assert.deepEqual(on.queued()[0]?.deliveries.map(({ destination }) => destination), ["smarthost"]);
  on.pass(30_000);
  await until(() => on.queued().length === 0, { what: "the second attempt" });
  assert.deepEqual([first.got, second.got], [["a@x"], ["chat"]]);
});

Deno.test("a refusal is bounced, because the notifier has had its answer", async () => {
  const { target, got } = scripted((recipient) => recipient === "a@x" ? never : ok);
  await using on = await stage(target, { ack: "queued" });
  assert.match(await on.send(["a@x"]), /^250 /);
  await until(() => got.length === 1, { what: "the bounce" });
  assert.deepEqual(got, ["go@example.com"]);
  assert.equal(on.queued()[0]?.state, "dead");
});

Deno.test("a mail that no rule wants leaves the queue, and the reason is recorded", async () => {
  const route = () => Promise.resolve({ deliveries: [], why: {}, reason: "no rule matched" });
  const { target } = scripted(() => ok);
  await using on = await stage(target, { ack: "queued", route });
  const id = (await on.send(["a@x"])).split(" ").at(-1) ?? "";
  await until(() => on.queued().length === 0, { what: "the queue to be empty" });
  assert.equal((await on.journal(id))?.state, "no-delivery");
});

Deno.test("a process that does not own the store leaves mail to the one that does", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const { target, got } = scripted(() => ok);
    {
      await using beside = await stage(target, { ack: "queued", folder, working: false });
      assert.match(await beside.send(["a@x"]), /^250 /);
      assert.equal(beside.queued().length, 1);
    }
    assert.deepEqual(got, []);
    await using owner = await stage(target, { ack: "queued", folder });
    await until(() => got.length === 1, { what: "the delivery" });
    await until(() => owner.queued().length === 0, { what: "the queue to be empty" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what was under way when the program ended is delivered by the next one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const gate = Promise.withResolvers<Outcome>();
    const stuck = scripted(() => gate.promise);
    {
      await using before = await stage(stuck.target, { ack: "queued", folder });
      assert.match(await before.send(["a@x"]), /^250 /);
      await until(() => stuck.ids.length === 1, { what: "the attempt" });
    }
    gate.resolve(later);
    const next = scripted(() => ok);
    await using _ = await stage(next.target, { ack: "queued", folder });
    await until(() => next.got.length === 1, { what: "the delivery" });
    assert.deepEqual(next.ids, stuck.ids, "the same queue id");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
