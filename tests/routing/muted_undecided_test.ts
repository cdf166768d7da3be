/** Rules that cannot be decided at an hour at which they, or their manager, are muted. @module */

import assert from "node:assert/strict";
import type { ManagerConfig, RuleConfig } from "../../lib/config/types.ts";
import { actionOf, mailManager, recipientsOf } from "../support/gocd_managers.ts";
import { ALWAYS, route, ruleOf, TEAM } from "../support/worded_routing.ts";

const OTHERWISE = [actionOf("mailto:otherwise@example.com")];
const MUTED_MANAGER = { mute: [ALWAYS] };

/** No lookup has an answer here. */
const unsure: RuleConfig = {
  ...ruleOf("lookup.owner.tier == 1", [actionOf("mailto:unsure@example.com")]),
  name: "unsure",
};
const quiet: RuleConfig = { ...unsure, mute: [ALWAYS], name: "quiet" };
const held: RuleConfig = { ...ruleOf("true", [TEAM]), name: "held" };
const heldQuiet: RuleConfig = { ...held, mute: [ALWAYS], name: "held quiet" };

const rows: readonly {
  readonly name: string;
  readonly rules: readonly RuleConfig[];
  readonly rest?: Partial<ManagerConfig>;
  readonly verdicts: string;
  readonly sent?: readonly string[];
  readonly decision: string;
  readonly notSent?: string;
  readonly reason: string;
}[] = [
  {
    name: "otherwise takes what a muted rule may not have taken",
    rules: [quiet],
    rest: { otherwise: OTHERWISE },
    verdicts: "undecided",
    sent: ["otherwise"],
    decision: "otherwise",
    reason: 'no rule held; "quiet" could not be decided, muted at this hour; ' +
      "otherwise: mailto:otherwise@example.com",
  },
  {
    name: "a muted rule that may not hold does not stop",
    rules: [{ ...quiet, stop: true }, held],
    verdicts: "undecided matched",
    sent: ["team"],
    decision: "matched",
    reason: '"held" held; "quiet" could not be decided, muted at this hour; ' +
      "otherwise is not configured",
  },
  {
    name: "a muted rule that holds stops",
    rules: [{ ...heldQuiet, stop: true }, unsure],
    verdicts: "muted skipped",
    decision: "muted",
    notSent: "muted",
    reason: '"held quiet" held, muted at this hour; not sent',
  },
  {
    name: "otherwise joins the matches",
    rules: [held, quiet],
    rest: { otherwise: OTHERWISE },
    verdicts: "matched undecided",
    sent: ["team", "otherwise"],
    decision: "matched",
    reason: '"held" held; "quiet" could not be decided, muted at this hour; ' +
      "otherwise: mailto:otherwise@example.com",
  },
  {
    name: "otherwise is sent beside what held and is muted",
    rules: [heldQuiet, quiet],
    rest: { otherwise: OTHERWISE },
    verdicts: "muted undecided",
    sent: ["otherwise"],
    decision: "otherwise",
    reason: '"held quiet" held, muted at this hour; "quiet" could not be decided, muted at this ' +
      "hour; otherwise: mailto:otherwise@example.com",
  },
  {
    name: "without otherwise a muted rule is silent, whether it holds or not",
    rules: [quiet],
    verdicts: "undecided",
    decision: "muted",
    notSent: "muted",
    reason: 'no rule held; "quiet" could not be decided, muted at this hour; ' +
      "otherwise is not configured; not sent",
  },
  {
    name: "without otherwise those that are not muted are sent",
    rules: [quiet, unsure],
    verdicts: "undecided undecided",
    sent: ["unsure"],
    decision: "undecided",
    reason: 'no rule held; "quiet" could not be decided, muted at this hour; "unsure" could not ' +
      "be decided; without otherwise, what could not be decided is sent",
  },
  {
    name: "an empty otherwise says that nobody is meant",
    rules: [quiet],
    rest: { otherwise: [] },
    verdicts: "undecided",
    decision: "no-rule-matched",
    notSent: "undecided",
    reason: 'no rule held; "quiet" could not be decided, muted at this hour; ' +
      "otherwise is empty; not sent",
  },
  {
    name: "a muted manager sends nothing, otherwise neither",
    rules: [unsure],
    rest: { ...MUTED_MANAGER, otherwise: OTHERWISE },
    verdicts: "undecided",
    decision: "muted",
    notSent: "muted",
    reason: 'no rule held; "unsure" could not be decided, muted at this hour; ' +
      "otherwise: mailto:otherwise@example.com; muted at this hour; not sent",
  },
  {
    name: "a muted manager does not take for held what could not be decided",
    rules: [unsure, held],
    rest: MUTED_MANAGER,
    verdicts: "undecided muted",
    decision: "muted",
    notSent: "muted",
    reason: '"held" held, muted at this hour; "unsure" could not be decided, muted at this hour; ' +
      "otherwise is not configured; not sent",
  },
  {
    name: "a muted manager with an empty otherwise would have sent nothing anyway",
    rules: [unsure],
    rest: { ...MUTED_MANAGER, otherwise: [] },
    verdicts: "undecided",
    decision: "no-rule-matched",
    notSent: "undecided",
    reason: 'no rule held; "unsure" could not be decided, muted at this hour; ' +
      "otherwise is empty; not sent",
  },
];

for (const { name, rules, rest, verdicts, sent = [], decision, notSent, reason } of rows) {
  Deno.test(`route(): ${name}`, async () => {
    const routing = await route([mailManager(rules, rest)]);
    const { trace } = routing;
    assert.equal(trace.rules.map(({ verdict }) => verdict).join(" "), verdicts);
    assert.deepEqual(recipientsOf(routing), sent.map((local) => `${local}@example.com`));
    assert.equal(trace.decision, decision);
    assert.equal(trace.notSent, notSent);
    assert.equal(trace.reason, reason);
  });
}

Deno.test("route() says of each rule by whom it is muted, and which answer it lacks", async () => {
  const { trace } = await route([mailManager([quiet, unsure, held, heldQuiet], MUTED_MANAGER)]);
  const lacking = "lookup.owner.tier == 1 cannot be told: lookup owner has no answer: HTTP 500";
  assert.deepEqual(trace.rules.map((rule) => [rule.reason, rule.actions]), [
    [`${lacking}; muted: always`, []],
    [`${lacking}; the manager is muted: always`, []],
    ["true holds for every mail; the manager is muted: always", []],
    ["true holds for every mail; muted: always", []],
  ]);
});
