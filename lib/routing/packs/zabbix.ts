/**
 * The pack for Zabbix, 2 to 7: the default messages about problems, services, discovery and
 * registration. Its subjects are short enough for anybody to write (`Problem: …`), so the text must
 * open with Zabbix' words, or the reply go to the identifier that it makes up for the event.
 *
 * @see the default templates in ui/include/classes/mediatypes/CMediatypeHelper.php and in
 * upgrade patch 4050014; src/libs/zbxmedia/email.c
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading, Severity } from "./pack.ts";
import { readSubject, type ZabbixEvent, type ZabbixSubject } from "./zabbix_subject.ts";
import { readText } from "./zabbix_text.ts";

/** How Zabbix' own integration with PagerDuty ranks its severities. */
const SEVERITIES: ReadonlyMap<string, Severity> = new Map([
  ["Disaster", "critical"],
  ["High", "error"],
  ["Average", "warning"],
  ["Warning", "warning"],
  ["Information", "info"],
  ["Not classified", "info"],
]);

const EVENTS: readonly ZabbixEvent[] = [
  "PROBLEM",
  "RESOLVED",
  "UPDATED",
  "ACKNOWLEDGED",
  "SERVICE_PROBLEM",
  "SERVICE_RESOLVED",
  "SERVICE_CHANGED",
  "DISCOVERY",
  "AUTOREGISTRATION",
];

/** Reads what Zabbix sends by its default templates. */
export const zabbixPack: Pack = {
  name: "zabbix",
  fields: ["deviceStatus", "duration", "level", "problemId", "service"],
  events: EVENTS,
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = readSubject(mail.subject ?? "");
  if (subject === null) return null;
  const text = readText(subject, await linesOf(mail));
  const threaded = /@zabbix\.com>?$/.test(mail.header("in-reply-to") ?? "");
  if (!text.recognised && !threaded) return null;
  const host = subject.host ?? text.host;
  const level = subject.level ?? text.level;
  // Subjects are cut at 255 characters, with the duration before the name that stays the same.
  const name = text.name ?? subject.name;
  return reading("zabbix", mail, {
    event: subject.event,
    ...verdict(subject.event, level, text.status),
    title: titleOf({ ...subject, name }),
    about: subject.service === undefined ? [host ?? "", name] : [subject.service],
    details: {
      host,
      object: subject.service ?? name,
      link: text.link,
      deviceStatus: subject.deviceStatus,
      duration: subject.duration,
      level,
      problemId: text.problemId,
      service: subject.service,
    },
  });
}

function titleOf({ service, name, event, level, host, deviceStatus }: ZabbixSubject): string {
  switch (event) {
    case "SERVICE_CHANGED":
      return `${service ?? ""} is ${level ?? ""}`;
    case "DISCOVERY":
      return `${host ?? ""} is ${deviceStatus ?? ""}`;
    case "AUTOREGISTRATION":
      return `${host ?? ""} is registered`;
    case "SERVICE_PROBLEM":
    case "SERVICE_RESOLVED":
      return `${service ?? ""}: ${name}`;
    case "PROBLEM":
    case "RESOLVED":
    case "UPDATED":
    case "ACKNOWLEDGED":
      return name;
  }
}

function verdict(
  event: ZabbixEvent,
  level: string | undefined,
  status: string | undefined,
): Pick<Finding, "severity" | "state"> {
  const severity = SEVERITIES.get(level ?? "") ?? "warning";
  switch (event) {
    case "PROBLEM":
    case "SERVICE_PROBLEM":
      return { severity, state: "problem" };
    case "SERVICE_CHANGED":
      return level === "OK" ? { severity: "info", state: "ok" } : { severity, state: "problem" };
    case "RESOLVED":
    case "SERVICE_RESOLVED":
      return { severity: "info", state: "ok" };
    case "UPDATED":
    case "ACKNOWLEDGED":
      // Somebody is on it: nobody else must be woken.
      return { severity: "info", state: status === "PROBLEM" ? "problem" : "ok" };
    case "DISCOVERY":
    case "AUTOREGISTRATION":
      return { severity: "info", state: "info" };
  }
}
