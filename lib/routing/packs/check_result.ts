/**
 * What Nagios and its descendants say of a check: the type of a notification and the state of a host
 * or service, in the same words for all of them.
 *
 * @module
 */

import type { Finding } from "./finding.ts";
import type { Severity } from "./pack.ts";

/** Every type of notification that one of them sends, by its own name. */
export const NOTIFICATION_TYPES = [
  "PROBLEM",
  "RECOVERY",
  "ACKNOWLEDGEMENT",
  "CUSTOM",
  "DOWNTIMESTART",
  "DOWNTIMEEND",
  "DOWNTIMECANCELLED",
  "DOWNTIMEREMOVED",
  "FLAPPINGSTART",
  "FLAPPINGSTOP",
  "FLAPPINGEND",
  "FLAPPINGDISABLED",
] as const;

const TYPES: ReadonlySet<string> = new Set(NOTIFICATION_TYPES);

const HOST_STATES: ReadonlyMap<string, Severity> = new Map([
  ["UP", "info"],
  ["DOWN", "critical"],
  ["UNREACHABLE", "error"],
]);

const SERVICE_STATES: ReadonlyMap<string, Severity> = new Map([
  ["OK", "info"],
  ["WARNING", "warning"],
  ["CRITICAL", "critical"],
  ["UNKNOWN", "warning"],
]);

/** One notification, taken apart. */
export interface CheckResult {
  /** Its type, in the sender's word; empty when the mail does not say. */
  readonly type: string;
  /** The host's name or alias. */
  readonly host: string;
  /** The service; absent when it is about the host itself. */
  readonly service?: string;
  /** The state of the check, in the sender's word. */
  readonly check: string;
}

/** Whether a word is a state that only hosts have. */
export function isHostState(word: string): boolean {
  return HOST_STATES.has(word);
}

/** Whether a word is a state that only services have. */
export function isServiceState(word: string): boolean {
  return SERVICE_STATES.has(word);
}

/** What a notification comes to. */
export function checkFinding({ type, host, service, check }: CheckResult): Finding {
  const what = service === undefined ? host : `${service} on ${host}`;
  return {
    event: TYPES.has(type) ? type : undefined,
    ...verdict(type, check),
    title: `${what} is ${check}`,
    about: [host, service ?? ""],
    details: {
      host,
      object: service,
      service,
      checkState: check,
      notificationType: type,
    },
  };
}

function verdict(type: string, check: string): Pick<Finding, "severity" | "state"> {
  // Downtimes are planned, a comment is none of the machine's, and flapping that ended says nothing
  // of how the check stands.
  if (/^(?:DOWNTIME|CUSTOM|FLAPPING(?!START))/.test(type)) {
    return { severity: "info", state: "info" };
  }
  if (type === "FLAPPINGSTART") return { severity: "warning", state: "problem" };
  if (check === "OK" || check === "UP") return { severity: "info", state: "ok" };
  // Somebody is on it: the problem stays, but nobody else must be woken.
  if (type === "ACKNOWLEDGEMENT") return { severity: "info", state: "problem" };
  const severity = HOST_STATES.get(check) ?? SERVICE_STATES.get(check) ?? "warning";
  return { severity, state: "problem" };
}
