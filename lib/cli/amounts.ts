/**
 * Times, spans and sizes as people read them.
 *
 * @module
 */

/** Latest and earliest moment that a date can say, in milliseconds from the epoch. */
const MAX_TIME = 8.64e15;

/** The moment as the log writes it (ISO 8601, UTC); `null` for what is no moment: a damaged record. */
export function isoTime(ms: number): string | null {
  return Math.abs(ms) <= MAX_TIME ? new Date(ms).toISOString() : null;
}

/** The moment to the second, for a column: `2026-11-22T18:30:00Z`. */
export function showTime(ms: number): string {
  return isoTime(ms)?.replace(/\.\d+Z$/, "Z") ?? "at an unknown time";
}

const SPANS = [
  { unit: "s", ms: 1_000, below: 60 },
  { unit: "min", ms: 60_000, below: 60 },
  { unit: "h", ms: 3_600_000, below: 48 },
  { unit: "d", ms: 86_400_000, below: Infinity },
] as const;

/** How long something is or was, in whole units: `40 s`, `12 min`, `47 h`, `5 d`. */
export function showSpan(ms: number): string {
  for (const span of SPANS) {
    const count = Math.floor(ms / span.ms);
    if (count < span.below) return `${Math.max(0, count)} ${span.unit}`;
  }
  return "?";
}

/** How long something took: `35 ms`, `1.2 s`, `12 min`. */
export function showDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : showSpan(ms);
}

/**
 * When something is due that is due in so many milliseconds: `in 12 min`, or `due`. That is not
 * "now": what is due may be under way, or wait until its destination is back.
 */
export function showDue(dueInMs: number): string {
  return dueInMs > 0 ? `in ${showSpan(Math.max(1_000, dueInMs))}` : "due";
}

/** A size in the units of the configuration: `0.3 kB`, `25 MB`. */
export function showSize(octets: number): string {
  const units = ["kB", "MB", "GB"];
  let amount = Math.max(octets, 100) / 1_000;
  while (amount >= 999.5 && units.length > 1) {
    amount /= 1_000;
    units.shift();
  }
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${units[0]}`;
}
