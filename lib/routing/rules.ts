/**
 * Testing rules: pure, so that routing, `report`, `explain` and `replay` cannot differ.
 *
 * @module
 */

import type { OnMissing, RuleConfig } from "../config/types.ts";
import type { Why } from "../language/expression.ts";
import type { Scope } from "../language/scope.ts";
import { type FilterFacts, testFilter } from "./filters.ts";
import { mutedBy } from "./mute.ts";
import type { RuleTrace } from "./trace.ts";

/** What rules may look at. */
export interface Facts extends FilterFacts {
  /** What conditions look at. */
  readonly scope: Scope;
  /** What each lookup's answer is replaced by when it is missing; `undecided` where it is not in here. */
  readonly onMissing: ReadonlyMap<string, OnMissing>;
}

/** What became of one rule, and the rule. */
export interface RuleVerdict {
  /** The rule as configured. */
  readonly rule: RuleConfig;
  /** The same words as in the trace. */
  readonly verdict: RuleTrace["verdict"];
  /** What was compared with what. */
  readonly why: Why;
}

/** What has to be known before rules or actions can be told. */
export interface Unasked {
  /** Whether the pipeline groups are missing. */
  readonly groups: boolean;
  /** The lookups that are missing. */
  readonly lookups: ReadonlySet<string>;
}

/** Every verdict, or what must be asked first. */
export type RulesTested =
  | { readonly kind: "verdicts"; readonly verdicts: readonly RuleVerdict[] }
  | { readonly kind: "ask"; readonly unasked: Unasked };

type Verdict = Omit<RuleVerdict, "rule">;

/** One rule, tested: a verdict, or what it needs. */
type OneTested =
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "ask"; readonly groups: boolean; readonly lookups: readonly string[] };

/**
 * Tests every rule, in order; after one that holds and says `stop`, the others are skipped, also when
 * it is muted. A rule that cannot be decided does not stop the list: one alert too many is the lesser
 * evil.
 */
export function testRules(rules: readonly RuleConfig[], facts: Facts): RulesTested {
  const verdicts: RuleVerdict[] = [];
  const lookups = new Set<string>();
  let groups = false;
  let stopped: string | undefined;
  for (const rule of rules) {
    if (stopped !== undefined) {
      const why = stopped;
      verdicts.push({ rule, verdict: "skipped", why: () => why });
      continue;
    }
    const tested = testRule(rule, facts);
    if (tested.kind === "ask") {
      groups ||= tested.groups;
      tested.lookups.forEach((name) => lookups.add(name));
      continue;
    }
    const verdict = muted(rule, tested.verdict, facts);
    verdicts.push({ rule, ...verdict });
    const held = verdict.verdict === "matched" || verdict.verdict === "muted";
    if (held && rule.stop) stopped = `"${rule.name}" held and says stop`;
  }
  if (groups || lookups.size > 0) return { kind: "ask", unasked: { groups, lookups } };
  return { kind: "verdicts", verdicts };
}

/** The filter first: it is cheap, and what it turns down needs no lookup. */
function testRule(rule: RuleConfig, facts: Facts): OneTested {
  const { filter, when } = rule;
  const byFilter = filter === undefined ? null : testFilter(filter, facts);
  if (byFilter?.kind === "fails") return verdictOf("not-matched", byFilter.why);
  if (when === undefined) {
    if (byFilter === null) return verdictOf("matched", () => "nothing is asked of it");
    return byFilter.kind === "ask"
      ? { kind: "ask", groups: true, lookups: [] }
      : verdictOf(byFilter.kind === "holds" ? "matched" : "undecided", byFilter.why);
  }
  const tested = testCondition(rule, facts);
  if (tested.kind === "verdict" && tested.verdict.verdict === "not-matched") return tested;
  if (byFilter?.kind === "ask") {
    return { kind: "ask", groups: true, lookups: tested.kind === "ask" ? tested.lookups : [] };
  }
  if (tested.kind === "ask" || byFilter === null) return tested;
  const both = () => `${byFilter.why()}; ${tested.verdict.why()}`;
  const undecided = byFilter.kind === "unknown" || tested.verdict.verdict === "undecided";
  return verdictOf(undecided ? "undecided" : "matched", both);
}

function testCondition({ when }: RuleConfig, { scope, onMissing }: Facts): OneTested {
  if (when === undefined) return verdictOf("matched", () => "no condition");
  const tested = when.test(scope);
  switch (tested.kind) {
    case "ask":
      return { kind: "ask", groups: false, lookups: tested.lookups };
    case "holds":
      return verdictOf("matched", tested.why);
    case "fails":
      return verdictOf("not-matched", tested.why);
    case "unknown": {
      const instead = onMissing.get(tested.lookup ?? "")?.kind ?? "undecided";
      const why = () => `${tested.why()}; on-missing: ${instead}`;
      if (instead === "fails") return verdictOf("not-matched", why);
      if (instead === "holds") return verdictOf("matched", why);
      return verdictOf("undecided", tested.why);
    }
  }
}

/** A rule that holds, or may hold, at an hour when it is not to. */
function muted(rule: RuleConfig, verdict: Verdict, { scope }: Facts): Verdict {
  if (rule.mute.length === 0 || verdict.verdict === "not-matched") return verdict;
  const window = mutedBy(rule.mute, scope.nowMs);
  if (window === null) return verdict;
  return { verdict: "muted", why: () => `${verdict.why()}; muted: ${window.text}` };
}

function verdictOf(verdict: RuleTrace["verdict"], why: Why): OneTested {
  return { kind: "verdict", verdict: { verdict, why } };
}
