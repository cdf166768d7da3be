/**
 * The subjects of Zabbix' default messages, in the words of all its versions.
 *
 * @module
 */

/** What a message reports. */
export type ZabbixEvent =
  | "PROBLEM"
  | "RESOLVED"
  | "UPDATED"
  | "ACKNOWLEDGED"
  | "SERVICE_PROBLEM"
  | "SERVICE_RESOLVED"
  | "SERVICE_CHANGED"
  | "DISCOVERY"
  | "AUTOREGISTRATION";

/** A subject, taken apart. */
export interface ZabbixSubject {
  /** What it reports. */
  readonly event: ZabbixEvent;
  /** The problem's or trigger's name; empty where the message is about something else. */
  readonly name: string;
  /** How long it lasted or has lasted: `1h 5m`. */
  readonly duration?: string;
  /** The business service. */
  readonly service?: string;
  /** Host or address, in messages about discovery and registration. */
  readonly host?: string;
  /** What was found out about a device: `UP`, `LOST`. */
  readonly deviceStatus?: string;
  /** The severity that a service has now. */
  readonly level?: string;
}

/** Names are cut at 2,048 characters by Zabbix, subjects at 255 by its database. */
const NAME = "(?<name>.{1,2048})";
const AGE = "(?<duration>[0-9][0-9a-z ]{0,30})";
const SERVICE = '"(?<service>.{1,512})"';

const FORMS: readonly { readonly event: ZabbixEvent; readonly pattern: RegExp }[] = [
  { event: "PROBLEM", pattern: form(`(?:Problem|PROBLEM): ${NAME}`) },
  { event: "RESOLVED", pattern: form(`Resolved in ${AGE}: ${NAME}`) },
  { event: "RESOLVED", pattern: form(`(?:Resolved|OK): ${NAME}`) },
  { event: "UPDATED", pattern: form(`Updated problem(?: in ${AGE})?: ${NAME}`) },
  { event: "ACKNOWLEDGED", pattern: form(`Acknowledged: ${NAME}`) },
  { event: "SERVICE_PROBLEM", pattern: form(`Service ${SERVICE} problem: ${NAME}`) },
  { event: "SERVICE_RESOLVED", pattern: form(`Service ${SERVICE} resolved in ${AGE}: ${NAME}`) },
  {
    event: "SERVICE_CHANGED",
    pattern: form(`Changed ${SERVICE} service status to (?<level>[A-Z][A-Za-z ]{1,24}) in ${AGE}`),
  },
  {
    event: "DISCOVERY",
    pattern: form("Discovery: (?<deviceStatus>[A-Z]{2,16}) (?<host>[0-9A-Fa-f.:]{2,45})"),
  },
  { event: "AUTOREGISTRATION", pattern: form("Auto ?registration: (?<host>.{1,128})") },
];

/** Reads a subject; `null` when it has none of Zabbix' forms. */
export function readSubject(subject: string): ZabbixSubject | null {
  for (const { event, pattern } of FORMS) {
    const groups = pattern.exec(subject)?.groups;
    if (groups === undefined) continue;
    return { name: "", ...groups, event };
  }
  return null;
}

function form(text: string): RegExp {
  return new RegExp(`^${text}$`);
}
