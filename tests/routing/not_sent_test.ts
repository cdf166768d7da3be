/** Why a mail goes to nobody: always one reason. @module */

import assert from "node:assert/strict";
import type { ManagerConfig, RuleConfig } from "../../lib/config/types.ts";
import type { GocdSource } from "../../lib/routing/gocd_source.ts";
import { gocdManager, mailManager, stageMail } from "../support/gocd_managers.ts";
import {
  ALWAYS,
  DISCARD,
  route,
  ruleOf,
  TEAM,
  toOwner,
  UNSURE,
} from "../support/worded_routing.ts";

const reasons: readonly {
  readonly reason: string;
  readonly decision: string;
  readonly rules: readonly RuleConfig[];
  readonly rest?: Partial<ManagerConfig>;
}[] = [
  { reason: "no-rule-matched", decision: "no-rule-matched", rules: [ruleOf("false", [TEAM])] },
  {
    reason: "otherwise-empty",
    decision: "no-rule-matched",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [] },
  },
  { reason: "undecided", decision: "no-rule-matched", rules: [UNSURE], rest: { otherwise: [] } },
  { reason: "muted", decision: "muted", rules: [ruleOf("true", [TEAM], [ALWAYS])] },
  { reason: "muted", decision: "muted", rules: [ruleOf("true", [TEAM])], rest: { mute: [ALWAYS] } },
  {
    reason: "muted",
    decision: "muted",
    rules: [ruleOf("true", [TEAM], [ALWAYS])],
    rest: { otherwise: [DISCARD] },
  },
  {
    reason: "muted",
    decision: "muted",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [TEAM], mute: [ALWAYS] },
  },
  { reason: "discarded", decision: "matched", rules: [ruleOf("true", [DISCARD])] },
  {
    reason: "discarded",
    decision: "otherwise",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [DISCARD] },
  },
  { reason: "no-address", decision: "matched", rules: [ruleOf("true", [toOwner()])] },
];

for (const { reason, decision, rules, rest } of reasons) {
  const name = rules.map((rule) => rule.name).join(", ");
  Deno.test(`route() names ${reason} for ${name} with ${JSON.stringify(rest ?? {})}`, async () => {
    const { deliveries, trace } = await route([mailManager(rules, rest)]);
    assert.deepEqual(deliveries.filter(({ destination }) => destination !== "discard"), []);
    assert.equal(trace.notSent, reason);
    assert.equal(trace.decision, decision);
  });
}

Deno.test("route() names already-alerted for a run that was told of before", async () => {
  const gocd: GocdSource = {
    start: () => {},
    groups: () => Promise.reject(new Error("not asked")),
    judge: (reading) =>
      Promise.resolve({ ...reading, notes: [], alerted: new Set(["team@example.com"]) }),
    close: () => Promise.resolve(),
  };
  const manager = gocdManager("http://127.0.0.1:9/go", [ruleOf("true", [TEAM])]);
  const mail = stageMail("build/7/test/1", "is broken");
  // Whom the mail is for besides has it once, too.
  for (const besides of [[], ["team@Example.com"]]) {
    const forwardPaths = [...mail.envelope.forwardPaths, ...besides];
    const late = { ...mail, envelope: { ...mail.envelope, forwardPaths } };
    const { deliveries, trace } = await route([manager], { gocd, mail: late });
    assert.deepEqual([deliveries, trace.notSent], [[], "already-alerted"]);
    assert.deepEqual([trace.decision, trace.alerted], ["already-alerted", ["team@example.com"]]);
  }
});

Deno.test("route() gives no reason where somebody gets the mail", async () => {
  const undecided = await route([mailManager([UNSURE])]);
  assert.equal(undecided.trace.decision, "undecided");
  const rules = [ruleOf("true", [toOwner()]), ruleOf("true", [TEAM])];
  for (const { deliveries, trace } of [undecided, await route([mailManager(rules)])]) {
    assert.deepEqual(deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
    assert.ok(!Object.hasOwn(trace, "notSent"));
  }
});
