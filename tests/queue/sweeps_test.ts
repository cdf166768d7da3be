/** What the queue does when time alone has passed. @module */

import assert from "node:assert/strict";
import { stage } from "../support/queue_stage.ts";
import { never, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("a dead letter is kept for its time, then dropped, and the journal says so", async () => {
  const { target } = scripted(() => never);
  const schedule = { deadLettersMs: 10_000 };
  await using on = await stage(target, { ack: "queued", schedule });
  const reply = await on.send(["team@example.org"], { reversePath: "" });
  const id = reply.split(" ").at(-1) ?? "";
  await until(() => on.queued()[0]?.state === "dead", { what: "the dead letter" });
  await on.store.expire(Date.now() - schedule.deadLettersMs);
  assert.equal(on.queued().length, 1, "its time is not over");
  on.pass(schedule.deadLettersMs + 1);
  await until(() => on.queued().length === 0, { what: "the end of its time" });
  const told = await on.journal(id);
  assert.equal(told?.state, "dropped");
  const last = told?.events.at(-1);
  assert.ok(last?.kind === "dropped" && last.by === "age");
});
