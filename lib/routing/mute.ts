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
import { type Wall, wallOf } from "../language/moments.ts";

/**
 * The first window that a moment is in; `null` when it is in none.
 *
 * @param atMs Milliseconds since the epoch.
 */
export function mutedBy(windows: readonly MuteWindow[], atMs: number): MuteWindow | null {
  return windows.find((window) => isWithin(window, wallOf(atMs, window.timeZone))) ?? null;
}

function isWithin({ days, fromMinute, toMinute }: MuteWindow, wall: Wall): boolean {
  const day = wall.weekday;
  const minute = wall.hour * 60 + wall.minute;
  if (fromMinute < toMinute) {
    return days.includes(day) && minute >= fromMinute && minute < toMinute;
  }
  const sinceBegin = days.includes(day) && minute >= fromMinute;
  const sinceYesterday = days.includes((day + 6) % 7) && minute < toMinute;
  return sinceBegin || sinceYesterday;
}
