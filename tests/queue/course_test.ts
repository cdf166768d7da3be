/** What the log is told of a decision that is made after the answer. @module */

import assert from "node:assert/strict";
import type { Routed } from "../../lib/queue/context.ts";
import { logLines } from "../support/log_lines.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const ROUTED = " INFO queue routed ";
const ANSWERED = " INFO queue answered ";

/** A decision, and how often it was told. */
function decision(...recipients: string[]) {
  const told: string[] = [];
  const routed: Routed = {
    deliveries: recipients.length > 0 ? [{ destination: "smarthost", recipients }] : [],
    why: {
      subject: "x",
      manager: "mail",
      decision: recipients.length > 0 ? "matched" : "muted",
      reason: "as the rules say",
      notSent: recipients.length > 0 ? undefined : "muted",
      goesTo: recipients.join(",") || "nobody",
    },
    reason: "as the rules say",
    tell: () => told.push("told"),
  };
  return { routed, told };
}

function idOf(reply: string): string {
  return reply.split(" ").at(-1) ?? "";
}

const WHY = "subject=x manager=mail";
const REASON = `reason="as the rules say"`;

const decisions = [
  { name: "somebody", to: ["a@x"], line: `${WHY} decision=matched ${REASON} goesTo=a@x` },
  {
    name: "two",
    to: ["a@x", "b@x"],
    line: `${WHY} decision=matched ${REASON} goesTo=a@x,b@x`,
  },
  { name: "nobody", to: [], line: `${WHY} decision=muted ${REASON} notSent=muted goesTo=nobody` },
];

for (const { name, to, line } of decisions) {
  Deno.test(`ack: queued, to ${name}: the log has the decision and the reason, once`, async () => {
    using lines = logLines();
    const { routed, told } = decision(...to);
    await using on = await stage(scripted(() => ok).target, {
      ack: "queued",
      route: () => Promise.resolve(routed),
    });
    const id = idOf(await on.send(["a@x"]));
    await until(() => on.queued().length === 0, { what: "the end of the mail" });
    const decided = lines.with(ROUTED);
    assert.equal(decided.length, 1);
    assert.ok(decided[0]?.endsWith(` routed queueId=${id} ${line}`), decided[0]);
    assert.equal(told.length, 1);
    const [answered, ...others] = lines.with(ANSWERED);
    assert.deepEqual(others, []);
    assert.doesNotMatch(answered ?? "", /delivered=|manager=/);
  });

  Deno.test(`ack: relayed, to ${name}: the answer's line has the reason, and is the only one`, async () => {
    using lines = logLines();
    const { routed, told } = decision(...to);
    await using on = await stage(scripted(() => ok).target, {
      route: () => Promise.resolve(routed),
    });
    await on.send(["a@x"]);
    assert.deepEqual(lines.with(ROUTED), []);
    const [answered = "", ...others] = lines.with(ANSWERED);
    assert.deepEqual(others, []);
    assert.ok(answered.includes(` ${line} delivered=${to.length}/${to.length} `), answered);
    assert.equal(told.length, 1);
  });
}

Deno.test("what the budget cuts short is told when the queue has decided it, once", async () => {
  using lines = logLines();
  const slow = Promise.withResolvers<Routed>();
  const first = decision("first@x");
  const second = decision("second@x");
  let asked = 0;
  const { target, got } = scripted(() => ok);
  await using on = await stage(target, {
    budgetMs: 20,
    route: () => asked++ === 0 ? slow.promise : Promise.resolve(second.routed),
  });
  const id = idOf(await on.send(["a@x"]));
  await until(() => on.queued().length === 0, { what: "the delivery" });
  slow.resolve(first.routed);
  await on.end();
  assert.deepEqual(got, ["second@x"]);
  assert.deepEqual([first.told, second.told], [[], ["told"]]);
  const [answered = ""] = lines.with(ANSWERED);
  assert.match(answered, / reply="250 2\.0\.0 queued as /);
  assert.doesNotMatch(answered, /delivered=|manager=/);
  assert.equal(lines.with(ROUTED).length, 1);
  assert.match(lines.with(ROUTED)[0] ?? "", new RegExp(`queueId=${id} .*goesTo=second@x$`));
});

for (const ack of ["queued", "relayed"] as const) {
  Deno.test(`ack: ${ack}: what is decided while the program ends is not told`, async () => {
    using lines = logLines();
    const slow = Promise.withResolvers<Routed>();
    const { routed, told } = decision("otherwise@x");
    let asked = 0;
    await using on = await stage(scripted(() => ok).target, {
      ack,
      route: () => (asked++, slow.promise),
    });
    const reply = on.send(["a@x"]);
    await until(() => asked === 1, { what: "the routing" });
    on.intake.giveUp();
    assert.match(await reply, /^250 2\.0\.0 queued as /);
    const ended = on.end();
    await until(() => on.queue.endings.signal.aborted, { what: "the end" });
    slow.resolve(routed);
    await ended;
    assert.equal(on.queued().length, 1);
    assert.deepEqual([told, lines.with(ROUTED)], [[], []]);
    assert.doesNotMatch(lines.with(ANSWERED)[0] ?? "", /delivered=|manager=/);
  });
}

Deno.test("a mail that is routed anew has the new decision in the log", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    using lines = logLines();
    const slow = scripted(() => ({ kind: "deferred", reason: "busy" }));
    {
      const { routed } = decision("before@x");
      await using before = await stage(slow.target, {
        folder,
        route: () => Promise.resolve(routed),
      });
      await before.send(["a@x"]);
    }
    assert.deepEqual(lines.with(ROUTED), []);
    const { routed, told } = decision();
    const routedBy = "configuration-2";
    const route = () => Promise.resolve(routed);
    await using after = await stage(slow.target, { folder, routedBy, route });
    after.pass(30_000);
    await until(() => after.queued().length === 0, { what: "the end of the mail" });
    assert.match(lines.with(ROUTED)[0] ?? "", / notSent=muted goesTo=nobody$/);
    assert.deepEqual([told.length, lines.with(ROUTED).length], [1, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
