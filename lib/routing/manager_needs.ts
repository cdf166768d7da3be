/**
 * What has to be known of a mail before a manager can decide about it: what nobody asks for is not
 * read. Pure; found out once with the configuration.
 *
 * @module
 */

import type { Action, FilterConfig, LookupConfig, ManagerConfig } from "../config/types.ts";
import type { Template } from "../language/expression.ts";
import type { Needs } from "../language/scope.ts";

/** What a manager needs of every mail that it claims. */
export type ManagerNeeds = Pick<Needs, "text" | "reading">;

/** What the conditions, actions and lookups of a manager look at, and its GoCD server. */
export function needsOf(
  { rules, otherwise = [], gocd }: ManagerConfig,
  lookups: readonly LookupConfig[],
): ManagerNeeds {
  const actions: readonly Action[] = [...rules.flatMap((rule) => rule.actions), ...otherwise];
  const templates: readonly (Template | undefined)[] = [
    ...actions.flatMap((action) =>
      action.kind === "discard" ? [] : [action.words?.subject, action.words?.body]
    ),
    ...actions.flatMap((action) => action.kind === "mailto-template" ? [action.address] : []),
    ...lookups.flatMap(({ url, headers }) => [url, ...headers.map(({ value }) => value)]),
  ];
  const parts = [...rules.map(({ when }) => when), ...templates];
  return {
    text: parts.some((part) => part?.needs.text === true),
    reading: gocd !== undefined || rules.some(({ filter }) => filter && looksDeep(filter)) ||
      parts.some((part) => part?.needs.reading === true),
  };
}

/** Whether a filter looks at more than the subject. */
function looksDeep({ events, test }: FilterConfig): boolean {
  return events !== undefined || test.function !== "mail.in_subject";
}
