/**
 * Durations and sizes, as people write them.
 *
 * @module
 */

import { problem, type Reading, VALUE, value } from "./reading.ts";

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const OCTETS = {
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** What {@link readDuration} may take, for editors. */
export const DURATION_PATTERN: string = patternOf(MS);
/** What {@link readSize} may take, for editors. */
export const SIZE_PATTERN: string = patternOf(OCTETS);

/** The smallest and the largest that make sense, as the configuration would write them. */
export interface Bounds {
  /** Smallest, such as `1s`. */
  readonly min: string;
  /** Largest, such as `5m`. */
  readonly max: string;
}

/**
 * Reads a duration such as `500ms`, `30s`, `5m`, `2h` or `5d`.
 *
 * @example
 * ```ts
 * import { readDuration } from "./units.ts";
 * readDuration("5m", { min: "1s", max: "1h" }); // { kind: "value", value: 300_000 }
 * ```
 *
 * @param bounds Both ends belong to what is allowed.
 * @returns Milliseconds.
 */
export function readDuration(text: string, bounds: Bounds): Reading<number> {
  const ms = quantity(text, MS);
  if (ms === null) {
    return problem(
      `${VALUE}: expected a duration with its unit (ms, s, m, h or d), such as ${
        example(text, bounds, "30s or 5m")
      }`,
    );
  }
  return within(ms, [quantity(bounds.min, MS), quantity(bounds.max, MS)], bounds);
}

/**
 * Reads a size: `25MB` is 25,000,000 octets (kB, MB, GB: decimal), `25MiB` 26,214,400 (KiB, MiB,
 * GiB: binary).
 *
 * @param bounds Both ends belong to what is allowed.
 * @returns Octets.
 */
export function readSize(text: string, bounds: Bounds): Reading<number> {
  const octets = quantity(text, OCTETS);
  if (octets === null) {
    return problem(
      `${VALUE}: expected a size with its unit (kB, MB, GB, or KiB, MiB, GiB), such as ${
        example(text, bounds, "25MB")
      }`,
    );
  }
  return within(octets, [quantity(bounds.min, OCTETS), quantity(bounds.max, OCTETS)], bounds);
}

/**
 * Reads a whole number in decimal digits.
 *
 * @param min Smallest allowed.
 * @param max Largest allowed.
 */
export function readCount(text: string, min: number, max: number): Reading<number> {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (count >= min && count <= max) return value(count);
  return problem(`${VALUE}: expected a whole number from ${min} to ${max}`);
}

function patternOf(units: Readonly<Record<string, number>>): string {
  return `^\\d{1,9}(?:${Object.keys(units).join("|")})$`;
}

function quantity(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits = "", unit = ""] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? [];
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? null : Number(digits) * factor;
}

/** What to write instead; who wrote 0 where nothing is allowed means that. */
function example(text: string, { min }: Bounds, usual: string): string {
  return /^0+$/.test(text) && min.startsWith("0") ? min : usual;
}

function within(
  amount: number,
  [min, max]: readonly [number | null, number | null],
  bounds: Bounds,
): Reading<number> {
  if (min === null || max === null) throw new RangeError("Cannot read bounds: no unit");
  if (amount >= min && amount <= max) return value(amount);
  return problem(`${VALUE}: expected ${bounds.min} to ${bounds.max}`);
}
