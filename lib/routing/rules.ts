/**
 * Testing rules: pure, so that routing, `report` and `explain` cannot differ.
 *
 * @module
 */

import type { FilterTest, RuleConfig } from "../config/types.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import type { RuleTrace } from "./trace.ts";

/** What rules may look at. */
export interface Facts {
  /** The mail's subject on one line; absent without a Subject field. */
  readonly subject?: string | undefined;
  /** The event that the mail stands for. */
  readonly event?: string | undefined;
  /** The pipeline that it is about. */
  readonly pipeline?: string | undefined;
}

/** The pipeline groups: known; asked for in vain; or not asked for so far. */
export type GroupsKnown =
  | { readonly kind: "known"; readonly groups: PipelineGroups }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "not-asked" };

/** What became of one rule, and the rule. */
export interface RuleVerdict {
  /** The rule as configured. */
  readonly rule: RuleConfig;
  /** The same three words as in the trace. */
  readonly verdict: RuleTrace["verdict"];
  /** What was compared with what. */
  readonly reason: string;
}

/** Longest pipeline name that a configured pattern is tried on; GoCD allows no longer one. */
const MAX_NAME_LENGTH = 255;

type Verdict = Omit<RuleVerdict, "rule">;

/**
 * Tests every rule, in order; after one that holds and says `stop`, the others are skipped.
 * A rule that cannot be decided does not stop the list: one alert too many is the lesser evil.
 *
 * @returns `null` when a rule needs the pipeline groups and they have not been asked for.
 */
export function testRules(
  rules: readonly RuleConfig[],
  facts: Facts,
  known: GroupsKnown,
): readonly RuleVerdict[] | null {
  const verdicts: RuleVerdict[] = [];
  let stopped: string | undefined;
  for (const rule of rules) {
    if (stopped !== undefined) {
      verdicts.push({ rule, verdict: "skipped", reason: stopped });
      continue;
    }
    const verdict = testRule(rule, facts, known);
    if (verdict === null) return null;
    verdicts.push({ rule, ...verdict });
    if (verdict.verdict === "matched" && rule.stop) stopped = `"${rule.name}" held and says stop`;
  }
  return verdicts;
}

/** Tests one rule; `null` as in {@link testRules}. */
function testRule({ filter }: RuleConfig, facts: Facts, known: GroupsKnown): Verdict | null {
  const { events } = filter;
  if (events !== undefined) {
    if (facts.event === undefined) return not("the mail has no event that we know");
    if (!events.includes(facts.event)) {
      return not(`event ${facts.event} is not one of ${events.join(", ")}`);
    }
  }
  const verdict = testFunction(filter.test, facts, known);
  if (verdict === null || events === undefined) return verdict;
  return { ...verdict, reason: `event ${facts.event}; ${verdict.reason}` };
}

function testFunction(test: FilterTest, facts: Facts, known: GroupsKnown): Verdict | null {
  switch (test.function) {
    case "mail.in_subject":
      return testSubject(test.words, facts.subject);
    case "pipelines.any":
      return { verdict: "matched", reason: "any pipeline" };
    case "pipelines.in_group":
      if (facts.pipeline === undefined) return not("the mail names no pipeline");
      return testGroup(facts.pipeline, test.group, known);
    case "pipelines.name_like_in_group": {
      const { pattern, group } = test;
      if (facts.pipeline === undefined) return not("the mail names no pipeline");
      const match = pattern.exec(facts.pipeline.slice(0, MAX_NAME_LENGTH));
      if (match === null) return not(`${facts.pipeline} is not like ${pattern.source}`);
      const part = match[1];
      if (part === undefined) return not(`group 1 of ${pattern.source} found nothing`);
      const verdict = testGroup(part, group, known);
      return verdict &&
        { ...verdict, reason: `${facts.pipeline} is like ${part}; ${verdict.reason}` };
    }
  }
}

/** Every word occurs, case ignored; no word at all matches any mail. */
function testSubject(words: readonly string[], subject: string | undefined): Verdict {
  if (words.length === 0) return { verdict: "matched", reason: "no words asked for" };
  if (subject === undefined) return not("the mail has no subject");
  const lower = subject.toLowerCase();
  // Runs of blanks in the subject are one blank by now; so they must be in the words.
  const missing = words.find((word) => !lower.includes(word.toLowerCase().replace(/\s+/g, " ")));
  if (missing !== undefined) return not(`"${missing}" is not in the subject`);
  return {
    verdict: "matched",
    reason: `${words.map((word) => `"${word}"`).join(", ")} in the subject`,
  };
}

/** An unknown group holds no pipeline, as in 2017. */
function testGroup(pipeline: string, group: string, known: GroupsKnown): Verdict | null {
  switch (known.kind) {
    case "not-asked":
      return null;
    case "unknown":
      return { verdict: "undecided", reason: `is ${pipeline} in ${group}? ${known.why}` };
    case "known": {
      const pipelines = known.groups.get(group);
      if (pipelines === undefined) return not(`GoCD shows no group ${group}`);
      if (!pipelines.has(pipeline)) return not(`${pipeline} is not in ${group}`);
      return { verdict: "matched", reason: `${pipeline} is in ${group}` };
    }
  }
}

function not(reason: string): Verdict {
  return { verdict: "not-matched", reason };
}
