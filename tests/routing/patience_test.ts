/** How long a mail waits for a GoCD server that hangs. @module */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { LOOKUP_WAIT_MS } from "../../lib/routing/gocd_context.ts";
import { createRouter } from "../../lib/routing/router.ts";
import {
  gocdManager,
  inGroup,
  recipientsOf,
  routingOf,
  ruleOf,
  stageMail,
} from "../support/gocd_managers.ts";
import { HANG_MS, within } from "../support/wait.ts";

const BROKEN = stageMail("build/7/test/1", "is broken");

Deno.test("a mail waits for GoCD for so long that it can be on its way within 2 s", () => {
  assert.equal(LOOKUP_WAIT_MS, 1_500);
});

Deno.test("route() lets a mail go that has waited for its budget while GoCD hangs", async () => {
  const server = startGocdServer({ version: "26.1" });
  server.setFault("hang");
  const manager = gocdManager(server.url, [ruleOf(["mailto:a@x.test"], inGroup("g"))]);
  const router = createRouter(routingOf([manager]), { waitMs: 100, requestMs: HANG_MS });
  const { trace, deliveries } = await router.route(BROKEN);
  assert.equal(trace.decision, "undecided");
  assert.deepEqual(trace.lookups.map(({ source }) => source), ["none"]);
  assert.deepEqual(recipientsOf({ deliveries }), ["a@x.test"]);
  assert.deepEqual(server.requests, [], "it has answered");
  await router.close();
  await server.close();
});

Deno.test("route() lets no mail wait for a request that others have waited for long enough", async () => {
  const server = startGocdServer({ version: "26.1" });
  server.setFault("hang");
  const clock = { now: 1_000_000 };
  const manager = gocdManager(server.url, [ruleOf(["mailto:a@x.test"], inGroup("g"))]);
  const options = { waitMs: HANG_MS, requestMs: HANG_MS, now: () => clock.now };
  const router = createRouter(routingOf([manager]), options);
  router.start();
  clock.now += HANG_MS;
  // Should one of them wait, it does so for as long as the test may last.
  const mails = Promise.all([1, 2, 3].map(() => router.route(BROKEN)));
  for (const { trace } of await within(mails, { what: "three mails", withinMs: HANG_MS / 2 })) {
    assert.equal(trace.decision, "undecided");
    assert.equal(trace.lookups[0]?.tookMs, 0);
  }
  await router.close();
  await server.close();
});
