/** What log and queue say of mail that waits for a paused destination, which nobody asked. @module */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Routed } from "../../lib/queue/context.ts";
import { inOneLine, whyWaiting } from "../../lib/queue/pauses.ts";
import { logLines } from "../support/log_lines.ts";
import { type Stage, stage, type StageOptions } from "../support/queue_stage.ts";
import { away, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const WHY = "smarthost is away: cannot connect";
const PAUSED = ` paused="${WHY}"`;
const FAILURES = 5;

/** A stage whose smarthost is away, with what else goes to `chat`. */
function stageOf(options: StageOptions, chat: Outcome = ok): Promise<Stage> {
  return stage(scripted(() => away).target, {
    monotonic: () => 0,
    others: { chat: scripted(() => chat).target },
    route: ({ envelope: { forwardPaths } }) =>
      Promise.resolve({ deliveries: deliveriesOf(forwardPaths), why: {}, reason: "r" }),
    ...options,
  });
}

function deliveriesOf(paths: readonly string[]): Delivery[] {
  const [chat = [], mail = []] = [true, false].map((wanted) =>
    paths.filter((path) => path.startsWith("chat") === wanted)
  );
  return [
    ...mail.length > 0 ? [{ destination: "smarthost", recipients: mail }] : [],
    ...chat.length > 0 ? [{ destination: "chat", recipients: chat }] : [],
  ];
}

/** Has the smarthost fail until it is paused; the null reverse-path brings forth nothing else. */
async function pause(on: Stage): Promise<void> {
  for (let count = 0; count < FAILURES; count++) {
    await on.send([`${count}@x`], { reversePath: "" });
  }
  const why = () => on.queue.attempts.whyPaused("smarthost");
  await until(() => why() === WHY, { what: "the pause" });
}

/** What the queue says of a mail's deliveries. */
function reasonsOf(on: Stage, queueId: string): (readonly [string, string])[] {
  const mail = on.queued().find((queued) => queued.queueId === queueId);
  return (mail?.deliveries ?? []).map(({ destination, reason }) => [destination, reason]);
}

function idOf(reply: string): string {
  return reply.split(" ").at(-1) ?? "";
}

Deno.test("a mail that is not tried because of a pause is answered with the reason", async () => {
  using lines = logLines();
  await using on = await stageOf({});
  await pause(on);
  const id = idOf(await on.send(["a@x", "b@x", "chat"]));
  const [line = "", ...others] = lines.with(`answered queueId=${id}`);
  assert.deepEqual(others, []);
  assert.match(line, / delivered=1\/3 /);
  assert.ok(line.includes(PAUSED), line);
  assert.deepEqual(reasonsOf(on, id), [["smarthost", WHY]]);
  // Those that were tried have lines of their own.
  assert.equal(lines.with(PAUSED).length, 2, "the one that closed the gate, and this one");
});

Deno.test("so is the probe, of whose failure the log says nothing else", async () => {
  using lines = logLines();
  let now = 0;
  await using on = await stageOf({ monotonic: () => now, working: false });
  await pause(on);
  now += 1_000;
  const id = idOf(await on.send(["a@x"]));
  assert.deepEqual(lines.with(`deferred queueId=${id}`), []);
  const [line = ""] = lines.with(`answered queueId=${id}`);
  assert.ok(line.includes(PAUSED), line);
});

Deno.test("what goes elsewhere says nothing of the pause", async () => {
  using lines = logLines();
  await using on = await stageOf({});
  await pause(on);
  const id = idOf(await on.send(["chat"]));
  const [line = ""] = lines.with(`answered queueId=${id}`);
  assert.match(line, / delivered=1\/1 /);
  assert.doesNotMatch(line, /paused=/);
});

Deno.test("nor does what was tried before the pause and taken in it", async () => {
  using lines = logLines();
  const slow = Promise.withResolvers<Outcome>();
  const { target, ids } = scripted((recipient) => recipient === "slow@x" ? slow.promise : away);
  await using on = await stage(target, { monotonic: () => 0 });
  const reply = on.send(["slow@x"]);
  await until(() => ids.length === 1, { what: "the attempt" });
  await pause(on);
  slow.resolve(ok);
  const [line = ""] = lines.with(`answered queueId=${idOf(await reply)}`);
  assert.equal(on.queue.attempts.whyPaused("smarthost"), WHY);
  assert.match(line, / delivered=1\/1 /);
  assert.doesNotMatch(line, /paused=/);
});

const chats = [
  { name: "one delivery", to: ["a@x"] },
  { name: "several deliveries", to: ["a@x", "chat"] },
];

for (const { name, to } of chats) {
  Deno.test(`ack: queued, ${name}: the queue and the line that tells where it goes say why`, async () => {
    using lines = logLines();
    await using on = await stageOf({ ack: "queued" });
    await pause(on);
    const id = idOf(await on.send(to));
    const told = () => reasonsOf(on, id).map(([destination]) => destination).join();
    await until(() => told() === "smarthost", { what: "the smarthost's alone" });
    await until(() => reasonsOf(on, id)[0]?.[1] === WHY, { what: "the reason" });
    const [line = ""] = lines.with(`routed queueId=${id}`);
    assert.ok(line.endsWith(PAUSED), line);
  });
}

Deno.test("a mail that the queue routes while its destination is paused says why it waits", async () => {
  const slow = Promise.withResolvers<Routed>();
  let hangs = false;
  await using on = await stageOf({
    route: ({ envelope: { forwardPaths } }) => {
      const routed = { deliveries: deliveriesOf(forwardPaths), why: {}, reason: "r" };
      const answer = hangs ? slow.promise : Promise.resolve(routed);
      hangs = false;
      return answer;
    },
  });
  await pause(on);
  hangs = true;
  const reply = on.send(["a@x"]);
  await until(() => !hangs, { what: "the routing" });
  on.intake.giveUp();
  const id = idOf(await reply);
  await until(() => reasonsOf(on, id)[0]?.[0] === "smarthost", { what: "the second routing" });
  assert.deepEqual(reasonsOf(on, id), [["smarthost", WHY]]);
  slow.resolve({ deliveries: [], why: {}, reason: "too late" });
});

const notices = [
  { name: "a bounce", ack: "relayed", chat: never, to: ["chat", "a@x"], notify: "FAILURE" },
  { name: "a bounce", ack: "queued", chat: never, to: ["chat"], notify: "FAILURE" },
  { name: "a report of success", ack: "relayed", chat: ok, to: ["chat"], notify: "SUCCESS" },
] as const;

for (const { name, ack, chat, to, notify } of notices) {
  Deno.test(`ack: ${ack}: ${name} that is queued while its destination is paused says why`, async () => {
    await using on = await stageOf({ ack }, chat);
    await pause(on);
    const recipients = { chat: { notify: [notify] } };
    const id = idOf(await on.send(to, { reversePath: "go@x", envelope: { dsn: { recipients } } }));
    const notice = () =>
      on.queued().find(({ queueId, forwardPaths }) =>
        queueId !== id && forwardPaths.join() === "go@x"
      );
    await until(() => notice() !== undefined, { what: "the notice" });
    const reasons = notice()?.deliveries.map(({ reason }) => reason);
    assert.deepEqual(reasons, [WHY]);
  });
}

Deno.test("reasons are told once each, and not without end", () => {
  const pauses = { whyPaused: (name: string) => name === "open" ? undefined : `${name} away` };
  const to = (destination: string): Delivery => ({ destination, recipients: ["x"] });
  assert.equal(whyWaiting([to("open"), to("open")], pauses), undefined);
  assert.equal(whyWaiting([to("a"), to("open"), to("b"), to("a")], pauses), "a away; b away");
  assert.equal(inOneLine([undefined, "a", "b", "c", "d"]), "a; b; c");
});
