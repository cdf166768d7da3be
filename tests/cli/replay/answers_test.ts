/** What both configurations of a replay are told: lookups, GoCD's groups, and the events of then. @module */

import assert from "node:assert/strict";
import { type GocdServer, startGocdServer } from "../../../lib/cli/demo/gocd_server.ts";
import type { JournalEvent } from "../../../lib/mail/journal.ts";
import type { ManagerSteps } from "../../../lib/routing/trace.ts";
import { inReplay, managing, pastId } from "../../support/replay_stage.ts";

/** A REST API that is asked who owns what; `count` is how often it was asked before. */
async function withApi(
  answer: (count: number) => Response,
  test: (api: { readonly lookup: string; readonly paths: readonly string[] }) => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    paths.push(new URL(url).pathname);
    return answer(paths.length - 1);
  });
  const url = `http://127.0.0.1:${server.addr.port}/{{mail.subject}}`;
  const lookup = `{url: '${url}', allow: [127.0.0.1/32], cache: 0s, timeout: 5s}`;
  try {
    await test({ lookup, paths });
  } finally {
    await server.shutdown();
  }
}

const TO_GOLD = managing("{when: lookup.owner.tier == 'gold', actions: [mailto:gold@example.com]}");
const TWO_MAILS = [{ subject: "bank" }, { subject: "shop" }];

Deno.test("replay asks a lookup of both configurations once for each mail", () =>
  // Were it asked twice, it would answer otherwise the second time.
  withApi((count) => Response.json({ tier: count < 2 ? "gold" : "none" }), ({ lookup, paths }) =>
    inReplay({
      mails: TWO_MAILS,
      before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
      // One more that nobody asks makes the lookups as a whole others.
      after: `lookups: {owner: ${lookup}, more: {url: 'https://x.example/'}}\n${TO_GOLD}`,
    }, async ({ json }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.mails, found.changed], [0, 2, 0]);
      assert.deepEqual(paths.toSorted(), ["/bank", "/shop"]);
    })));

Deno.test("replay asks a lookup that another configuration changes anew", () =>
  withApi(
    (count) => Response.json({ tier: count === 0 ? "gold" : "none" }),
    ({ lookup, paths }) =>
      inReplay({
        mails: [{ subject: "bank" }],
        before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
        after: `lookups: {owner: ${
          lookup.replace("{url", "{headers: {x-new: a}, url")
        }}\n${TO_GOLD}`,
      }, async ({ json }) => {
        const { code, found } = await json();
        assert.deepEqual([code, found.lastLost, paths.length], [3, 1, 2]);
        assert.deepEqual(found.changes[0]?.lost, ["gold@example.com"]);
      }),
  ));

Deno.test("replay says of how many mails a lookup that is down leaves the answer open", () =>
  withApi(() => new Response("no database", { status: 500 }), ({ lookup }) =>
    inReplay({
      mails: TWO_MAILS,
      before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
      after: `lookups: {owner: ${lookup}}\n${TO_GOLD.replace("gold@", "golden@")}`,
    }, async ({ json, replay, terminal }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.undecided, found.changed, found.lastLost], [0, 2, 2, 0]);
      await replay();
      assert.match(
        terminal.stdout(),
        /^2 mails could not be decided in full: a lookup or GoCD did not answer$/m,
      );
    })));

/** What the journal says that a manager did with a mail about a stage. */
function steps(fields: Readonly<Record<string, string>>, decision: ManagerSteps["decision"]) {
  return { fields, notes: [], lookups: [], rules: [], decision, reason: "" };
}

const RUN = { pipeline: "bank", pipelineCounter: "7", stage: "test", stageCounter: "1" };

/** That it was routed, by two managers; the second one read that event. */
function routedAs(event: string, decision: ManagerSteps["decision"] = "matched"): JournalEvent[] {
  const trace = {
    claims: [],
    manager: "hosts",
    ...steps({ source: "generic", event: "DISK" }, "no-rule-matched"),
    further: [{ manager: "builds", ...steps({ ...RUN, event }, decision) }],
  };
  return [{ kind: "routed", at: 0, reason: "", deliveries: [], trace }];
}

function gocdManager({ url }: GocdServer, name: string, rule: string, more = ""): string {
  return `managers:
  - name: ${name}
    type: gocd
    url: ${url}${more}
    messages-we-want: {to: alerts@example.com}
    rules:
      - ${rule}
`;
}

async function withGocd(test: (gocd: GocdServer) => Promise<void>): Promise<void> {
  const gocd = startGocdServer({ version: "26.1", groups: { money: ["bank"], other: ["game"] } });
  try {
    await test(gocd);
  } finally {
    await gocd.close();
  }
}

const ON_FIXED =
  "{actions: [mailto:ops@example.com], filter: {events: [FIXED], function: pipelines.any}}";
const PASSED = "Stage [bank/7/test/1] passed";

const events = [
  { name: "what history made of it then", subject: PASSED, then: routedAs("FIXED"), changed: 1 },
  { name: "what it says, without a trace", subject: PASSED, then: [], changed: 0 },
  {
    name: "what it says, where the trace is of another run",
    subject: PASSED.replace("/7/", "/8/"),
    then: routedAs("FIXED"),
    changed: 0,
  },
  {
    name: "nothing of a stage, if it is about none",
    subject: "lunch",
    then: routedAs("FIXED"),
    changed: 0,
  },
  {
    name: "nothing anew, if it had been told of before",
    subject: PASSED,
    then: routedAs("FIXED", "already-alerted"),
    changed: 0,
  },
  {
    name: "what it says, where the trace cannot be read",
    subject: PASSED,
    then: [{ kind: "routed", at: 0, reason: "", deliveries: [], trace: { further: 3 } }],
    changed: 0,
  },
] as const;

for (const { name, subject, then, changed } of events) {
  Deno.test(`replay takes a mail of GoCD for ${name}`, () =>
    withGocd((gocd) =>
      inReplay({
        mails: [{ subject, events: then }],
        before: gocdManager(gocd, "builds", ON_FIXED),
        after: gocdManager(gocd, "renamed", ON_FIXED.replace("ops@", "dev@")),
      }, async ({ json }) => {
        const { found } = await json();
        assert.deepEqual([found.mails, found.changed], [1, changed]);
      })
    ));
}

Deno.test("replay asks GoCD for its groups once, however both configurations poll it", () =>
  withGocd((gocd) => {
    const rule = (group: string) =>
      `{actions: [mailto:ops@example.com], filter: {events: [BREAKS], function: pipelines.in_group, args: [${group}]}}`;
    return inReplay({
      mails: [{ subject: "Stage [bank/7/test/1] is broken" }, {
        subject: "Stage [game/1/a/1] is broken",
      }],
      before: gocdManager(gocd, "builds", rule("money")),
      after: gocdManager(gocd, "stages", rule("other"), "\n    poll: 1m"),
    }, async ({ json }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.changed, found.lastLost], [3, 2, 1]);
      const changes = found.changes.map(({ queueId, lost, gained }) => ({ queueId, lost, gained }));
      assert.deepEqual(changes, [
        { queueId: pastId(0), lost: ["ops@example.com"], gained: [] },
        { queueId: pastId(1), lost: [], gained: ["ops@example.com"] },
      ]);
      const paths = gocd.requests.map(({ path }) => path);
      assert.deepEqual(paths, [...new Set(paths)]);
      assert.ok(!paths.some((path) => path.includes("cctray")), paths.join());
    });
  }));

Deno.test("replay goes on without a GoCD server that is down", () =>
  withGocd((gocd) => {
    gocd.setFault("error");
    const rule = "{actions: [mailto:ops@example.com], filter: " +
      "{events: [BREAKS], function: pipelines.in_group, args: [money]}}";
    return inReplay({
      mails: [{ subject: "Stage [bank/7/test/1] is broken" }],
      before: gocdManager(gocd, "builds", rule),
      after: gocdManager(gocd, "builds", rule),
    }, async ({ json }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.changed, found.undecided], [0, 0, 1]);
    });
  }));
