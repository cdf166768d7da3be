/**
 * What Grafana's layouts say besides the subject. Annotations are anybody's words, in some layouts
 * on any number of lines; so each thing is read where that layout has nothing but Grafana's own:
 *
 * - the text: labels before the first annotation, the link behind the last;
 * - HTML since version 9: labels behind the last description, and a link only to where the line at
 *   the end says that Grafana lives;
 * - HTML of version 8: labels behind the last annotation, the link behind the last alert.
 *
 * @module
 */

import { httpLink } from "./finding.ts";
import type { Labels } from "./firing.ts";

/** How the text opens, unless the operator has put words of his own there. */
const OPENING = /^You have [0-9]{1,6} firing alert\(s\), and [0-9]{1,6} resolved alert\(s\) for\b/;

const PAGE = /^Go to the Alerts page: ?(\S{1,2000})$/;
const PAGE_HEADING = /^Go to the Alerts page:$/;
const RULES_BUTTON = /^View firing rules <(\S{1,2000})>$/;
const ALERT_BUTTON = /\bView alert <(\S{1,2000})>$/;
const HOME = /\bSent by Grafana v[0-9][\w.+-]{0,40} <(\S{1,2000})>\.?$/;

const LABELS = /^Labels:?$/;
const PAIR = /^(?:\* )?([A-Za-z_][A-Za-z0-9_]{0,127})(?: = |: | {1,8})(.{1,512})$/;

/** The labels of one alert: of the first in the text, of the last in HTML. */
export function labelsIn(lines: readonly string[]): Labels {
  const labels = new Map<string, string>();
  const isStart = (line: string) => LABELS.test(line);
  const start = OPENING.test(lines[0] ?? "")
    ? lines.findIndex(isStart)
    : lines.findLastIndex(isStart);
  if (start < 0) return labels;
  for (const line of lines.slice(start + 1)) {
    const [, name, value] = PAIR.exec(line) ?? [];
    if (name === undefined || value === undefined || labels.has(name)) break;
    labels.set(name, value.trim());
  }
  return labels;
}

/** The page of the alert or of all alerts. */
export function alertLink(lines: readonly string[]): string | undefined {
  if (OPENING.test(lines[0] ?? "")) return lastMatch(lines, PAGE);
  const home = lastMatch(lines.slice(-3), HOME);
  const alert = lines.map((line) => ALERT_BUTTON.exec(line)?.[1]).find((url) => url !== undefined);
  if (home !== undefined && alert !== undefined) {
    const link = httpLink(alert);
    return link !== undefined && new URL(link).origin === new URL(home).origin ? link : undefined;
  }
  return lastMatch(lines, RULES_BUTTON);
}

/** The page of all alerts before version 8: on a line of its own, the last before the end. */
export function oldLink(lines: readonly string[]): string | undefined {
  const at = lines.findLastIndex((line) => PAGE_HEADING.test(line));
  return at < 0 || at < lines.length - 3 ? undefined : httpLink(lines[at + 1]);
}

function lastMatch(lines: readonly string[], pattern: RegExp): string | undefined {
  const line = lines.findLast((candidate) => pattern.test(candidate)) ?? "";
  return httpLink(pattern.exec(line)?.[1]);
}
