/** Managers, rules and GoCD mails for tests of routing. @module */

import { readPattern } from "../../lib/config/pattern.ts";
import type {
  Action,
  FilterTest,
  GocdConfig,
  ManagerConfig,
  RuleConfig,
} from "../../lib/config/types.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { RoutingConfig } from "../../lib/routing/router.ts";
import { mailOf } from "./mails.ts";

/** An action from its text. */
export function actionOf(text: string): Action {
  const address = /^mailto:(.+)$/.exec(text)?.[1];
  return address === undefined ? { kind: "discard", text } : { kind: "mailto", address, text };
}

/** A rule; whatever is not given is usual. */
export function ruleOf(
  actions: readonly string[],
  test: FilterTest,
  { events, ...rest }: { name?: string; stop?: boolean; events?: readonly string[] } = {},
): RuleConfig {
  return {
    name: "a rule",
    stop: false,
    actions: actions.map(actionOf),
    filter: events === undefined ? { test } : { test, events },
    mute: [],
    ...rest,
  };
}

/** The test that holds for any pipeline. */
export const ANY: FilterTest = { function: "pipelines.any" };

/** The test that a pipeline is in a group. */
export function inGroup(group: string): FilterTest {
  return { function: "pipelines.in_group", group };
}

/** The test that group 1 of a pattern finds a pipeline of a group. */
export function likeInGroup(text: string, group: string): FilterTest {
  const pattern = readPattern(text);
  if (pattern.kind === "problem") throw new Error(pattern.text);
  return { function: "pipelines.name_like_in_group", pattern: pattern.value, group };
}

/** A GoCD manager that wants mails to `mail2alert@example.com`. */
export function gocdManager(
  server: string | GocdConfig,
  rules: readonly RuleConfig[],
  rest: Partial<ManagerConfig> = {},
): ManagerConfig {
  return {
    name: "gocd",
    type: "gocd",
    wants: { to: "mail2alert@example.com" },
    rules,
    rewriteHeaders: true,
    also: false,
    mute: [],
    gocd: typeof server === "string" ? { url: server, pollMs: 0, pollGraceMs: 60_000 } : server,
    ...rest,
  };
}

/** A mail manager that wants mails to `mail2alert@example.com`. */
export function mailManager(
  rules: readonly RuleConfig[],
  rest: Partial<ManagerConfig> = {},
): ManagerConfig {
  return {
    name: "mail",
    type: "mail",
    wants: { to: "mail2alert@example.com" },
    rules,
    rewriteHeaders: true,
    also: false,
    mute: [],
    ...rest,
  };
}

/** A stage notification: `stageMail("build/7/test/1", "is broken")`. */
export function stageMail(locator: string, verb: string): Mail {
  return mailOf(
    `Subject: Stage [${locator}] ${verb}\r\nFrom: go@example.com\r\n\r\nSee details\r\n`,
  );
}

/** The addresses that a routing sends to. */
export function recipientsOf(
  routing: { readonly deliveries: readonly { readonly recipients: readonly string[] }[] },
): readonly string[] {
  return routing.deliveries.flatMap(({ recipients }) => recipients);
}

/** What the configuration says about routing where it has nothing but managers. */
export function routingOf(managers: readonly ManagerConfig[]): RoutingConfig {
  return { managers, lookups: [], packs: [] };
}
