/** What both configurations of a replay are told of GoCD: groups of today, the events of then. @module */

import assert from "node:assert/strict";
import { type GocdServer, startGocdServer } from "../../../lib/cli/demo/gocd_server.ts";
import type { JournalEvent } from "../../../lib/mail/journal.ts";
import type { ManagerSteps } from "../../../lib/routing/trace.ts";
import { inReplay, pastId } from "../../support/replay_stage.ts";

/** What the journal says that a manager did with a mail about a stage. */
function steps(fields: Readonly<Record<string, string>>, decision: ManagerSteps["decision"]) {
  return { fields, notes: [], lookups: [], rules: [], decision, reason: "" };
}

const RUN = { pipeline: "bank", pipelineCounter: "7", stage: "test", stageCounter: "1" };

/** That one manager routed it. */
function routedBy(fields: Readonly<Record<string, string>>, more: object = {}): JournalEvent {
  const trace = { claims: [], manager: "own", ...steps(fields, "matched"), ...more };
  return { kind: "routed", at: 0, reason: "", deliveries: [], trace };
}

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
    name: "what history made of it the last time",
    subject: PASSED,
    then: [...routedAs("PASSES"), ...routedAs("FIXED")],
    changed: 1,
  },
  {
    name: "what it says, where another pack told of the run in other words",
    subject: PASSED.replace("passed", "is fixed"),
    then: [routedBy({ ...RUN, event: "GREEN" })],
    changed: 1,
  },
  {
    name: "nothing of a stage, where another pack did",
    subject: "lunch",
    then: [routedBy({ event: "FIXED" })],
    changed: 0,
  },
  {
    name: "what it says, where half of the trace can be read",
    subject: PASSED,
    then: [routedBy({}, { further: 3 })],
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
