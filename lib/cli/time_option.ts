/**
 * Moments on the command line: a date, a time, or how long ago.
 *
 * @module
 */

import { readDuration } from "../config/units.ts";
import { RelayError } from "../errors.ts";

/**
 * Reads a moment: `2026-11-22`, `2026-11-22T18:30`, `2026-11-22T18:30:05Z`,
 * `2026-11-22 18:30+02:00`, or a time before now: `2h`, `30m ago`. Without a zone it is UTC, as in
 * the log.
 *
 * @param option The option's name, for the message.
 * @param now The clock, in milliseconds since the epoch.
 * @returns Milliseconds since the epoch.
 * @throws {RelayError} `usage`.
 */
export function readMoment(text: string, option: string, now: number): number {
  const span = readDuration(text.replace(/\s*ago$/, "").trim(), { min: "1ms", max: "36500d" });
  if (span.kind === "value") return now - span.value;
  const moment = parseDate(text.trim());
  if (moment !== null) return moment;
  throw new RelayError(
    "usage",
    `Cannot read ${option} ${JSON.stringify(text)}: expected a date (2026-11-22), a time ` +
      "(2026-11-22T18:30, UTC unless it names a zone) or how long ago (30m, 2h, 5d)",
  );
}

const DATE =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

function parseDate(text: string): number | null {
  const [, date, time = "00:00", zone = "Z"] = DATE.exec(text) ?? [];
  if (date === undefined) return null;
  // A day that the month does not have would be taken for one of the next month.
  const day = new Date(`${date}T00:00Z`);
  if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return null;
  const moment = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(moment) ? null : moment;
}
