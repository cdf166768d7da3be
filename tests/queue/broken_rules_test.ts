/** A bug in what becomes of an attempt ends neither the program nor the mail. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("a mail whose notice cannot be made waits on, and who had it gets no second copy", async () => {
  const broken = { kind: "failed", reason: "no", reply: { code: 550 } } as unknown as Outcome;
  const { target, got } = scripted((recipient, attempt) =>
    attempt === 1 && recipient === "b@x" ? broken : ok
  );
  await using on = await stage(target, { ack: "queued" });
  assert.match(await on.send(["a@x", "b@x"]), /^250 /);
  const waiting = () => on.queued()[0]?.deliveries[0];
  await until(() => waiting()?.attempts === 1, { what: "the first attempt" });
  assert.deepEqual(waiting()?.recipients, ["b@x"]);
  on.pass(3_600_000);
  await until(() => on.queued().length === 0, { what: "the second attempt" });
  assert.deepEqual(got, ["a@x", "b@x"]);
});
