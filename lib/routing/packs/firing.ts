/**
 * What Alertmanager and Grafana have in common: the subject, which Grafana took over, and labels, by
 * which both name what an alert is about.
 *
 * @module
 */

import { linesOf } from "./finding.ts";
import type { MailView, Severity } from "./pack.ts";

/** A subject of the family, taken apart. */
export interface FiringSubject {
  /** Whether any alert of the group is firing. */
  readonly firing: boolean;
  /** How many alerts are firing; for a resolved group the mail does not say. */
  readonly count?: string;
  /** How many of the group are resolved, while others fire. */
  readonly resolvedCount?: string;
  /** The values of the labels that make the group, the alert's name first if it is among them. */
  readonly group: string;
  /** Values of further labels that all alerts of the group share; they change as alerts come and go. */
  readonly common: string;
}

const STATUS =
  /^\[(FIRING|RESOLVED)(?::([0-9]{1,6}))?(?:, RESOLVED:([0-9]{1,6}))?\](?: (.{0,2048}))?$/;

/** Reads a subject; `null` when it is none of this family. */
export function readFiringSubject(subject: string): FiringSubject | null {
  const match = STATUS.exec(subject);
  if (match === null) return null;
  const [, status, count, resolvedCount, rest = ""] = match;
  const firing = status === "FIRING";
  return {
    firing,
    ...(count === undefined || !firing ? {} : { count }),
    ...(resolvedCount === undefined ? {} : { resolvedCount }),
    ...splitCommon(rest),
  };
}

/** `HighLoad web1 (critical ops)`: cuts off the last brackets that are balanced. */
function splitCommon(rest: string): Pick<FiringSubject, "group" | "common"> {
  const text = rest.trim();
  let depth = 0;
  for (let at = text.endsWith(")") ? text.length - 1 : -1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    if (text[at] === "(") depth--;
    if (depth === 0) return { group: text.slice(0, at).trim(), common: text.slice(at + 1, -1) };
  }
  return { group: text, common: "" };
}

/** Whose mail one with such a subject is. */
export type FiringSender = "alertmanager" | "grafana";

/** How far from the end the sender's last line may be: a line of rights may follow. */
const LAST_LINES = 3;

/**
 * Tells the two apart: by the line with which each closes what it sends, which no alert can put
 * there; else by the sender's name; else it is Alertmanager, whose subject it is.
 */
export async function firingSender(mail: MailView): Promise<FiringSender> {
  const end = (await linesOf(mail)).slice(-LAST_LINES).join(" ");
  if (/\bSent by Alertmanager\b/.test(end)) return "alertmanager";
  if (closesAsGrafana(end) || comesFromGrafana(mail)) return "grafana";
  return "alertmanager";
}

/** Whether the last lines are Grafana's. */
export function closesAsGrafana(end: string): boolean {
  return /\bSent by (?:<[^<>]{1,255}> ?)?Grafana v[0-9]|\bGrafana Labs\b/.test(end);
}

/** Whether the sender calls itself Grafana. */
export function comesFromGrafana({ from }: MailView): boolean {
  return /^grafana\b/i.test(from.name) || /^(?:[^@]{0,64}[._+-])?grafana\b/i.test(from.address) ||
    /@(?:[^@]{1,200}\.)?grafana[.-]/i.test(from.address);
}

/** Labels of one alert. */
export type Labels = ReadonlyMap<string, string>;

/** The value that all alerts have in a label, if they have one. */
export function shared(alerts: readonly Labels[], label: string): string | undefined {
  const values = new Set(alerts.map((labels) => labels.get(label)));
  const [value] = values;
  return values.size === 1 ? value : undefined;
}

/** The host in `instance`, which is host and port, or a URL that was probed. */
export function hostOf(instance: string | undefined): string | undefined {
  if (instance === undefined) return undefined;
  const bare = instance.replace(/^[a-z]{2,8}:\/\//, "").replace(/\/.*$/, "");
  return /^(.{1,255}?)(?::[0-9]{1,5})?$/.exec(bare)?.[1]?.replace(/^\[(.*)\]$/, "$1");
}

const RANKS: readonly { readonly severity: Severity; readonly words: RegExp }[] = [
  { severity: "critical", words: /^(?:critical|crit|page|emergency|disaster|fatal|p1|sev1)$/i },
  { severity: "error", words: /^(?:error|err|high|major|p2|sev2)$/i },
  { severity: "warning", words: /^(?:warning|warn|medium|minor|ticket|p3|sev3)$/i },
  { severity: "info", words: /^(?:info|information|informational|notice|low|none|p4|sev4)$/i },
];

/** The worst that the label `severity` says of any alert; `warning` when none says anything. */
export function worst(alerts: readonly Labels[]): Severity {
  const words = alerts.map((labels) => labels.get("severity") ?? "");
  const rank = RANKS.find(({ words: pattern }) => words.some((word) => pattern.test(word)));
  return rank?.severity ?? "warning";
}
