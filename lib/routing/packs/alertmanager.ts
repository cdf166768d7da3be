/**
 * The pack for Prometheus' Alertmanager: its default subject over its default HTML. Labels and the
 * link count only in that layout, where an annotation is always one line after a name; with a text
 * of the operator's own the subject is all there is.
 *
 * @see template/default.tmpl, template/email.tmpl and notify/email/email.go in its source
 * @module
 */

import { httpLink, linesOf, reading } from "./finding.ts";
import {
  firingSender,
  type FiringSubject,
  hostOf,
  type Labels,
  readFiringSubject,
  shared,
  worst,
} from "./firing.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** How the default HTML begins; the names and values of the group follow. */
const OPENING = /^[0-9]{1,6} alerts? for\b/;
const VIEW = /^View in Alertmanager <(https?:\/\/[^\s<>]{1,2000})>$/;
const SECTION = /^\[[0-9]{1,6}\] (Firing|Resolved)$/;
const LABEL = /^([A-Za-z_][A-Za-z0-9_]{0,127}) = (.{1,512})$/;

/** Alerts that are looked at. */
const MAX_ALERTS = 100;

/** Reads Alertmanager's notifications. */
export const alertmanagerPack: Pack = {
  name: "alertmanager",
  fields: ["alertname", "count", "resolvedCount", "instance"],
  events: ["FIRING", "RESOLVED"],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = readFiringSubject(mail.subject ?? "");
  if (subject === null || await firingSender(mail) !== "alertmanager") return null;
  const body = readBody(await linesOf(mail), subject);
  const alertname = shared(body.alerts, "alertname");
  const instance = shared(body.alerts, "instance");
  const hosts = new Set(body.alerts.map((labels) => hostOf(labels.get("instance"))));
  const title = [subject.group, subject.common === "" ? "" : `(${subject.common})`];
  return reading("alertmanager", mail, {
    event: subject.firing ? "FIRING" : "RESOLVED",
    severity: subject.firing ? worst(body.alerts) : "info",
    state: subject.firing ? "problem" : "ok",
    title: title.filter((part) => part !== "").join(" ") || (mail.subject ?? ""),
    about: [subject.group || subject.common],
    details: {
      host: hosts.size === 1 ? [...hosts][0] : undefined,
      object: alertname ?? subject.group,
      alertname,
      instance,
      count: subject.count,
      resolvedCount: subject.resolvedCount,
      link: body.link,
    },
  });
}

interface Body {
  readonly alerts: readonly Labels[];
  readonly link?: string | undefined;
}

/** The labels of the alerts that the subject speaks of: of the firing ones while any fires. */
function readBody(lines: readonly string[], { firing }: FiringSubject): Body {
  const start = lines.findIndex((line) => VIEW.test(line));
  if (start < 1 || start > 4 || !OPENING.test(lines[0] ?? "")) return { alerts: [] };
  const alerts: Map<string, string>[] = [];
  let section = firing ? "Firing" : "Resolved";
  let labels: Map<string, string> | undefined;
  for (const line of lines.slice(start + 1)) {
    section = SECTION.exec(line)?.[1] ?? section;
    if ((section === "Firing") !== firing || alerts.length > MAX_ALERTS) continue;
    if (line === "Labels") {
      labels = new Map();
      alerts.push(labels);
      continue;
    }
    const [, name, value] = LABEL.exec(line) ?? [];
    if (name === undefined || value === undefined) labels = undefined;
    else labels?.set(name, value);
  }
  return { alerts, link: httpLink(VIEW.exec(lines[start] ?? "")?.[1]) };
}
