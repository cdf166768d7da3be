/**
 * Dates in templates: `date("yyyy-MM-dd HH:mm", "Europe/Berlin")`.
 *
 * | letters      | give                              |
 * | ------------ | --------------------------------- |
 * | `yyyy MM dd` | year, month, day                  |
 * | `HH mm ss`   | hour of 24, minute, second        |
 * | `EEE MMM`    | `Mon`, `Nov`: always in English   |
 * | `xxx`        | offset from UTC: `+01:00`         |
 * | `'text'`     | the text itself                   |
 *
 * @module
 */

import { isMoment, type Wall, wallOf } from "./moments.ts";

/** Writes a moment, in milliseconds since the epoch. */
export type WriteDate = (ms: number) => string;

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
// deno-fmt-ignore
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const FIELDS: ReadonlyMap<string, (wall: Wall) => string> = new Map([
  ["yyyy", ({ year }: Wall) => padded(year, 4)],
  ["MMM", ({ month }: Wall) => MONTHS[month - 1] ?? ""],
  ["MM", ({ month }: Wall) => padded(month)],
  ["dd", ({ day }: Wall) => padded(day)],
  ["EEE", ({ weekday }: Wall) => DAYS[weekday] ?? ""],
  ["HH", ({ hour }: Wall) => padded(hour)],
  ["mm", ({ minute }: Wall) => padded(minute)],
  ["ss", ({ second }: Wall) => padded(second)],
  ["xxx", ({ offset }: Wall) => offsetOf(offset)],
]);

/**
 * Compiles a format of dates.
 *
 * @param zone A name for which `isTimeZone` holds.
 * @returns What writes them, or the letters that mean nothing.
 */
export function compileDate(
  format: string,
  zone: string,
): WriteDate | { readonly unknown: string } {
  const parts: ((wall: Wall) => string)[] = [];
  for (const [token] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    const field = FIELDS.get(token);
    if (field === undefined && /^(?:[A-Za-z]|'$)/.test(token)) return { unknown: token };
    const text = token.startsWith("'") ? token.slice(1, -1) : token;
    parts.push(field ?? (() => text));
  }
  return (ms) => {
    const wall = wallOf(ms, zone);
    return parts.map((part) => part(wall)).join("");
  };
}

const ISO =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i;
const OF_MAIL = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? [+-]\d{4}/;

/** Numbers above are milliseconds: in seconds they would be after the year 5000. */
const LAST_SECONDS = 100_000_000_000;

/** A day without hyphens, of ISO 8601. */
const COMPACT_DAY = /^((?:19|2\d)\d\d)(\d\d)(\d\d)$/;

/**
 * Reads a moment as APIs and mails write it: ISO 8601 (UTC where it names no zone), RFC 5322, or
 * seconds or milliseconds since the epoch; `null` when it is none of these. Eight digits that are a
 * day from 1900 to 2999 are that day: in seconds they would be some day of 1970.
 */
export function readDate(value: string | number): number | null {
  const day = readCompactDay(String(value));
  if (day !== null) return day;
  const number = typeof value === "number" || /^\d{1,15}$/.test(value) ? Number(value) : null;
  const ms = number === null
    ? readText(String(value))
    : number > LAST_SECONDS
    ? number
    : number * 1_000;
  return isMoment(ms) ? ms : null;
}

function readCompactDay(text: string): number | null {
  const day = text.replace(COMPACT_DAY, "$1-$2-$3");
  const ms = day === text ? NaN : Date.parse(`${day}T00:00Z`);
  // A parser may take 30 February for 2 March.
  return isMoment(ms) && new Date(ms).toISOString().startsWith(day) ? ms : null;
}

function readText(text: string): number {
  if (text.length > 60) return NaN;
  const iso = ISO.exec(text);
  if (iso === null) return Date.parse(OF_MAIL.exec(text)?.[0] ?? "");
  const [, day, time = "00:00", zone = "Z"] = iso;
  return Date.parse(`${day}T${time.replace(",", ".")}${zone.replace(/^(...)(\d\d)$/, "$1:$2")}`);
}

function padded(value: number, digits = 2): string {
  return String(value).padStart(digits, "0");
}

function offsetOf(minutes: number): string {
  const ahead = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${padded(Math.floor(ahead / 60))}:${padded(ahead % 60)}`;
}
