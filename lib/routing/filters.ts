/**
 * The filters of 2017: events and a function. Pure.
 *
 * @module
 */

import type { FilterConfig, FilterTest } from "../config/types.ts";
import type { Why } from "../language/expression.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";

/** What filters may look at. */
export interface FilterFacts {
  /** The mail's subject on one line; absent without a Subject field. */
  readonly subject?: string | undefined;
  /** The event that the mail stands for. */
  readonly event?: string | undefined;
  /** The pipeline that it is about. */
  readonly pipeline?: string | undefined;
  /** What GoCD says about its groups. */
  readonly groups: GroupsKnown;
}

/** The pipeline groups: known; asked for in vain; or not asked for so far. */
export type GroupsKnown =
  | { readonly kind: "known"; readonly groups: PipelineGroups }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "not-asked" };

/** What a filter came to; `ask`: it depends on the pipeline groups. */
export type FilterTested =
  | { readonly kind: "holds" | "fails" | "unknown"; readonly why: Why }
  | { readonly kind: "ask" };

/** Longest pipeline name that a configured pattern is tried on; GoCD allows no longer one. */
const MAX_NAME_LENGTH = 255;

/** Tests a filter. */
export function testFilter({ events, test }: FilterConfig, facts: FilterFacts): FilterTested {
  const { event } = facts;
  if (events === undefined) return testFunction(test, facts);
  if (event === undefined) return fails(() => "the mail has no event that we know");
  if (!events.includes(event)) {
    return fails(() => `event ${event} is not one of ${events.join(", ")}`);
  }
  const tested = testFunction(test, facts);
  if (tested.kind === "ask") return tested;
  return { kind: tested.kind, why: () => `event ${event}; ${tested.why()}` };
}

function testFunction(test: FilterTest, facts: FilterFacts): FilterTested {
  const { pipeline } = facts;
  switch (test.function) {
    case "mail.in_subject":
      return testSubject(test.words, facts.subject);
    case "pipelines.any":
      return { kind: "holds", why: () => "any pipeline" };
    case "pipelines.in_group":
      if (pipeline === undefined) return fails(() => "the mail names no pipeline");
      return testGroup(pipeline, test.group, facts.groups);
    case "pipelines.name_like_in_group": {
      const { pattern, group } = test;
      if (pipeline === undefined) return fails(() => "the mail names no pipeline");
      const match = pattern.exec(pipeline.slice(0, MAX_NAME_LENGTH));
      if (match === null) return fails(() => `${pipeline} is not like ${pattern.source}`);
      const part = match[1];
      if (part === undefined) return fails(() => `group 1 of ${pattern.source} found nothing`);
      const tested = testGroup(part, group, facts.groups);
      if (tested.kind === "ask") return tested;
      return { kind: tested.kind, why: () => `${pipeline} is like ${part}; ${tested.why()}` };
    }
  }
}

/** Every word occurs, case ignored; no word at all matches any mail. */
function testSubject(words: readonly string[], subject: string | undefined): FilterTested {
  if (words.length === 0) return { kind: "holds", why: () => "no words asked for" };
  if (subject === undefined) return fails(() => "the mail has no subject");
  const lower = subject.toLowerCase();
  // Runs of blanks in the subject are one blank by now; so they must be in the words.
  const missing = words.find((word) => !lower.includes(word.toLowerCase().replace(/\s+/g, " ")));
  if (missing !== undefined) return fails(() => `"${missing}" is not in the subject`);
  return {
    kind: "holds",
    why: () => `${words.map((word) => `"${word}"`).join(", ")} in the subject`,
  };
}

/** An unknown group holds no pipeline, as in 2017. */
function testGroup(pipeline: string, group: string, known: GroupsKnown): FilterTested {
  switch (known.kind) {
    case "not-asked":
      return { kind: "ask" };
    case "unknown":
      return { kind: "unknown", why: () => `is ${pipeline} in ${group}? ${known.why}` };
    case "known": {
      const pipelines = known.groups.get(group);
      if (pipelines === undefined) return fails(() => `GoCD shows no group ${group}`);
      if (!pipelines.has(pipeline)) return fails(() => `${pipeline} is not in ${group}`);
      return { kind: "holds", why: () => `${pipeline} is in ${group}` };
    }
  }
}

function fails(why: Why): FilterTested {
  return { kind: "fails", why };
}
