/**
 * What an operator has written for one manager in the language of conditions and templates, and what
 * all of it needs together.
 *
 * @module
 */

import type { Action, ManagerConfig } from "../config/types.ts";
import type { Condition, Template } from "./expression.ts";
import type { MemberPath } from "./members.ts";
import type { Needs } from "./scope.ts";

/** The conditions and templates of a manager's rules and of its `otherwise`. */
export function wordingOf(
  { rules, otherwise = [] }: Pick<ManagerConfig, "rules" | "otherwise">,
): readonly (Condition | Template)[] {
  return [
    ...rules.flatMap(({ when, actions }) => [
      ...when === undefined ? [] : [when],
      ...actions.flatMap(templatesOf),
    ]),
    ...otherwise.flatMap(templatesOf),
  ];
}

function templatesOf(action: Action): readonly Template[] {
  if (action.kind === "discard") return [];
  const { subject, body } = action.words ?? {};
  const address = action.kind === "mailto-template" ? action.address : undefined;
  return [address, subject, body].filter((template) => template !== undefined);
}

/** What a manager's words name of the answer of one lookup: the keys below its name, each path once. */
export function membersOf(
  manager: Pick<ManagerConfig, "rules" | "otherwise">,
  lookup: string,
): readonly MemberPath[] {
  const all = wordingOf(manager).flatMap(({ needs }) => needs.members ?? []);
  const below = all.filter(([name]) => name === lookup).map((path) => path.slice(1));
  return [...new Map(below.map((path) => [JSON.stringify(path), path])).values()];
}

/** What several conditions and templates need together. */
export function needsOfAll(parts: readonly Pick<Condition, "needs">[]): Needs {
  return {
    lookups: [...new Set(parts.flatMap(({ needs }) => needs.lookups))],
    text: parts.some(({ needs }) => needs.text),
    reading: parts.some(({ needs }) => needs.reading),
  };
}
