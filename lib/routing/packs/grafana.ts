/**
 * The pack for Grafana: alerts since version 8, which have Alertmanager's subject, and those of
 * before.
 *
 * @see public/emails/ng_alert_notification.txt, alert_notification.txt and the HTML beside them, and
 * pkg/services/ngalert/notifier/channels_config in Grafana's source
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import {
  closesAsGrafana,
  comesFromGrafana,
  firingSender,
  type FiringSubject,
  hostOf,
  type Labels,
  readFiringSubject,
  worst,
} from "./firing.ts";
import { alertLink, labelsIn, oldLink } from "./grafana_text.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** Before version 8: `[Alerting] CPU load alert`. */
const OLD = /^\[(Alerting|OK|No Data|Pending|Paused|Unknown)\] (.{1,512})$/;

const OLD_STATES: ReadonlyMap<string, Pick<Finding, "event" | "severity" | "state">> = new Map([
  ["Alerting", { event: "ALERTING", severity: "error", state: "problem" }],
  ["OK", { event: "OK", severity: "info", state: "ok" }],
  ["No Data", { event: "NO_DATA", severity: "warning", state: "problem" }],
  ["Pending", { event: "PENDING", severity: "info", state: "info" }],
  ["Paused", { event: "PAUSED", severity: "info", state: "info" }],
  ["Unknown", { event: "UNKNOWN", severity: "warning", state: "info" }],
]);

/** Reads Grafana's alerts. */
export const grafanaPack: Pack = {
  name: "grafana",
  fields: ["alertname", "count", "resolvedCount", "instance"],
  events: ["FIRING", "RESOLVED", ...[...OLD_STATES.values()].map(({ event = "" }) => event)],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = readFiringSubject(mail.subject ?? "");
  if (subject === null) return await readOld(mail);
  if (await firingSender(mail) !== "grafana") return null;
  const lines = await linesOf(mail);
  const labels = labelsIn(lines);
  const alone = count(subject) === 1;
  const alertname = nameIn(subject, labels);
  const instance = alone ? labels.get("instance") : undefined;
  const title = [subject.group, subject.common === "" ? "" : `(${subject.common})`];
  return reading("grafana", mail, {
    event: subject.firing ? "FIRING" : "RESOLVED",
    severity: subject.firing ? worst([labels]) : "info",
    state: subject.firing ? "problem" : "ok",
    title: title.filter((part) => part !== "").join(" ") || (mail.subject ?? ""),
    about: [subject.group || subject.common],
    details: {
      host: hostOf(instance),
      object: alertname ?? subject.group,
      alertname,
      instance,
      count: subject.count,
      resolvedCount: subject.resolvedCount,
      link: alertLink(lines),
    },
  });
}

async function readOld(mail: MailView): Promise<Reading | null> {
  const [, word = "", name = ""] = OLD.exec(mail.subject ?? "") ?? [];
  const state = OLD_STATES.get(word);
  if (state === undefined) return null;
  const lines = await linesOf(mail);
  if (!comesFromGrafana(mail) && !closesAsGrafana(lines.slice(-3).join(" "))) return null;
  return reading("grafana", mail, {
    ...state,
    title: name,
    about: [name],
    details: { object: name, link: oldLink(lines) },
  });
}

/** How many alerts the mail speaks of; of a resolved group nobody knows. */
function count(subject: FiringSubject): number {
  return Number(subject.count ?? 0) + Number(subject.resolvedCount ?? 0);
}

/** The name of the alert, if the group goes by it: then the subject begins with it. */
function nameIn({ group }: FiringSubject, labels: Labels): string | undefined {
  const name = labels.get("alertname");
  return name !== undefined && `${group} `.startsWith(`${name} `) ? name : undefined;
}
