/**
 * Points in time, times of the day, days of the week and time zones, as people write them.
 *
 * @module
 */

import { problem, type Reading, VALUE, value } from "./reading.ts";
import { suggest } from "./suggest.ts";

/** The days, 0 is Sunday, as in a `Date`. */
export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** What {@link readDays} may take, for editors, which know no pattern for letters of any case. */
export const DAYS_PATTERN: string = `^${anyDay()}(?:-${anyDay()})?$`;

const DAY_MINUTES = 1_440;

/**
 * Reads a day such as `sat`, or days in a row such as `mon-fri` and `fri-mon`.
 *
 * @returns The days, 0 is Sunday.
 */
export function readDays(text: string): Reading<readonly number[]> {
  const [first = "", last = first, ...more] = text.split("-");
  const [from, to] = [dayOf(first), dayOf(last)];
  if (from < 0 || to < 0 || more.length > 0) {
    const wrong = from < 0 ? first : last;
    return problem(`unknown day ${VALUE}${suggest(wrong, DAYS)}; days in a row: mon-fri`);
  }
  const length = (to - from + DAYS.length) % DAYS.length + 1;
  return value(Array.from({ length }, (_, index) => (from + index) % DAYS.length));
}

/**
 * Reads a time of the day such as `22:00`.
 *
 * @param most `24:00` where that may be said: the end of a day.
 * @returns Minutes after midnight.
 */
export function readTime(text: string, most: "23:59" | "24:00"): Reading<number> {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  const valid = Number(minutes) < 60 && (total < DAY_MINUTES || (total === DAY_MINUTES &&
    most === "24:00"));
  if (valid) return value(total);
  return problem(`${VALUE}: expected a time from 00:00 to ${most}, such as 22:00`);
}

/** Reads the name of a time zone. */
export function readTimeZone(text: string): Reading<string> {
  const expected = `${VALUE}: expected the name of a time zone`;
  // Offsets have no summer; who writes one would be an hour off for half of the year.
  if (/^(?:[+-]|(?:utc|gmt)[+-])\d/i.test(text)) {
    return problem(`${expected}, such as Europe/Berlin: an offset knows no summer time`);
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return value(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const near = suggest(text, Intl.supportedValuesOf("timeZone"));
    return problem(
      near.startsWith(" (") ? `${expected}${near}` : `${expected}, such as Europe/Berlin`,
    );
  }
}

/**
 * Reads a point in time with its offset (RFC 3339): `2026-11-23T10:00:00+01:00`.
 *
 * @returns Milliseconds since the epoch.
 */
export function readMoment(text: string): Reading<number> {
  const [, date = "", rest] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))$/i.exec(text) ?? [];
  const ms = Date.parse(text);
  // A parser may take 30 February for 2 March.
  const day = rest === undefined ? NaN : Date.parse(`${date}T00:00:00Z`);
  const exists = !Number.isNaN(day) && new Date(day).toISOString().startsWith(date);
  if (exists && !Number.isNaN(ms)) return value(ms);
  return problem(
    `${VALUE}: expected date, time and offset, such as 2026-11-23T10:00:00+01:00`,
  );
}

function dayOf(word: string): number {
  return DAYS.findIndex((day) => day === word.trim().toLowerCase());
}

function anyDay(): string {
  const anyCase = (day: string) =>
    day.replace(/./g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return `\\s*(?:${DAYS.map(anyCase).join("|")})\\s*`;
}
