/**
 * Times in which nobody is to be told, by the wall clock of a time zone. Pure.
 *
 * A window that runs past midnight belongs to the day on which it begins: `fri 22:00-06:00` ends on
 * Saturday morning. When clocks change, the wall clock counts: an hour that comes twice is in the
 * window twice, one that is left out is not missed.
 *
 * @module
 */

import type { MuteWindow } from "../config/types.ts";

/** The wall clock at one moment. */
interface WallClock {
  /** 0 is Sunday. */
  readonly day: number;
  /** Minutes after midnight. */
  readonly minute: number;
}

const DAYS: readonly string[] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Making one costs a thousand times what using it does; there are as many as time zones are named. */
const CLOCKS = new Map<string, Intl.DateTimeFormat>();

/**
 * The first window that a moment is in; `null` when it is in none.
 *
 * @param atMs Milliseconds since the epoch.
 */
export function mutedBy(windows: readonly MuteWindow[], atMs: number): MuteWindow | null {
  return windows.find((window) => isWithin(window, wallClock(window.timeZone, atMs))) ?? null;
}

function isWithin({ days, fromMinute, toMinute }: MuteWindow, { day, minute }: WallClock): boolean {
  if (fromMinute < toMinute) {
    return days.includes(day) && minute >= fromMinute && minute < toMinute;
  }
  const sinceBegin = days.includes(day) && minute >= fromMinute;
  const sinceYesterday = days.includes((day + 6) % 7) && minute < toMinute;
  return sinceBegin || sinceYesterday;
}

function wallClock(timeZone: string, atMs: number): WallClock {
  const parts = new Map(
    clockOf(timeZone).formatToParts(atMs).map(({ type, value }) => [type, value]),
  );
  const hour = Number(parts.get("hour"));
  const minute = Number(parts.get("minute"));
  return { day: DAYS.indexOf(parts.get("weekday") ?? ""), minute: hour * 60 + minute };
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = CLOCKS.get(timeZone);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  CLOCKS.set(timeZone, clock);
  return clock;
}
