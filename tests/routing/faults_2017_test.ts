/**
 * The faults of the mail2alert of 2017 that routing could bring back, one test each. The other
 * ones are of the protocol (1), the log (2), the destinations (6) and the command line (10).
 *
 * @module
 */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { createRouter } from "../../lib/routing/router.ts";
import {
  actionOf,
  ANY,
  gocdManager,
  inGroup,
  likeInGroup,
  mailManager,
  recipientsOf,
  routingOf,
  ruleOf,
  stageMail,
} from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";
import { HANG_MS } from "../support/wait.ts";

/** What GoCD says counts, however slow the machine. */
const PATIENT = { waitMs: HANG_MS, requestMs: HANG_MS };

Deno.test("fault 2: a mail that is not UTF-8 is routed like any other", async () => {
  const rule = ruleOf(["mailto:ops@x.test"], { function: "mail.in_subject", words: ["drucker"] });
  const router = createRouter(routingOf([mailManager([rule])]));
  const routing = await router.route(mailOf("Subject: Drucker gest\xf6rt\r\n\r\n\xff\xfe\r\n"));
  assert.deepEqual(recipientsOf(routing), ["ops@x.test"]);
  assert.equal(routing.trace.fields.subject, "Drucker gestört");
  await router.close();
});

Deno.test("fault 3: a mail that no rule of its manager takes goes by otherwise", async () => {
  const rule = ruleOf(["mailto:a@x.test"], {
    function: "mail.in_subject",
    words: ["no such word"],
  });
  const router = createRouter(routingOf([
    mailManager([rule], { otherwise: [actionOf("mailto:ops@x.test")] }),
  ]));
  const routing = await router.route(mailOf("Subject: x\r\n\r\n"));
  assert.deepEqual(recipientsOf(routing), ["ops@x.test"]);
  assert.equal(routing.trace.decision, "otherwise");
  await router.close();
});

Deno.test("fault 4: headers stay as they are where that is configured, and in unclaimed mail", async () => {
  const rule = ruleOf(["mailto:a@x.test"], ANY);
  const router = createRouter(routingOf([mailManager([rule], { rewriteHeaders: false })]));
  const mails = [mailOf("Subject: x\r\n\r\n"), mailOf("\r\n", { forwardPaths: ["b@x.test"] })];
  for (const mail of mails) {
    const { deliveries } = await router.route(mail);
    assert.equal(deliveries.length, 1);
    assert.equal(deliveries[0]?.rewrite, undefined);
  }
  await router.close();
});

Deno.test("fault 5: a mail without Subject is not in_subject of any word, and no error", async () => {
  const rules = [
    ruleOf(["mailto:a@x.test"], { function: "mail.in_subject", words: ["x"] }),
    ruleOf(["mailto:b@x.test"], { function: "mail.in_subject", words: [] }),
  ];
  const router = createRouter(routingOf([mailManager(rules)]));
  const routing = await router.route(mailOf("To: x\r\n\r\n"));
  assert.deepEqual(recipientsOf(routing), ["b@x.test"]);
  await router.close();
});

Deno.test("fault 7: GoCD never seen is no crash, and loses no alert", async () => {
  const server = startGocdServer({ version: "26.1" });
  server.setFault("unavailable");
  const rule = ruleOf(["mailto:a@x.test"], inGroup("g"), { events: ["BREAKS"] });
  const router = createRouter(routingOf([gocdManager(server.url, [rule])]), PATIENT);
  const routing = await router.route(stageMail("p/1/s/1", "is broken"));
  assert.deepEqual(recipientsOf(routing), ["a@x.test"]);
  assert.equal(routing.trace.decision, "undecided");
  assert.equal(routing.trace.rules[0]?.verdict, "undecided");
  await router.close();
  await server.close();
});

Deno.test("fault 8: passed after cancelled is not FIXED, also across a restart", async () => {
  const server = startGocdServer({
    version: "26.1",
    groups: { g: ["cancelled", "failed"] },
    stages: [
      { pipeline: "cancelled", stage: "s", result: "Cancelled" },
      { pipeline: "failed", stage: "s", result: "Failed" },
    ],
  });
  const router = createRouter(routingOf([gocdManager(server.url, [])]), PATIENT);
  router.start();
  const cancelled = await router.route(stageMail("cancelled/2/s/1", "passed"));
  const failed = await router.route(stageMail("failed/2/s/1", "passed"));
  assert.equal(cancelled.trace.fields.event, "PASSES");
  assert.equal(failed.trace.fields.event, "FIXED");
  await router.close();
  await server.close();
});

for (const version of ["17.4", "18.10", "20.3", "25.4", "26.1"]) {
  Deno.test(`fault 9: routing is the same with GoCD ${version}`, async () => {
    const server = startGocdServer({ version, groups: { g: ["p"], h: ["q", "q-release-1"] } });
    const rules = [
      ruleOf(["mailto:g@x.test"], inGroup("g"), { events: ["BREAKS"] }),
      ruleOf(["mailto:h@x.test"], likeInGroup("(.+)-release.*", "h")),
    ];
    const router = createRouter(routingOf([gocdManager(server.url, rules)]), PATIENT);
    router.start();
    const sent = await Promise.all(
      ["p", "q", "q-release-1"].map(async (pipeline) =>
        recipientsOf(await router.route(stageMail(`${pipeline}/1/s/1`, "is broken")))
      ),
    );
    assert.deepEqual(sent, [["g@x.test"], [], ["h@x.test"]]);
    await router.close();
    await server.close();
  });
}
