/** A queue whose configuration changes while it works. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { Attempts } from "../../lib/queue/attempts.ts";
import { Budgets } from "../../lib/queue/budgets.ts";
import type { Target } from "../../lib/queue/context.ts";
import { Duplicates } from "../../lib/queue/duplicates.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { stage } from "../support/queue_stage.ts";
import { until } from "../support/wait.ts";

/** A destination that says the same of everybody, and counts. */
function saying(outcome: Outcome): Target & { asked: number } {
  const target = {
    asked: 0,
    deliver: (_mail: unknown, { recipients }: { readonly recipients: readonly string[] }) => {
      target.asked++;
      return Promise.resolve(new Map(recipients.map((recipient) => [recipient, outcome] as const)));
    },
  };
  return target;
}

const AWAY: Outcome = { kind: "deferred", reason: "connection refused" };
const TAKEN: Outcome = { kind: "delivered", detail: "250 ok" };

Deno.test("Attempts opens another gate for another destination of an old name", async () => {
  const [away, taking] = [saying(AWAY), saying(TAKEN)];
  const targets = new Map<string, Target>([["smarthost", away]]);
  const opened: string[] = [];
  const attempts = new Attempts({ targets, wall: () => 0 }, (name) => opened.push(name));
  const { signal } = new AbortController();
  const again = () => attempts.try(sampleMail(), sampleDelivery(), { signal });
  for (let failures = 0; failures < 5; failures++) await again();
  assert.match(attempts.states()[0]?.paused ?? "", /is away: connection refused/);
  // One that began before the change tells of it afterwards.
  const late = { ...sampleDelivery(), destination: "smarthost" };
  assert.deepEqual(attempts.renew(), [], "nothing has changed yet");
  targets.set("smarthost", taking);
  assert.deepEqual(attempts.renew(), ["smarthost"]);
  assert.deepEqual(attempts.states(), [{ name: "smarthost" }]);
  const { outcomes } = await attempts.try(sampleMail(), late, { signal });
  assert.deepEqual([...outcomes.values()], [TAKEN]);
  assert.equal(away.asked, 5);
  targets.delete("smarthost");
  assert.deepEqual(attempts.renew(), []);
  assert.deepEqual(attempts.states(), []);
});

Deno.test("what waited for a destination that was away is tried at once at the new one", async () => {
  const [away, taking] = [saying(AWAY), saying(TAKEN)];
  const others: Record<string, Target> = {};
  await using queue = await stage(away, { others, schedule: { firstRetryMs: 3_600_000 } });
  const { context } = queue;
  for (let mails = 0; mails < 6; mails++) await queue.send([`operator${mails}@example.org`]);
  assert.ok(queue.queue.attempts.whyPaused("smarthost") !== undefined);
  (context.targets as Map<string, Target>).set("smarthost", taking);
  queue.queue.renew();
  await until(() => queue.queued().length === 0, { what: "the queue to be empty" });
  assert.equal(taking.asked, 6);
});

Deno.test("what one configuration has routed is stored as its, though another is in force by then", async () => {
  let asked = 0;
  await using queue = await stage(saying(AWAY), {
    routedBy: "configuration-2",
    route: ({ envelope }) => {
      asked++;
      return Promise.resolve({
        deliveries: [{ destination: "smarthost", recipients: envelope.forwardPaths }],
        why: {},
        reason: "as the rules say",
        // It was changed while the first mail was routed.
        routedBy: asked === 1 ? "configuration-1" : "configuration-2",
      });
    },
  });
  await queue.send(["operator@example.org"]);
  queue.pass(31_000);
  await until(() => asked === 2, { what: "the mail to be routed again" });
});

Deno.test("Duplicates keeps to the window of the moment", () => {
  const options = { windowMs: 1_000 };
  const duplicates = new Duplicates(options);
  duplicates.add("key", "ID", 0);
  assert.equal(duplicates.find("key", 1_500), null);
  options.windowMs = 2_000;
  assert.equal(duplicates.find("key", 1_500), "ID");
});

Deno.test("Budgets gives budgets of another size, and ends all of them", async () => {
  let size = 60_000;
  const budgets = new Budgets(() => size);
  const long = budgets.start();
  size = 1;
  const short = budgets.start();
  await short.spent;
  assert.equal(await Promise.race([long.spent, undefined]), undefined);
  budgets.end();
  await long.spent;
  size = 70_000;
  const late = budgets.start();
  await late.spent;
  for (const budget of [long, short, late]) budget.stop();
});

Deno.test("mail is given up by the schedule of the moment", async () => {
  await using queue = await stage(saying(AWAY), { schedule: { firstRetryMs: 3_600_000 } });
  const { context } = queue;
  await queue.send(["operator@example.org"]);
  Object.assign(context.schedule, { giveUpAfterMs: 5_000 });
  queue.queue.renew();
  queue.pass(10_000);
  await until(
    () =>
      queue.queued().every(({ deliveries }) => deliveries.every(({ state }) => state === "dead")),
    { what: "the mail to be given up" },
  );
});
