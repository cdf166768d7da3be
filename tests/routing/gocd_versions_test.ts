/** Holds routing to GoCD of several versions: the same mails, the same deliveries. @module */

import assert from "node:assert/strict";
import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { ManagerConfig } from "../../lib/config/types.ts";
import { log } from "../../lib/log.ts";
import { GocdContext } from "../../lib/routing/gocd_context.ts";
import type { Polling } from "../../lib/routing/gocd_poll.ts";
import { createRouter, type Router, type RouterOptions } from "../../lib/routing/router.ts";
import type { SilentStage } from "../../lib/routing/silent_stages.ts";
import { stageAddresses, stageEnvelope, stageMail } from "../../lib/routing/stage_mail.ts";
import { parseHere } from "../support/configuration.ts";
import { recipientsOf, stageMail as mailFromGocd } from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";
import { endedLately } from "../support/polled_gocd.ts";
import { HANG_MS, until, within } from "../support/wait.ts";

const VERSIONS = ["18.2", "18.12", "20.3", "25.4", "26.1"];
const HOSTNAME = "here.example.com";
const GROUPS = { shop: ["p", "p-release"], bank: ["q"] };
const USERS = [{ name: "mail2alert", password: "s3cret", admin: false }];

function configurationText(url: string): string {
  return `
local-smtp: localhost:1025
remote-smtp: localhost:8025
managers:
  - name: gocd
    url: ${url}
    user: mail2alert
    passwd: s3cret
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - actions: [mailto:shop@example.com]
        filter: {events: [BREAKS, FIXED], function: pipelines.in_group, args: [shop]}
      - actions: [mailto:bank@example.com]
        filter: {function: pipelines.in_group, args: [bank]}
      - actions: [mailto:release@example.com]
        filter: {events: [FAILS], function: pipelines.name_like_in_group, args: ["(.+)-release", shop]}
`;
}

/** GoCD's mails, in their order, and who gets them. */
const COURSE: readonly (readonly [string, string, readonly string[]])[] = [
  ["p/1/s/1", "passed", []],
  ["p/2/s/1", "is broken", ["shop@example.com"]],
  ["p/3/s/1", "failed", []],
  ["p/4/s/1", "passed", ["shop@example.com"]],
  ["p/5/s/1", "is cancelled", []],
  ["p/6/s/1", "failed", []],
  ["p/7/s/1", "is fixed", ["shop@example.com"]],
  ["q/1/s/1", "is cancelled", ["bank@example.com"]],
  ["p-release/1/s/1", "failed", ["release@example.com"]],
  ["unheard-of/1/s/1", "is broken", []],
];

/** What GoCD says counts, however slow the machine. */
const PATIENT = { waitMs: HANG_MS, requestMs: HANG_MS };

/** A server and a router that asks it. */
async function withRouter(
  version: string,
  options: RouterOptions,
  body: (router: Router, server: GocdServer) => Promise<void>,
): Promise<void> {
  const server = startGocdServer({ version, groups: GROUPS, users: USERS });
  const router = createRouter(parseHere(configurationText(server.url)), options);
  try {
    router.start();
    await body(router, server);
  } finally {
    await router.close();
    await server.close();
  }
}

for (const version of VERSIONS) {
  Deno.test(`routing is the same with GoCD ${version}`, async () => {
    await withRouter(version, PATIENT, async (router) => {
      for (const [run, verb, recipients] of COURSE) {
        const routing = await router.route(mailFromGocd(run, verb));
        assert.deepEqual(recipientsOf(routing), recipients, `${run} ${verb}`);
        assert.ok(routing.trace.rules.every(({ verdict }) => verdict !== "undecided"));
      }
    });
  });

  Deno.test(`routing goes on by what GoCD ${version} said before it went down`, async () => {
    const options = { cacheMs: 0, waitMs: 50, requestMs: 2_000 };
    await withRouter(version, options, async (router, server) => {
      const routed = (run: string, verb: string) =>
        within(router.route(mailFromGocd(run, verb), undefined, { dryRun: true }), {
          what: "a decision",
        });
      // While nobody knows the groups, all is sent: rather one alert too many.
      const isKnown = async () => {
        const { trace } = await routed("q/1/s/1", "is broken");
        return trace.rules.every(({ verdict }) => verdict !== "undecided");
      };
      await until(isKnown, { what: "the groups" });
      for (const fault of ["hang", "unavailable", "reset"] as const) {
        server.setFault(fault);
        for (const [run, verb, recipients] of COURSE.filter(([, verb]) => verb !== "passed")) {
          const { trace, ...routing } = await routed(run, verb);
          assert.deepEqual(recipientsOf(routing), recipients, `${run} ${verb}`);
          for (const { source } of trace.lookups) assert.equal(source, "stale");
          assert.ok(trace.lookups.length === 1 || recipients.length === 0);
        }
      }
    });
  });
}

/** Polls the server of a manager every 5 ms, and routes what it announces. */
function polledBy(
  sent: string[],
  router: () => Router,
): (manager: ManagerConfig) => GocdContext {
  return (manager) => {
    const announce = async (stage: SilentStage) => {
      const octets = stageMail(stage, stageAddresses(manager.wants, HOSTNAME));
      const envelope = stageEnvelope(manager.wants, HOSTNAME);
      const mail = mailOf(new TextDecoder().decode(octets), envelope);
      sent.push(...recipientsOf(await router().route(mail)));
      return true;
    };
    const memory = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
    const polling: Polling = { announce, memory };
    assert.ok(manager.gocd);
    return new GocdContext({ ...manager.gocd, pollMs: 5, pollGraceMs: 0 }, { polling }, log("x"));
  };
}

for (const version of VERSIONS) {
  Deno.test(`routing alerts through cctray where GoCD ${version} sends no mail, once`, async () => {
    const sent: string[] = [];
    const running: { router?: Router } = {};
    const gocd = polledBy(sent, () => running.router ?? assert.fail());
    await withRouter(version, { gocd }, async (router, server) => {
      running.router = router;
      const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
      const turns = async (...stages: Parameters<typeof server.setStages>[0]) => {
        server.setStages(stages);
        const before = feeds();
        await until(() => feeds() >= before + 3, { what: "polls", everyMs: 2 });
      };
      await turns(endedLately("10/1", "Passed", { label: "1.2.3" }));
      await turns(endedLately("10/1", "Passed", { label: "1.2.3", building: true }));
      assert.deepEqual(sent, []);
      await turns(endedLately("11/1", "Failed", { label: "1.2.3" }));
      assert.deepEqual(sent, ["shop@example.com"]);
      const late = await router.route(mailFromGocd("p/11/s/1", "is broken"));
      assert.deepEqual(recipientsOf(late), []);
      assert.equal(late.trace.notSent, "already-alerted");
      await turns(endedLately("12/1", "Passed"));
      assert.equal(sent.length, 2);
      await turns(endedLately("12/1", "Passed"), endedLately("1/1", "Failed", { pipeline: "q" }));
      assert.equal(sent.length, 2, "seen for the first time, and older than what was seen");
      await turns(endedLately("12/1", "Passed"), endedLately("13/1", "Failed", { pipeline: "q" }));
      assert.equal(sent.at(-1), "bank@example.com");
    });
  });
}

Deno.test("routing takes no peer's mail for an announcement, whatever its header says", async () => {
  const sent: string[] = [];
  const running: { router?: Router } = {};
  const gocd = polledBy(sent, () => running.router ?? assert.fail());
  await withRouter("25.4", { gocd }, async (router, server) => {
    running.router = router;
    server.setStages([endedLately("10/1", "Passed")]);
    const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    await until(() => feeds() >= 3, { what: "polls", everyMs: 2 });
    server.setStages([endedLately("11/1", "Failed")]);
    await until(() => sent.length > 0, { what: "an announcement", everyMs: 2 });
    const manager = parseHere(configurationText(server.url)).managers[0] ?? assert.fail();
    const stage: SilentStage = {
      ...{ pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" },
      ...{ event: "BREAKS", endedAt: 0, url: `${server.url}/pipelines/p/11/s/1` },
    };
    const octets = stageMail(stage, stageAddresses(manager.wants, HOSTNAME));
    const text = new TextDecoder().decode(octets);
    assert.equal((await router.route(mailOf(text))).trace.notSent, "already-alerted");
    // Our own is routed once more when the queue has it and the configuration is another.
    const ours = await router.route(mailOf(text, stageEnvelope(manager.wants, HOSTNAME)));
    assert.deepEqual(recipientsOf(ours), ["shop@example.com"]);
  });
});
