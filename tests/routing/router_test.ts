/** Holds lib/routing/router.ts to its contract, with real GoCD-like servers. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { ManagerConfig } from "../../lib/config/types.ts";
import { addressKey } from "../../lib/mail/address.ts";
import { createRouter, type RouterOptions } from "../../lib/routing/router.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import {
  ANY,
  gocdManager,
  inGroup,
  mailManager,
  recipientsOf,
  routingOf,
  ruleOf,
  stageMail,
} from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";
import { HANG_MS } from "../support/wait.ts";

const NOWHERE = "http://127.0.0.1:9/go";
const BROKEN = stageMail("build/7/test/1", "is broken");
const FAST: RouterOptions = { waitMs: 50, requestMs: 200 };

/** Routes one mail with managers that live no longer. */
async function routeOnce(
  managers: readonly ManagerConfig[],
  mail = BROKEN,
  options: RouterOptions = FAST,
): Promise<Routing> {
  const router = createRouter(routingOf(managers), options);
  try {
    return await router.route(mail);
  } finally {
    await router.close();
  }
}

/** As the journal has it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

Deno.test("route() passes an unclaimed mail through, unchanged and once to each", async () => {
  const mail = mailOf("Subject: x\r\n\r\n", {
    forwardPaths: ["a@example.com", "b@example.com", "a@EXAMPLE.com"],
  });
  const { deliveries, trace } = await routeOnce([mailManager([])], mail);
  assert.deepEqual(deliveries, [{
    destination: "smarthost",
    recipients: ["a@example.com", "b@example.com"],
  }]);
  assert.equal(trace.decision, "passed-through");
  assert.deepEqual(trace.claims, [
    { manager: "mail", wants: "to mail2alert@example.com", claimed: false },
  ]);
  assert.equal(trace.manager, undefined);
});

Deno.test("route() gives a mail to the first manager that wants it, and asks no other", async () => {
  const first = mailManager([], { name: "first", wants: { from: "other@example.com" } });
  const second = mailManager([ruleOf(["mailto:x@example.com"], ANY)], {
    name: "second",
    wants: { from: "GO@example.com" },
  });
  const third = mailManager([ruleOf(["mailto:y@example.com"], ANY)], {
    name: "third",
    wants: { to: "mail2alert@EXAMPLE.COM" },
  });
  const fourth = mailManager([], { name: "fourth" });
  const { deliveries, trace } = await routeOnce([first, second, third, fourth]);
  assert.deepEqual(recipientsOf({ deliveries }), ["y@example.com"]);
  assert.equal(trace.manager, "third");
  assert.deepEqual(trace.claims.map(({ claimed }) => claimed), [false, false, true]);
});

Deno.test("route() claims by the null reverse-path only what has it", async () => {
  const manager = mailManager([ruleOf(["discard"], ANY)], { wants: { from: "" } });
  assert.equal((await routeOnce([manager])).trace.decision, "passed-through");
  const bounce = mailOf("Subject: x\r\n\r\n", { reversePath: "" });
  assert.equal((await routeOnce([manager], bounce)).trace.decision, "matched");
});

Deno.test("route() traces fields, rules and the lookup of a GoCD mail", async () => {
  const server = startGocdServer({ version: "26.1", groups: { g: ["build"] } });
  const rules = [
    ruleOf(["mailto:a@x.test"], inGroup("g"), { name: "mine", events: ["BREAKS"] }),
    ruleOf(["mailto:b@x.test"], inGroup("h"), { name: "theirs" }),
  ];
  const patient = { waitMs: HANG_MS, requestMs: HANG_MS };
  const router = createRouter(routingOf([gocdManager(server.url, rules)]), patient);
  const { trace } = await router.route(BROKEN);
  assert.deepEqual(trace.fields, {
    subject: "Stage [build/7/test/1] is broken",
    pipeline: "build",
    pipelineCounter: "7",
    stage: "test",
    stageCounter: "1",
    reported: "BREAKS",
    event: "BREAKS",
    source: "gocd",
    object: "build/test",
    severity: "error",
    state: "problem",
    title: "Stage [build/7/test/1] is broken",
    fingerprint: "gocd:build/test",
  });
  assert.deepEqual(plain(trace.rules), [
    {
      rule: "mine",
      verdict: "matched",
      reason: "event BREAKS; build is in g",
      actions: ["mailto:a@x.test"],
    },
    { rule: "theirs", verdict: "not-matched", reason: "GoCD shows no group h", actions: [] },
  ]);
  const [lookup] = trace.lookups;
  assert.equal(lookup?.name, "pipeline groups");
  assert.equal(lookup?.source, "fresh");
  assert.equal(lookup?.detail, "1 group, 1 pipeline (dashboard)");
  assert.equal((await router.route(BROKEN)).trace.lookups[0]?.source, "cached");
  await router.close();
  await server.close();
});

Deno.test("route() asks nobody when no rule depends on it", async () => {
  const server = startGocdServer({ version: "26.1" });
  const rules = [
    ruleOf(["mailto:a@x.test"], ANY, { stop: true }),
    ruleOf(["mailto:b@x.test"], inGroup("g")),
  ];
  const { trace } = await routeOnce([gocdManager(server.url, rules)]);
  assert.deepEqual(trace.lookups, []);
  assert.deepEqual(trace.rules.map(({ verdict }) => verdict), ["matched", "skipped"]);
  assert.equal(server.requests.length, 0);
  await server.close();
});

Deno.test("route() decides at once when its signal is aborted", async () => {
  const server = startGocdServer({ version: "26.1" });
  server.setFault("hang");
  const rules = [ruleOf(["mailto:a@x.test"], inGroup("g"))];
  const router = createRouter(routingOf([gocdManager(server.url, rules)]), { waitMs: 60_000 });
  const { trace } = await router.route(BROKEN, AbortSignal.abort());
  assert.equal(trace.decision, "undecided");
  await router.close();
  await server.close();
});

Deno.test("route() learns from one mail what the next one means", async () => {
  const router = createRouter(routingOf([gocdManager(NOWHERE, [ruleOf(["discard"], ANY)])]), FAST);
  const events: (string | undefined)[] = [];
  const mails = [["1", "failed"], ["2", "passed"], ["2", "passed"], ["3", "is cancelled"], [
    "4",
    "passed",
  ]];
  for (const [counter, verb] of mails) {
    const { trace } = await router.route(stageMail(`p/${counter}/s/1`, verb ?? ""));
    events.push(trace.fields.event);
    if (counter === "2") {
      assert.equal(trace.fields.reported, "PASSES");
      assert.deepEqual(trace.notes, [
        "GoCD reported PASSES; p/s was in failure before, so it is FIXED",
      ]);
    }
  }
  assert.deepEqual(events, ["FAILS", "FIXED", "FIXED", "CANCELLED", "PASSES"]);
  await router.close();
});

Deno.test("route() notes a reported event that history does not expect, and keeps it", async () => {
  const router = createRouter(routingOf([gocdManager(NOWHERE, [])]), FAST);
  await router.route(stageMail("p/1/s/1", "passed"));
  const { trace } = await router.route(stageMail("p/2/s/1", "is fixed"));
  assert.equal(trace.fields.event, "FIXED");
  assert.match(trace.notes[0] ?? "", /PASSES is expected; FIXED as reported stands/);
  await router.close();
});

Deno.test("route() as a dry run leaves history as it is", async () => {
  const router = createRouter(routingOf([gocdManager(NOWHERE, [])]), FAST);
  await router.route(stageMail("p/1/s/1", "failed"), undefined, { dryRun: true });
  const { trace } = await router.route(stageMail("p/2/s/1", "passed"));
  assert.equal(trace.fields.event, "PASSES");
  await router.close();
});

Deno.test("route() keeps the histories of two GoCD servers apart", async () => {
  const router = createRouter(
    routingOf([
      gocdManager(NOWHERE, [], { name: "one", wants: { from: "one@x.test" } }),
      gocdManager(NOWHERE, [], { name: "two" }),
    ]),
    FAST,
  );
  const failed = stageMail("p/1/s/1", "failed");
  await router.route({ ...failed, envelope: { ...failed.envelope, reversePath: "one@x.test" } });
  const { trace } = await router.route(stageMail("p/2/s/1", "passed"));
  assert.equal(trace.fields.event, "PASSES");
  await router.close();
});

Deno.test("route() serves no recipient twice, whatever the rules", async () => {
  const address = fc.constantFrom(
    "a@x.test",
    "A@x.test",
    "a@X.test",
    "b@x.test",
    "postmaster@x.test",
    "Postmaster@x.test",
  );
  const action = fc.oneof(address.map((text) => `mailto:${text}`), fc.constant("discard"));
  const rule = fc.array(action, { minLength: 1, maxLength: 4 }).map((list) => ruleOf(list, ANY));
  await fc.assert(fc.asyncProperty(fc.array(rule, { maxLength: 5 }), async (rules) => {
    const { deliveries, trace } = await routeOnce([mailManager(rules)]);
    const keys = recipientsOf({ deliveries }).map(addressKey);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(deliveries.length <= 1);
    assert.equal(deliveries.length === 0, trace.decision === "no-rule-matched");
  }));
});
