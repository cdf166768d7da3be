/**
 * What a filter compared with what, in words. Pure.
 *
 * @module
 */

import type { FilterConfig, FilterTest } from "../config/types.ts";
import { TOO_LATE } from "../language/values.ts";
import { type FilterFacts, type FilterTested, likeness, missingWord } from "./filters.ts";

/** Says why a filter came to what it came to. */
export function describeFilter(
  { events, test }: FilterConfig,
  facts: FilterFacts,
  tested: FilterTested,
): string {
  if (tested === "no-event") return "the mail has no event that we know";
  if (tested === "other-event") {
    return `event ${facts.event} is not one of ${events?.join(", ")}`;
  }
  const said = describeTest(test, facts, tested);
  return events === undefined ? said : `event ${facts.event}; ${said}`;
}

function describeTest(test: FilterTest, facts: FilterFacts, tested: FilterTested): string {
  switch (test.function) {
    case "mail.in_subject":
      return describeSubject(test.words, facts.subject, tested);
    case "pipelines.any":
      return "any pipeline";
    case "pipelines.in_group":
      return describeGroup({ pipeline: facts.pipeline, group: test.group }, facts, tested);
    case "pipelines.name_like_in_group": {
      const { pattern, group } = test;
      if (tested === "no-pipeline") return describeGroup({ pipeline: "", group }, facts, tested);
      if (tested === "name-unlike") return `${facts.pipeline} is not like ${pattern.source}`;
      if (tested === "empty-group") return `group 1 of ${pattern.source} found nothing`;
      if (tested === "too-late") {
        return `is ${facts.pipeline} like ${pattern.source}? ${TOO_LATE.why}`;
      }
      const like = likeness(pattern, facts.pipeline ?? "", facts.work);
      const pipeline = typeof like === "string" ? undefined : like.found;
      const said = describeGroup({ pipeline, group }, facts, tested);
      return `${facts.pipeline} is like ${pipeline}; ${said}`;
    }
  }
}

function describeSubject(
  words: readonly string[],
  subject: string | undefined,
  tested: FilterTested,
): string {
  if (words.length === 0) return "no words asked for";
  if (tested === "no-subject") return "the mail has no subject";
  if (tested === "word-missing") {
    return `"${missingWord(words, subject ?? "")}" is not in the subject`;
  }
  return `${words.map((word) => `"${word}"`).join(", ")} in the subject`;
}

function describeGroup(
  { pipeline, group }: { readonly pipeline: string | undefined; readonly group: string },
  { groups }: FilterFacts,
  tested: FilterTested,
): string {
  if (tested === "no-pipeline") return "the mail names no pipeline";
  if (tested === "no-such-group") return `GoCD shows no group ${group}`;
  if (tested === "not-in-group") return `${pipeline} is not in ${group}`;
  if (groups.kind === "unknown") return `is ${pipeline} in ${group}? ${groups.why}`;
  return `${pipeline} is in ${group}`;
}
