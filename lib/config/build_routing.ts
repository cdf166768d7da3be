/**
 * Managers, rules and mute windows, from the checked shape of the file to their form in
 * `Configuration`.
 *
 * @module
 */

import { typeOf } from "./contradictions_routing.ts";
import { readTest } from "./filter.ts";
import { DAYS } from "./moment.ts";
import type { ManagerShape, MuteShape, RuleShape } from "./shape_routing.ts";
import type { FilterConfig, GocdConfig, ManagerConfig, MuteWindow, RuleConfig } from "./types.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Builds one manager. */
export function buildManager(manager: ManagerShape, vocabulary: Vocabulary): ManagerConfig {
  const { to, from } = manager["messages-we-want"];
  const gocd = buildGocd(manager);
  return {
    name: manager.name,
    type: typeOf(manager.type, manager.name, vocabulary),
    wants: to === undefined ? { from: from ?? "" } : from === undefined ? { to } : { to, from },
    also: manager.also,
    rules: manager.rules.map(buildRule),
    ...manager.otherwise && { otherwise: manager.otherwise },
    mute: manager.mute.map(buildWindow),
    rewriteHeaders: manager["rewrite-headers"],
    ...gocd && { gocd },
  };
}

/** Builds one mute window. */
export function buildWindow(window: MuteShape): MuteWindow {
  const { from: fromMinute = 0, to: toMinute = 1_440, "time-zone": timeZone } = window;
  const named = window.days?.flat() ?? DAYS.keys();
  const days = [...new Set(named)].toSorted((a, b) => a - b);
  const text = [
    days.length < DAYS.length ? showDays(days) : "",
    toMinute - fromMinute < 1_440 ? `${showTime(fromMinute)}-${showTime(toMinute)}` : "",
    timeZone,
  ].filter((part) => part !== "").join(" ");
  return { text, days, fromMinute, toMinute, timeZone };
}

/** Only and always a manager of type gocd has a URL; the contradictions see to it. */
function buildGocd(manager: ManagerShape): GocdConfig | undefined {
  if (manager.url === undefined) return undefined;
  const password = manager.passwd ?? manager["passwd-file"];
  const token = manager.token ?? manager["token-file"];
  const basic = manager.user === undefined || password === undefined
    ? undefined
    : { user: manager.user, password };
  return {
    url: manager.url,
    ...basic && { basic },
    ...token !== undefined && { token },
    pollMs: manager.poll,
    pollGraceMs: manager["poll-grace"],
  };
}

function buildRule(rule: RuleShape, index: number): RuleConfig {
  return {
    name: rule.name ?? `rule ${index + 1}`,
    actions: rule.actions,
    ...rule.filter && { filter: buildFilter(rule.filter) },
    ...rule.when && { when: rule.when },
    mute: rule.mute.map(buildWindow),
    stop: rule.stop,
  };
}

function buildFilter(filter: NonNullable<RuleShape["filter"]>): FilterConfig {
  const { events, function: name, args } = filter;
  const test = readTest(name, args);
  if (test.kind === "problems") throw new TypeError(`Cannot build rule: ${name} was not checked`);
  return { ...events && { events }, test: test.value };
}

/** Days in the order of the week, which begins on Monday: `mon-fri`, `sat,sun`, `mon,wed-fri`. */
function showDays(days: readonly number[]): string {
  const week = days.map((day) => (day + 6) % 7).toSorted((a, b) => a - b);
  const name = (day: number) => DAYS[(day + 1) % 7] ?? "";
  const rows: { first: number; last: number }[] = [];
  for (const day of week) {
    const row = rows.at(-1);
    if (row !== undefined && row.last + 1 === day) row.last = day;
    else rows.push({ first: day, last: day });
  }
  return rows.map(({ first, last }) =>
    first === last ? name(first) : `${name(first)}-${name(last)}`
  )
    .join(",");
}

function showTime(minute: number): string {
  const pad = (count: number) => String(count).padStart(2, "0");
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}
