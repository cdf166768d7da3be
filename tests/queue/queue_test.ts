/** What becomes of queued mail. @module */

import assert from "node:assert/strict";
import { stage } from "../support/queue_stage.ts";
import { away, later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

Deno.test("a destination that fails again and again is paused, and new mail is stored at once", async () => {
  const { target, ids } = scripted(() => away);
  // The pause does not end, however long the disk takes for eight mails.
  await using on = await stage(target, { monotonic: () => 0 });
  for (let count = 0; count < 8; count++) {
    assert.match(await on.send([`${count}@x`]), /^250 2\.0\.0 queued as /);
  }
  assert.equal(ids.length, 5, "after five failures nobody is tried any more");
  assert.equal(on.queued().length, 8);
  assert.match((await on.queue.status()).destinations[0]?.paused ?? "", /cannot connect/);
});

Deno.test("a destination that is back gets everything that waited for it, at once", async () => {
  let back = false;
  const { target, got } = scripted(() => back ? ok : away);
  await using on = await stage(target);
  for (let count = 0; count < 60; count++) await on.send([`${count}@x`]);
  back = true;
  // No time passes on the queue's clock: nothing but the comeback makes them due.
  await until(() => on.queued().length === 0, { what: "the queue to drain" });
  assert.equal(got.length, 60);
  assert.equal(new Set(got).size, 60, "each once");
});

Deno.test("mail that is too old is given up: bounced, told to on-failure, kept", async () => {
  const { target, got, texts } = scripted((recipient) => recipient === "a@x" ? later : ok);
  await using on = await stage(target, {
    schedule: { giveUpAfterMs: DAY_MS },
    onFailure: [{ kind: "mailto", address: "ops@example.com", text: "mailto:ops@example.com" }],
  });
  const id = (await on.send(["a@x"])).split(" ").at(-1) ?? "";
  on.pass(DAY_MS);
  await until(() => got.length === 2, { what: "the notices" });
  assert.deepEqual(got.toSorted(), ["go@example.com", "ops@example.com"]);
  assert.match(texts.at(-1) ?? "", /Given up by this relay when the mail was 24 hours\s+old/);
  await until(() => on.queued().length === 1, { what: "the notices to be settled" });
  assert.deepEqual(on.queued().map(({ queueId, state }) => [queueId, state]), [[id, "dead"]]);
  assert.equal((await on.journal(id))?.state, "bounced");
});

Deno.test("mail is given up although its destination was paused all the time", async () => {
  const { target } = scripted(() => away);
  await using on = await stage(target, { schedule: { giveUpAfterMs: 5_000 } });
  for (let count = 0; count < 7; count++) await on.send([`${count}@x`], { reversePath: "" });
  on.pass(10_000);
  await until(() => on.queued().every(({ state }) => state === "dead"), { what: "the end of all" });
  assert.equal(on.queued().length, 7);
});

Deno.test("the reverse-path is told once that a mail is late", async () => {
  const { target, got, texts } = scripted((recipient) => recipient === "a@x" ? later : ok);
  await using on = await stage(target, { schedule: { delayNoticeMs: 4 * HOUR_MS } });
  await on.send(["a@x"]);
  for (let count = 0; count < 3; count++) {
    const tries = on.queued()[0]?.deliveries[0]?.attempts ?? 0;
    on.pass(5 * HOUR_MS);
    await until(() => (on.queued()[0]?.deliveries[0]?.attempts ?? 0) > tries, {
      what: "another attempt",
    });
  }
  assert.deepEqual(got, ["go@example.com"]);
  assert.match(texts.find((text) => /^Action: /m.test(text)) ?? "", /^Action: delayed/m);
});

Deno.test("a dead letter is tried again by hand, with a new life", async () => {
  let good = false;
  const { target, got } = scripted((recipient) => good || recipient === "b@x" ? ok : never);
  await using on = await stage(target);
  const id = (await on.send(["a@x", "b@x"], { reversePath: "" })).split(" ").at(-1) ?? "";
  assert.equal(on.queued()[0]?.state, "dead");
  good = true;
  assert.deepEqual(await on.queue.retry(id), [id]);
  await until(() => on.queued().length === 0, { what: "the delivery" });
  assert.deepEqual(got, ["b@x", "a@x"]);
  assert.equal((await on.journal(id))?.state, "delivered");
});

Deno.test("a mail is dropped by hand, and the journal knows", async () => {
  const { target, ids } = scripted(() => later);
  await using on = await stage(target);
  const id = (await on.send(["a@x"])).split(" ").at(-1) ?? "";
  assert.deepEqual(await on.queue.drop(id), { found: true, underWay: false });
  assert.deepEqual(await on.queue.drop(id), { found: false, underWay: false });
  on.pass(DAY_MS);
  assert.deepEqual([on.queued(), ids.length], [[], 1]);
  assert.equal((await on.journal(id))?.state, "dropped");
});

Deno.test("queued mail is routed again once the configuration has changed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const before = scripted((recipient) => recipient === "a@x" ? ok : later);
    let id = "";
    {
      await using first = await stage(before.target, { folder });
      id = (await first.send(["a@x", "b@x", "c@x"])).split(" ").at(-1) ?? "";
    }
    const after = scripted(() => ok);
    await using on = await stage(after.target, {
      folder,
      routedBy: "configuration-2",
      route: () =>
        Promise.resolve({
          deliveries: [{ destination: "smarthost", recipients: ["a@x", "new@x"] }],
          why: {},
          reason: "the rules say otherwise now",
        }),
    });
    on.pass(DAY_MS);
    await until(() => on.queued().length === 0, { what: "the delivery" });
    assert.deepEqual(after.got, ["new@x"], "who had it does not get it twice");
    assert.deepEqual([...new Set(after.ids)], [id]);
    const events = (await on.journal(id))?.events ?? [];
    assert.equal(events.filter(({ kind }) => kind === "routed").length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("queued mail that no rule wants any more ends, and the reason is recorded", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const { target } = scripted(() => later);
    let id = "";
    {
      await using first = await stage(target, { folder });
      id = (await first.send(["a@x"])).split(" ").at(-1) ?? "";
    }
    await using on = await stage(target, {
      folder,
      routedBy: "configuration-2",
      route: () => Promise.resolve({ deliveries: [], why: {}, reason: "no rule matched" }),
    });
    on.pass(DAY_MS);
    await until(() => on.queued().length === 0, { what: "the end" });
    assert.equal((await on.journal(id))?.state, "no-delivery");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a message over a MiB waits in a file, is delivered whole, and its file goes", async () => {
  const text = `Subject: big\r\n\r\n${"0123456789abcdef\r\n".repeat(80_000)}`;
  const { target, texts } = scripted((_, attempt) => attempt === 1 ? later : ok);
  await using on = await stage(target);
  const id = (await on.send(["a@x"], { text })).split(" ").at(-1) ?? "";
  const files = () => [...Deno.readDirSync(`${on.folder}/messages`)].map(({ name }) => name);
  assert.deepEqual(files(), [`${id}.eml`]);
  on.pass(30_000);
  await until(() => on.queued().length === 0, { what: "the delivery" });
  assert.ok(texts[1] === text, "every octet");
  await until(() => files().length === 0, { what: "the file to go" });
});

Deno.test("a message that cannot be read is deferred with a reason that names its file", async () => {
  const denied = new Deno.errors.PermissionDenied("Permission denied (os error 13): open 'ID.eml'");
  await using on = await stage({ deliver: () => Promise.reject(denied) });
  assert.match(await on.send(["a@x"]), /^250 2\.0\.0 queued as /);
  const reason = on.queued()[0]?.deliveries[0]?.reason ?? "";
  assert.match(reason, /^the message cannot be read: .*open 'ID\.eml'$/);
});

Deno.test("a bug in a destination is not blamed on the destination", async () => {
  await using on = await stage({ deliver: () => Promise.reject(new Error("a bug")) });
  for (let count = 0; count < 7; count++) await on.send([`${count}@x`]);
  assert.equal((await on.queue.status()).destinations[0]?.paused, undefined);
});

Deno.test("retry() by hand probes a paused destination at once", async () => {
  const { target, ids } = scripted(() => ({ ...away, retryAfterMs: DAY_MS }));
  await using on = await stage(target);
  const id = (await on.send(["a@x"])).split(" ").at(-1) ?? "";
  assert.equal(ids.length, 1);
  await on.queue.retry(id);
  await until(() => ids.length === 2, { what: "the probe" });
});

Deno.test("a dead letter that is tried again under another configuration is not forgotten", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const before = scripted((recipient) => recipient === "b@x" ? never : ok);
    let id = "";
    {
      await using first = await stage(before.target, { folder });
      id = (await first.send(["a@x", "b@x"], { reversePath: "" })).split(" ").at(-1) ?? "";
    }
    const after = scripted(() => ok);
    await using on = await stage(after.target, { folder, routedBy: "configuration-2" });
    await on.queue.retry(id);
    await until(() => on.queued().length === 0, { what: "the delivery" });
    assert.deepEqual(after.got, ["b@x"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
