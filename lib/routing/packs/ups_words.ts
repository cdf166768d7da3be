/**
 * What can happen to an uninterruptible power supply, in the same words for all programs that watch
 * one, so that one rule serves them all.
 *
 * @module
 */

import type { Finding } from "./finding.ts";

/** What each event means. */
export const UPS_VERDICTS = {
  ONLINE: { severity: "info", state: "ok" },
  ON_BATTERY: { severity: "warning", state: "problem" },
  LOW_BATTERY: { severity: "critical", state: "problem" },
  FORCED_SHUTDOWN: { severity: "critical", state: "problem" },
  SHUTDOWN: { severity: "critical", state: "problem" },
  REPLACE_BATTERY: { severity: "error", state: "problem" },
  COMMUNICATIONS_LOST: { severity: "error", state: "problem" },
  COMMUNICATIONS_OK: { severity: "info", state: "ok" },
  UNAVAILABLE: { severity: "error", state: "problem" },
  PARENT_DIED: { severity: "critical", state: "problem" },
  CALIBRATION_STARTED: { severity: "info", state: "info" },
  CALIBRATION_FINISHED: { severity: "info", state: "info" },
  OFF: { severity: "error", state: "problem" },
  NO_LONGER_OFF: { severity: "info", state: "ok" },
  ON_BYPASS: { severity: "warning", state: "problem" },
  NO_LONGER_ON_BYPASS: { severity: "info", state: "ok" },
  OVERLOADED: { severity: "error", state: "problem" },
  NO_LONGER_OVERLOADED: { severity: "info", state: "ok" },
  ALARM: { severity: "error", state: "problem" },
  ALARM_CLEARED: { severity: "info", state: "ok" },
  BATTERY_OK: { severity: "info", state: "ok" },
  OUTPUT_ON: { severity: "info", state: "ok" },
  OUTPUT_OFF: { severity: "critical", state: "problem" },
} as const satisfies Readonly<Record<string, Pick<Finding, "severity" | "state">>>;

/** One of these events. */
export type UpsEvent = keyof typeof UPS_VERDICTS;
