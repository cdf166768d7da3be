/** Rules with conditions in CEL: beside filters, with lookups, at muted hours. @module */

import assert from "node:assert/strict";
import type { FilterTest, MuteWindow, OnMissing, RuleConfig } from "../../lib/config/types.ts";
import { compileCondition } from "../../lib/language/condition.ts";
import type { LookupKnown, Names } from "../../lib/language/scope.ts";
import type { GroupsKnown } from "../../lib/routing/filters.ts";
import { type RulesTested, testRules } from "../../lib/routing/rules.ts";
import { actionOf, inGroup } from "../support/gocd_managers.ts";
import { factsOf, scopeOf } from "../support/rule_facts.ts";

const NAMES: Names = { fields: new Set(["host", "severity"]), lookups: new Set(["owner", "cmdb"]) };

const GROUPS: GroupsKnown = { kind: "known", groups: new Map([["g", new Set(["p"])]]) };
const SILENT: GroupsKnown = { kind: "unknown", why: "GoCD is away" };
const MISSING: LookupKnown = { kind: "missing", why: "HTTP 500" };
const GOLD: LookupKnown = { kind: "answer", value: { tier: "gold", level: 3 } };

/** A window that everything is in. */
const ALWAYS: MuteWindow = {
  text: "always",
  days: [0, 1, 2, 3, 4, 5, 6],
  fromMinute: 0,
  toMinute: 1_440,
  timeZone: "UTC",
};

interface RuleRow {
  readonly when?: string;
  readonly group?: string;
  readonly mute?: readonly MuteWindow[];
  readonly stop?: boolean;
}

function ruleOf({ when, group, mute = [], stop = false }: RuleRow): RuleConfig {
  const condition = when === undefined ? undefined : compileCondition(when, NAMES);
  if (condition?.kind === "problem") throw new Error(condition.text);
  const test: FilterTest | undefined = group === undefined ? undefined : inGroup(group);
  return {
    name: when ?? "a filter",
    actions: [actionOf("mailto:a@example.com")],
    mute,
    stop,
    ...test && { filter: { test } },
    ...condition && { when: condition.value },
  };
}

interface Known {
  readonly groups?: GroupsKnown;
  readonly owner?: LookupKnown;
  readonly cmdb?: LookupKnown;
  readonly onMissing?: OnMissing;
  readonly cmdbMissing?: OnMissing;
}

/** Tests rules for a mail about pipeline `p` on host `h`. */
function test(
  rows: readonly RuleRow[],
  { groups, owner, cmdb, onMissing, cmdbMissing }: Known,
): RulesTested {
  return testRules(
    rows.map(ruleOf),
    factsOf({
      pipeline: "p",
      ...groups && { groups },
      onMissing: { ...onMissing && { owner: onMissing }, ...cmdbMissing && { cmdb: cmdbMissing } },
      scope: scopeOf({
        fields: { host: "h", severity: "error" },
        event: "BREAKS",
        lookups: { ...owner && { owner }, ...cmdb && { cmdb } },
      }),
    }),
  );
}

/** In one word: the verdicts, or what is to be asked. */
function said(tested: RulesTested): string {
  if (tested.kind === "verdicts") return tested.verdicts.map(({ verdict }) => verdict).join(" ");
  const { groups, lookups } = tested.unasked;
  return `ask ${[...groups ? ["groups"] : [], ...lookups].join(" ")}`;
}

const TIER = 'lookup.owner.tier == "gold"';
/** A key that no answer here has. */
const TEAM = 'lookup.owner.team == "db"';
/** What stands in for an answer, as the configuration says it and as it comes. */
const NONE: OnMissing = { kind: "value", value: { tier: "none", level: 0 } };
const STAND_IN: LookupKnown = { kind: "answer", value: { tier: "none", level: 0 }, standsIn: true };
const cases: readonly (Known & { readonly rules: readonly RuleRow[]; readonly says: string })[] = [
  { rules: [{ when: 'event == "BREAKS"' }], says: "matched" },
  { rules: [{ when: 'event == "FIXED"' }], says: "not-matched" },
  { rules: [{ when: 'fields.host == "h" && fields.severity == "error"' }], says: "matched" },
  { rules: [{ when: TIER }], says: "ask owner" },
  { rules: [{ when: `event == "FIXED" && ${TIER}` }], says: "not-matched" },
  { rules: [{ when: `event == "BREAKS" || ${TIER}` }], says: "matched" },
  { rules: [{ when: TIER }, { when: "lookup.cmdb.x == 1" }], says: "ask owner cmdb" },
  { rules: [{ when: TIER }], owner: GOLD, says: "matched" },
  { rules: [{ when: "lookup.owner.level >= 4" }], owner: GOLD, says: "not-matched" },
  { rules: [{ when: "lookup.owner.nowhere == 1" }], owner: GOLD, says: "undecided" },
  { rules: [{ when: TIER }], owner: MISSING, says: "undecided" },
  { rules: [{ when: TIER }], owner: MISSING, onMissing: { kind: "undecided" }, says: "undecided" },
  { rules: [{ when: TIER }], owner: MISSING, onMissing: { kind: "fails" }, says: "not-matched" },
  { rules: [{ when: TIER }], owner: MISSING, onMissing: { kind: "holds" }, says: "matched" },
  { rules: [{ when: TEAM }], owner: GOLD, onMissing: { kind: "holds" }, says: "undecided" },
  { rules: [{ when: TEAM }], owner: GOLD, onMissing: { kind: "fails" }, says: "undecided" },
  { rules: [{ when: TEAM }], owner: GOLD, onMissing: NONE, says: "undecided" },
  { rules: [{ when: TEAM }], owner: STAND_IN, onMissing: NONE, says: "undecided" },
  { rules: [{ when: TIER }], owner: STAND_IN, onMissing: NONE, says: "not-matched" },
  { rules: [{ when: `!(${TEAM})` }], owner: GOLD, onMissing: NONE, says: "undecided" },
  { rules: [{ when: `has(lookup.owner.team) && ${TEAM}` }], owner: GOLD, says: "not-matched" },
  { rules: [{ when: `${TEAM} || ${TIER}` }], owner: GOLD, onMissing: NONE, says: "matched" },
  {
    rules: [{ when: `${TEAM} && lookup.cmdb.x == 1` }],
    owner: GOLD,
    cmdb: MISSING,
    cmdbMissing: { kind: "holds" },
    says: "undecided",
  },
  { rules: [{ when: "lookup.owner.level" }], owner: STAND_IN, onMissing: NONE, says: "undecided" },
  { rules: [{ when: TIER, group: "g" }], says: "ask groups owner" },
  { rules: [{ when: TIER, group: "g" }], owner: GOLD, says: "ask groups" },
  { rules: [{ when: TIER, group: "g" }], groups: GROUPS, says: "ask owner" },
  { rules: [{ when: TIER, group: "g" }], groups: GROUPS, owner: GOLD, says: "matched" },
  { rules: [{ when: TIER, group: "other" }], groups: GROUPS, says: "not-matched" },
  { rules: [{ when: TIER, group: "g" }], groups: SILENT, owner: GOLD, says: "undecided" },
  { rules: [{ when: 'event == ""', group: "g" }], says: "not-matched" },
  { rules: [{ when: TIER, group: "g" }], groups: GROUPS, owner: MISSING, says: "undecided" },
  { rules: [{ when: "true", mute: [ALWAYS] }], says: "muted" },
  { rules: [{ when: "false", mute: [ALWAYS] }], says: "not-matched" },
  { rules: [{ when: TIER, mute: [ALWAYS] }], owner: MISSING, says: "undecided" },
  {
    rules: [{ when: TIER, mute: [ALWAYS], stop: true }, { when: "true" }],
    owner: MISSING,
    says: "undecided matched",
  },
  {
    rules: [{ when: TIER, mute: [ALWAYS], stop: true }, { when: "true" }],
    owner: MISSING,
    onMissing: { kind: "holds" },
    says: "muted skipped",
  },
  { rules: [{ group: "g", mute: [ALWAYS] }], groups: SILENT, says: "undecided" },
  {
    rules: [{ when: "true", mute: [ALWAYS], stop: true }, { when: "true" }],
    says: "muted skipped",
  },
  { rules: [{ when: "true", stop: true }, { when: TIER }], says: "matched skipped" },
];

for (const { rules, says, ...known } of cases) {
  const given = rules.map(({ when, group, mute, stop }) =>
    [when, group, mute && "muted", stop && "stop"].filter(Boolean).join(" in ")
  );
  Deno.test(`testRules() of ${given.join("; ")} with ${JSON.stringify(known)}: ${says}`, () => {
    assert.equal(said(test(rules, known)), says);
  });
}

const HOLDS: OnMissing = { kind: "holds" };
const FAILS: OnMissing = { kind: "fails" };
const UNDECIDED: OnMissing = { kind: "undecided" };

for (const operator of ["&&", "||"]) {
  for (const [left, right] of [["owner", "cmdb"], ["cmdb", "owner"]]) {
    const when = `lookup.${left}.x == 1 ${operator} lookup.${right}.x == 1`;
    Deno.test(`testRules() of "${when}" lets the strictest on-missing count`, () => {
      const saidOf = (onMissing: OnMissing, cmdbMissing: OnMissing) =>
        said(test([{ when }], { owner: MISSING, cmdb: MISSING, onMissing, cmdbMissing }));
      assert.equal(saidOf(HOLDS, HOLDS), "matched");
      assert.equal(saidOf(HOLDS, FAILS), "not-matched");
      assert.equal(saidOf(FAILS, HOLDS), "not-matched");
      assert.equal(saidOf(FAILS, UNDECIDED), "undecided");
      assert.equal(saidOf(UNDECIDED, HOLDS), "undecided");
    });
  }
}

for (
  const { owner, expected } of [
    { owner: GOLD, expected: "there is no lookup.owner.team in the answer" },
    {
      owner: STAND_IN,
      expected: "there is no lookup.owner.team in the value of on-missing, " +
        "which stands in for the answer",
    },
  ]
) {
  Deno.test(`testRules() says that ${expected}, and nothing of on-missing`, () => {
    const tested = test([{ when: TEAM }], { owner, onMissing: NONE });
    const [reason] = tested.kind === "verdicts" ? tested.verdicts.map((each) => each.reason) : [];
    assert.equal(reason, `${TEAM} cannot be told: ${expected}`);
  });
}

Deno.test("testRules() says what was compared with what, and why it could not be", () => {
  const tested = test([{ when: 'event == "FIXED"' }, { when: TIER }], { owner: MISSING });
  assert.equal(tested.kind, "verdicts");
  if (tested.kind !== "verdicts") return;
  const [fixed, tier] = tested.verdicts.map(({ reason }) => reason);
  assert.match(fixed ?? "", /event == "FIXED"[^]*"BREAKS"/);
  assert.match(tier ?? "", /owner[^]*HTTP 500/);
});
