/** What the queue does when time alone has passed. @module */

import assert from "node:assert/strict";
import { stage } from "../support/queue_stage.ts";
import { never, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("a dead letter is kept for its time, then dropped, and the journal says so", async () => {
  const { target } = scripted(() => never);
  await using on = await stage(target, { ack: "queued", schedule: { deadLettersMs: 3_600_000 } });
  const reply = await on.send(["team@example.org"], { reversePath: "" });
  const id = reply.split(" ").at(-1) ?? "";
  await until(() => on.queued()[0]?.state === "dead", { what: "the dead letter" });
  await on.store.expire(Date.now() - 3_600_000);
  assert.equal(on.queued().length, 1, "its time is not over");
  // Shorter only now: by the true time it is swept sooner, and is not over while we look.
  Object.assign(on.context, { schedule: { ...on.context.schedule, deadLettersMs: 10_000 } });
  on.queue.renew();
  on.pass(10_001);
  await until(() => on.queued().length === 0, { what: "the end of its time" });
  const told = await on.journal(id);
  assert.equal(told?.state, "dropped");
  const last = told?.events.at(-1);
  assert.ok(last?.kind === "dropped" && last.by === "age");
});
