/** Holds lib/routing/rules.ts to the semantics of 2017. @module */

import assert from "node:assert/strict";
import type { FilterTest } from "../../lib/config/types.ts";
import type { FilterFacts, GroupsKnown } from "../../lib/routing/filters.ts";
import { Work } from "../../lib/language/work.ts";
import { type RuleVerdict, testRules } from "../../lib/routing/rules.ts";
import type { RuleConfig } from "../../lib/config/types.ts";
import { ANY, inGroup, likeInGroup, ruleOf } from "../support/gocd_managers.ts";
import { factsOf } from "../support/rule_facts.ts";

const groups: GroupsKnown = {
  kind: "known",
  groups: new Map([
    ["alpha", new Set(["a-build", "a-test"])],
    ["beta", new Set(["b-build", "b-test"])],
    ["release", new Set(["a-test-release-x", "b-test-release-x"])],
  ]),
};

const words = (...list: string[]): FilterTest => ({ function: "mail.in_subject", words: list });
const like = likeInGroup;

interface Row {
  readonly test: FilterTest;
  readonly facts: Omit<FilterFacts, "groups">;
  readonly verdict: string;
  readonly events?: readonly string[];
}

const RELEASE = "(.+)-release.*";
const rows: readonly Row[] = [
  { test: ANY, facts: {}, verdict: "matched" },
  { test: ANY, facts: { event: "FIXED" }, events: ["BREAKS"], verdict: "not-matched" },
  { test: ANY, facts: { event: "FIXED" }, events: ["BREAKS", "FIXED"], verdict: "matched" },
  { test: ANY, facts: {}, events: ["BREAKS"], verdict: "not-matched" },
  { test: ANY, facts: { event: "BREAKS" }, events: [], verdict: "not-matched" },
  { test: inGroup("beta"), facts: { pipeline: "b-build" }, verdict: "matched" },
  { test: inGroup("beta"), facts: { pipeline: "b-test-release-x" }, verdict: "not-matched" },
  { test: inGroup("beta"), facts: { pipeline: "a-test" }, verdict: "not-matched" },
  { test: inGroup("nowhere"), facts: { pipeline: "a-test" }, verdict: "not-matched" },
  { test: inGroup("beta"), facts: {}, verdict: "not-matched" },
  { test: like(RELEASE, "beta"), facts: { pipeline: "b-test-release-x" }, verdict: "matched" },
  { test: like(RELEASE, "beta"), facts: { pipeline: "a-test-release-x" }, verdict: "not-matched" },
  { test: like(RELEASE, "beta"), facts: { pipeline: "b-build" }, verdict: "not-matched" },
  {
    test: like(RELEASE, "nowhere"),
    facts: { pipeline: "b-test-release-x" },
    verdict: "not-matched",
  },
  { test: like(RELEASE, "beta"), facts: {}, verdict: "not-matched" },
  { test: like("(x)|b", "beta"), facts: { pipeline: "b-build" }, verdict: "not-matched" },
  { test: like("(b-build)", "beta"), facts: { pipeline: "not-b-build-2" }, verdict: "matched" },
  { test: words("raid", "NAS"), facts: { subject: "nas: RAID degraded" }, verdict: "matched" },
  { test: words("raid", "ups"), facts: { subject: "nas: RAID degraded" }, verdict: "not-matched" },
  { test: words("raid  degraded"), facts: { subject: "RAID degraded" }, verdict: "matched" },
  { test: words("raid"), facts: {}, verdict: "not-matched" },
  { test: words(), facts: {}, verdict: "matched" },
  { test: words(""), facts: { subject: "" }, verdict: "matched" },
];

/** The verdicts; `null` while something must be asked. */
function verdictsOf(
  rules: readonly RuleConfig[],
  facts: Omit<FilterFacts, "groups">,
  known: GroupsKnown,
): readonly RuleVerdict[] | null {
  const tested = testRules(rules, factsOf({ ...facts, groups: known }));
  return tested.kind === "verdicts" ? tested.verdicts : null;
}

for (const { test, facts, events, verdict } of rows) {
  const shown = "pattern" in test
    ? `${test.pattern.source} in ${test.group}`
    : JSON.stringify(test);
  const name = `${shown} of ${JSON.stringify(facts)}${events ? ` in ${events}` : ""}`;
  Deno.test(`testRules() finds ${name} ${verdict}`, () => {
    const rule = ruleOf(["mailto:a@example.com"], test, events === undefined ? {} : { events });
    const [result] = verdictsOf([rule], facts, groups) ?? [];
    assert.equal(result?.verdict, verdict);
    assert.notEqual(result?.reason, "");
  });
}

Deno.test("testRules() asks for groups only when a verdict depends on them", () => {
  const rule = ruleOf(["discard"], inGroup("alpha"), { events: ["BREAKS"] });
  const notAsked: GroupsKnown = { kind: "not-asked" };
  assert.equal(verdictsOf([rule], { pipeline: "a-build", event: "BREAKS" }, notAsked), null);
  assert.notEqual(verdictsOf([rule], { pipeline: "a-build", event: "FIXED" }, notAsked), null);
  assert.notEqual(verdictsOf([rule], { event: "BREAKS" }, notAsked), null);
});

Deno.test("testRules() leaves a rule undecided without groups, and goes on", () => {
  const rules = [
    ruleOf(["discard"], inGroup("alpha"), { stop: true }),
    ruleOf(["discard"], ANY, { stop: true }),
    ruleOf(["discard"], ANY),
  ];
  const known: GroupsKnown = { kind: "unknown", why: "no answer" };
  const verdicts = verdictsOf(rules, { pipeline: "a-build" }, known)?.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ["undecided", "matched", "skipped"]);
});

Deno.test("testRules() goes on after a rule that says stop and does not hold", () => {
  const rules = [ruleOf(["discard"], words("x"), { stop: true }), ruleOf(["discard"], ANY)];
  const verdicts = verdictsOf(rules, { subject: "y" }, groups)?.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ["not-matched", "matched"]);
});

Deno.test("testRules() tries a pattern on no more of a name than GoCD allows", () => {
  const rule = ruleOf(["discard"], like("x(y)", "g"));
  const known: GroupsKnown = { kind: "known", groups: new Map([["g", new Set(["y"])]]) };
  const verdictOf = (length: number) =>
    verdictsOf([rule], { pipeline: `${"x".repeat(length)}y` }, known)?.[0]?.verdict;
  assert.equal(verdictOf(254), "matched");
  assert.equal(verdictOf(255), "not-matched");
});

Deno.test("testRules() looks at a name once, whatever the pattern and whoever made the name", () => {
  const rule = ruleOf(["discard"], like("((?:[a-z0-9]+-?)+)-release", "g"));
  const known: GroupsKnown = { kind: "known", groups: new Map([["g", new Set(["a-b"])]]) };
  const verdictOf = (pipeline: string) => verdictsOf([rule], { pipeline }, known)?.[0]?.verdict;
  // Each further letter doubled the time of an expression that tries every way there is.
  assert.equal(verdictOf("a".repeat(255)), "not-matched");
  assert.equal(verdictOf("a-b-release"), "matched");
});

/** Like what it found in a name of 255 characters, where that took long. */
function costly(count: number): readonly RuleConfig[] {
  return Array.from(
    { length: count },
    (_, index) => ruleOf(["discard"], like(`((?:[a-z0-9]+-?){1,${20 + index}})-release`, "g")),
  );
}

const LONG = `${"a".repeat(247)}-release`;
const NAMES: GroupsKnown = { kind: "known", groups: new Map([["g", new Set(["a".repeat(247)])]]) };

Deno.test("testRules() tries costly patterns until the work for the mail is done", () => {
  const work = new Work();
  const facts = { pipeline: LONG, work };
  const verdicts = verdictsOf(costly(100), facts, NAMES)?.map(({ verdict }) => verdict) ?? [];
  const matched = verdicts.lastIndexOf("matched") + 1;
  assert.ok(matched > 5 && matched < 100, `${matched} matched`);
  assert.deepEqual(new Set(verdicts.slice(0, matched)), new Set(["matched"]));
  assert.deepEqual(new Set(verdicts.slice(matched)), new Set(["undecided"]));
  assert.ok(work.left < 100_000);
});

Deno.test("testRules() tries each pattern once for a mail, however often it is asked", () => {
  const work = new Work();
  const facts = { pipeline: LONG, work };
  const notAsked: GroupsKnown = { kind: "not-asked" };
  assert.equal(verdictsOf(costly(100), facts, notAsked), null);
  const { left } = work;
  const verdicts = verdictsOf(costly(100), facts, NAMES) ?? [];
  assert.equal(verdicts[0]?.verdict, "matched");
  assert.match(verdicts[0]?.reason ?? "", /-release is like a+; a+ is in g$/);
  assert.match(verdicts.at(-1)?.reason ?? "", /^is a+-release like .*\? too costly after all/);
  assert.equal(work.left, left);
  // Another name is another question.
  const fresh = new Work();
  for (const [pipeline, verdict] of [[LONG, "matched"], ["b-release", "not-matched"]] as const) {
    assert.equal(verdictsOf(costly(1), { pipeline, work: fresh }, NAMES)?.[0]?.verdict, verdict);
  }
});
