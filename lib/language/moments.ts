/**
 * Moments and spans of time, and calendars in time zones.
 *
 * @module
 */

/** A moment. */
export class Moment {
  /**
   * Makes one.
   *
   * @param ms Milliseconds since the epoch.
   */
  constructor(readonly ms: number) {}
}

/** A span of time; negative ones point to the past. */
export class Span {
  /**
   * Makes one.
   *
   * @param ms Its length in milliseconds.
   */
  constructor(readonly ms: number) {}
}

/** What a calendar and a clock on the wall show. */
export interface Wall {
  /** Such as 2026. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** 0 to 59. */
  readonly second: number;
  /** 0 to 6 from Sunday. */
  readonly weekday: number;
  /** Minutes ahead of UTC. */
  readonly offset: number;
}

/** The first and last moments of the years 1 and 9999, which is what CEL and ISO 8601 can write. */
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;

const MINUTE_MS = 60_000;

/** A zone's clock, and what it was last found to be ahead of UTC. */
interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** Minutes since the epoch. */
  minute: number;
  aheadMs: number;
}

/** One for each zone of the configuration; making one takes long. */
const clocks = new Map<string, Clock>();

/** Whether there is a time zone of that name. */
export function isTimeZone(zone: string): boolean {
  try {
    clockOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Whether a moment is within the years that can be written. */
export function isMoment(ms: number): boolean {
  return ms >= FIRST_MS && ms <= LAST_MS;
}

/**
 * What the wall shows at a moment.
 *
 * @param zone A name for which {@link isTimeZone} holds.
 */
export function wallOf(ms: number, zone: string): Wall {
  const wallMs = zone === "UTC" ? ms : ms + offsetMs(ms, zone);
  const date = new Date(wallMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    offset: Math.round((wallMs - ms) / MINUTE_MS),
  };
}

/** A moment as RFC 3339 writes it, without fractions: `2026-11-22T10:00:00Z`. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Reads a moment as RFC 3339 writes it, with a zone; `null` when it is none. */
export function readMoment(text: string): number | null {
  const shape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
  const ms = text.length <= 40 && shape.test(text) ? Date.parse(text) : NaN;
  return isMoment(ms) ? ms : null;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: MINUTE_MS,
  s: 1_000,
  ms: 1,
};

/** Reads a span as CEL writes it: `90s`, `1h30m`, `-5m`; `null` when it is none. */
export function readSpan(text: string): number | null {
  if (text.length > 40 || !/^-?(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text)) return null;
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    ms += Number(count) * (UNIT_MS[unit ?? ""] ?? 0);
  }
  return text.startsWith("-") ? -ms : ms;
}

/** Read once a minute: all rules of a mail ask for the same moment. */
function offsetMs(ms: number, zone: string): number {
  const clock = clockOf(zone);
  const minute = Math.floor(ms / MINUTE_MS);
  if (clock.minute !== minute) {
    clock.aheadMs = readAhead(clock.format, minute * MINUTE_MS);
    clock.minute = minute;
  }
  return clock.aheadMs;
}

function readAhead(format: Intl.DateTimeFormat, ms: number): number {
  const shown: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() - ms;
}

function clockOf(zone: string): Clock {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const clock: Clock = { format, minute: NaN, aheadMs: 0 };
  clocks.set(zone, clock);
  return clock;
}
