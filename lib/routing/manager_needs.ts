/**
 * What has to be known of a mail before a manager can decide about it: what nobody asks for is not
 * read. Pure; found out once with the configuration.
 *
 * @module
 */

import type { FilterConfig, LookupConfig, ManagerConfig } from "../config/types.ts";
import type { Needs } from "../language/scope.ts";
import { needsOfAll, wordingOf } from "../language/wording.ts";

/** What a manager needs of every mail that it claims. */
export type ManagerNeeds = Pick<Needs, "text" | "reading">;

/**
 * What the conditions and actions of a manager look at, the lookups that they name, and its GoCD
 * server.
 *
 * @param lookups Those of the configuration; what nobody here may ask needs nothing.
 */
export function needsOf(manager: ManagerConfig, lookups: readonly LookupConfig[]): ManagerNeeds {
  const own = wordingOf(manager);
  const asked = needsOfAll(own).lookups;
  const templates = lookups.filter(({ name }) => asked.includes(name))
    .flatMap(({ url, headers }) => [url, ...headers.map(({ value }) => value)]);
  const { text, reading } = needsOfAll([...own, ...templates]);
  const { gocd, rules } = manager;
  const deep = rules.some(({ filter }) => filter !== undefined && looksDeep(filter));
  return { text, reading: reading || deep || gocd !== undefined };
}

/** Whether a filter looks at more than the subject. */
function looksDeep({ events, test }: FilterConfig): boolean {
  return events !== undefined || test.function !== "mail.in_subject";
}
