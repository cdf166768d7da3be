/**
 * The filters of 2017: events and a function. Pure. What a test came to is a word; sentences are made
 * of it in `filter_words.ts`, for those who ask.
 *
 * @module
 */

import type { FilterConfig } from "../config/types.ts";
import type { Pattern } from "../language/pattern.ts";
import { affords, type Work } from "../language/work.ts";
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
  /** What patterns are charged to; absent: nobody counts. */
  readonly work?: Work | undefined;
}

/** The pipeline groups: known; asked for in vain; or not asked for so far. */
export type GroupsKnown =
  | { readonly kind: "known"; readonly groups: PipelineGroups }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "not-asked" };

/**
 * What a filter came to; `unknown`: GoCD does not say; `ask`: it depends on the pipeline groups;
 * `too-late`: the work for the mail had been done before.
 */
export type FilterTested = "holds" | "unknown" | "ask" | "too-late" | FilterFails;

/** Why a filter does not hold. */
export type FilterFails =
  | "no-event"
  | "other-event"
  | "no-subject"
  | "word-missing"
  | "no-pipeline"
  | "name-unlike"
  | "empty-group"
  | "no-such-group"
  | "not-in-group";

/** Longest pipeline name that a configured pattern is tried on; GoCD allows no longer one. */
const MAX_NAME_LENGTH = 255;

/** Tests a filter. */
export function testFilter({ events, test }: FilterConfig, facts: FilterFacts): FilterTested {
  if (events !== undefined) {
    if (facts.event === undefined) return "no-event";
    if (!events.includes(facts.event)) return "other-event";
  }
  switch (test.function) {
    case "mail.in_subject":
      return testSubject(test.words, facts.subject);
    case "pipelines.any":
      return "holds";
    case "pipelines.in_group":
      if (facts.pipeline === undefined) return "no-pipeline";
      return testGroup(facts.pipeline, test.group, facts.groups);
    case "pipelines.name_like_in_group": {
      if (facts.pipeline === undefined) return "no-pipeline";
      const like = likeness(test.pattern, facts.pipeline, facts.work);
      return typeof like === "string" ? like : testGroup(like.found, test.group, facts.groups);
    }
  }
}

/** What the first group of a pattern finds in a name. */
export type Likeness =
  | { readonly found: string }
  | "name-unlike"
  | "empty-group"
  | "too-late";

/** By mail, name and pattern: rules are tested again once GoCD has answered, and put into words. */
const KNOWN = new WeakMap<Work, Map<string, Map<string, Likeness>>>();

/** Tries a pattern on a name; the second time for the same mail it costs nothing. */
export function likeness(pattern: Pattern, pipeline: string, work?: Work): Likeness {
  if (work === undefined) return search(pattern, pipeline);
  const names = KNOWN.get(work) ?? new Map<string, Map<string, Likeness>>();
  const known = names.get(pipeline) ?? new Map<string, Likeness>();
  KNOWN.set(work, names.set(pipeline, known));
  const before = known.get(pattern.source);
  if (before !== undefined) return before;
  const like = search(pattern, pipeline, work);
  known.set(pattern.source, like);
  return like;
}

function search(pattern: Pattern, pipeline: string, work?: Work): Likeness {
  const name = pipeline.slice(0, MAX_NAME_LENGTH);
  if (work !== undefined && !affords(work.left, pattern.worst(name))) return "too-late";
  const found = pattern.first(name, work);
  if (found === null) return "name-unlike";
  return found === undefined ? "empty-group" : { found };
}

/** Every word occurs, case ignored; no word at all matches any mail. */
function testSubject(words: readonly string[], subject: string | undefined): FilterTested {
  if (words.length === 0) return "holds";
  if (subject === undefined) return "no-subject";
  return missingWord(words, subject) === undefined ? "holds" : "word-missing";
}

/** The first word that is not in the subject. */
export function missingWord(words: readonly string[], subject: string): string | undefined {
  const lower = subject.toLowerCase();
  // Runs of blanks in the subject are one blank by now; so they must be in the words.
  return words.find((word) => !lower.includes(word.toLowerCase().replace(/\s+/g, " ")));
}

/** An unknown group holds no pipeline, as in 2017. */
function testGroup(pipeline: string, group: string, known: GroupsKnown): FilterTested {
  switch (known.kind) {
    case "not-asked":
      return "ask";
    case "unknown":
      return "unknown";
    case "known": {
      const pipelines = known.groups.get(group);
      if (pipelines === undefined) return "no-such-group";
      return pipelines.has(pipeline) ? "holds" : "not-in-group";
    }
  }
}
