/**
 * The report: who gets which alert, as 2017's `--test` showed it. For every pipeline of every
 * group and every event, the rules are tested as if a mail had come.
 *
 * @module
 */

import type { GocdConfig, ManagerConfig, RuleConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { GocdContext, type LookupSettings } from "./gocd_context.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import { STAGE_EVENTS } from "./packs/gocd.ts";
import { formatYaml, type YamlValue } from "./pyyaml.ts";
import { type Facts, testRules } from "./rules.ts";
import { NO_MAIL } from "../language/no_mail.ts";

/** By manager, in the order of their names; `null` for one that cannot tell its alerts ahead. */
export type Report = ReadonlyMap<string, readonly GroupReport[] | null>;

/** One pipeline group. */
export interface GroupReport {
  /** Its name. */
  readonly group: string;
  /** Its pipelines, in the server's order. */
  readonly pipelines: readonly PipelineReport[];
}

/** One pipeline. */
export interface PipelineReport {
  /** Its name. */
  readonly pipeline: string;
  /**
   * What it leads to; absent when no rule holds. For a pipeline in several groups this is told
   * under the last one only, as in 2017.
   */
  readonly alerts?: readonly AlertReport[];
}

/** Actions, and the events that lead to them. */
export interface AlertReport {
  /** The actions of a rule, as configured. */
  readonly actions: readonly string[];
  /** Events, each once. */
  readonly events: readonly string[];
}

/** What 2017 called the name of a group. */
const GROUP_KEY = "pipeline_group";

/** How long the servers may take, in ms: somebody waits, but no mail does. */
const PATIENCE_MS = 20_000;

/**
 * Makes the report of a configuration.
 *
 * @throws {RelayError} `lookup-failed` when a GoCD server does not tell its pipeline groups.
 */
export async function createReport(
  managers: readonly ManagerConfig[],
  options: LookupSettings = {},
): Promise<Report> {
  const reports = await Promise.all(managers.map(async (manager) => {
    const groups = manager.gocd && await askGroups(manager, options);
    return [manager.name, groups === undefined ? null : reportGroups(manager, groups)] as const;
  }));
  return new Map(reports.toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** Writes a report as 2017 printed it: PyYAML's text and the newline of `print`. */
export function formatReportYaml(report: Report): string {
  return `${formatYaml(reportValue(report))}\n`;
}

/** A report in the words of 2017, ready to be written as YAML or JSON. */
export function reportValue(report: Report): { readonly [manager: string]: YamlValue } {
  return Object.fromEntries([...report].map(([manager, groups]) => [
    manager,
    groups && groups.map(({ group, pipelines }) => ({
      [GROUP_KEY]: group,
      pipelines: pipelines.map(({ pipeline, alerts }) =>
        alerts === undefined
          ? { pipeline }
          : { pipeline, alerts: alerts.map(({ actions, events }) => ({ actions, events })) }
      ),
    })),
  ]));
}

/** The report of one manager whose pipeline groups are known. Pure. */
export function reportGroups(
  manager: ManagerConfig,
  groups: PipelineGroups,
): readonly GroupReport[] {
  const home = new Map<string, string>();
  for (const [group, pipelines] of groups) pipelines.forEach((name) => home.set(name, group));
  return [...groups].map(([group, pipelines]) => ({
    group,
    pipelines: [...pipelines].map((pipeline) => {
      const alerts = home.get(pipeline) === group ? alertsOf(manager, groups, pipeline) : [];
      return alerts.length > 0 ? { pipeline, alerts } : { pipeline };
    }),
  }));
}

/** The alerts of one pipeline: equal lists of actions are one alert, the first one's place. */
function alertsOf(
  manager: ManagerConfig,
  groups: PipelineGroups,
  pipeline: string,
): readonly AlertReport[] {
  const rules = manager.rules.map((rule) => ({ ...rule, mute: [] }));
  const alerts = new Map<string, { actions: readonly string[]; events: Set<string> }>();
  for (const event of STAGE_EVENTS) {
    const tested = testRules(rules, factsOf(rules, { pipeline, event, groups }));
    const verdicts = tested.kind === "verdicts" ? tested.verdicts : [];
    for (const { config, verdict } of verdicts) {
      if (verdict !== "matched" && verdict !== "undecided") continue;
      const provided = verdict === "undecided" ? ` if ${config.when?.text ?? "decided"}` : "";
      const actions = config.actions.map(({ text }) => `${text}${provided}`);
      const key = JSON.stringify(actions);
      const alert = alerts.get(key) ?? { actions, events: new Set() };
      alerts.set(key, alert);
      alert.events.add(event);
    }
  }
  return [...alerts.values()].map(({ actions, events }) => ({ actions, events: [...events] }));
}

/**
 * As if a mail had come about a pipeline, of which nothing else is known: a condition that needs a
 * lookup is told as what it is, and mute windows are left out.
 */
function factsOf(
  rules: readonly RuleConfig[],
  { pipeline, event, groups }: {
    readonly pipeline: string;
    readonly event: string;
    readonly groups: PipelineGroups;
  },
): Facts {
  const why = "a report asks no lookup";
  const lookups = new Map(
    rules.flatMap(({ when }) => when?.needs.lookups ?? [])
      .map((name) => [name, { kind: "missing", why }] as const),
  );
  const fields = { source: "gocd", pipeline };
  return {
    pipeline,
    event,
    groups: { kind: "known", groups },
    onMissing: new Map(),
    scope: { mail: NO_MAIL, fields, event, lookups, nowMs: Date.now() },
  };
}

async function askGroups(
  { name, gocd }: ManagerConfig,
  options: LookupSettings,
): Promise<PipelineGroups | undefined> {
  if (gocd === undefined) return undefined;
  const asked = await readGroups(gocd, options);
  if (asked.kind === "groups") return asked.groups;
  throw new RelayError(
    "lookup-failed",
    `Cannot read the pipeline groups of manager "${name}" at ${asked.url}: ${asked.why}`,
  );
}

/** The pipeline groups of a GoCD server, or where they were asked for in vain, and why. */
export type GroupsRead =
  | { readonly kind: "groups"; readonly groups: PipelineGroups }
  | { readonly kind: "nothing"; readonly url: string; readonly why: string };

/**
 * Asks a GoCD server for its pipeline groups while somebody waits.
 *
 * @returns Never a reason without what to do about it.
 */
export async function readGroups(
  gocd: GocdConfig,
  options: LookupSettings = {},
): Promise<GroupsRead> {
  const context = new GocdContext(gocd, options, log("routing"));
  try {
    const { value, trace } = await context.groups({ waitMs: PATIENCE_MS });
    if (value !== undefined) return { kind: "groups", groups: value };
    return { kind: "nothing", url: trace.url, why: withRemedy(trace.detail) };
  } finally {
    await context.close();
  }
}

/** Where the cause is known, so is what to do, and a second advice would only lead away from it. */
function withRemedy(detail: string): string {
  if (/; (?:check|if that is right, set) /.test(detail)) return detail;
  return `${detail}. Check url and credentials of the manager, and that the GoCD server runs`;
}
