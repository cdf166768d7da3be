/**
 * The queue's clock: milliseconds that neither jump nor run backwards, whatever NTP, a battery that
 * is empty or an operator does to the wall clock. Within a run it follows the monotonic clock
 * alone; across restarts it asks the wall clock how long the program was down, and believes little.
 *
 * INVARIANTS
 *
 * 1. `now()` never falls. It is whole milliseconds.
 * 2. A restart moves it forward by the time since `save()`, as the wall clock tells it, but by no
 *    less than 0 and no more than an hour. A wall clock that is wrong by years thus gives up no
 *    mail and holds none back.
 * 3. It starts near the wall clock when nothing was saved, so that people can read it. It may drift
 *    away from it for ever after, and nobody may take it for a date.
 *
 * What was told between the last `save()` and a crash may be told again after it, so it should be
 * saved every minute or so. A host that sleeps stands still here: that is seen as a jump.
 *
 * @module
 */

/** Where time comes from, in milliseconds. */
export interface ClockSources {
  /** The wall clock: since the epoch, and as wrong as it may be. */
  wall(): number;
  /** A clock that never runs backwards; its zero says nothing. */
  monotonic(): number;
}

/** Tells queue time. */
export interface QueueClock {
  /** The queue time, in milliseconds. */
  now(): number;
  /** What to keep for the next start: JSON, under the key `clock`. */
  save(): string;
  /**
   * How far the wall clock has been set since the last call (or the start), in milliseconds;
   * negative: back. 0 for what a clock that is merely being slowed or hastened gains: less than a
   * second and a thousandth of the time that passed.
   */
  jumpMs(): number;
}

const HOUR_MS = 3_600_000;
const JUMP_MS = 1_000;
const JUMP_SHARE = 0.001;

const SYSTEM: ClockSources = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * Opens the clock.
 *
 * @param saved What `save()` gave in the run before; `null`, or nonsense: begin anew.
 * @param sources The clocks of the system, but in tests.
 */
export function openQueueClock(saved: string | null, sources: ClockSources = SYSTEM): QueueClock {
  const start = startOf(saved, sources.wall());
  const began = sources.monotonic();
  let furthest = began;
  let seen = { wall: sources.wall(), monotonic: began };

  function now(): number {
    furthest = Math.max(furthest, sources.monotonic());
    // Never by adding up small steps: each would be rounded to what so large a number can hold.
    return Math.floor(start + (furthest - began));
  }

  return {
    now,
    save: () => JSON.stringify({ queue: now(), wall: Math.floor(sources.wall()) }),
    jumpMs: () => {
      const before = seen;
      seen = { wall: sources.wall(), monotonic: sources.monotonic() };
      const passed = seen.monotonic - before.monotonic;
      const jump = seen.wall - before.wall - passed;
      return Math.abs(jump) < JUMP_MS + passed * JUMP_SHARE ? 0 : Math.round(jump);
    },
  };
}

/** Where the clock begins: where it stood, and what of the time in between can be believed. */
function startOf(saved: string | null, wall: number): number {
  const stood = parse(saved);
  if (stood === null) return Math.floor(wall);
  return stood.queue + Math.min(Math.max(Math.floor(wall) - stood.wall, 0), HOUR_MS);
}

/** What was saved, if it can be what `save()` made. */
function parse(saved: string | null): { readonly queue: number; readonly wall: number } | null {
  let value: unknown;
  try {
    value = JSON.parse(saved ?? "null");
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { queue, wall } = value as { readonly queue?: unknown; readonly wall?: unknown };
  return isTime(queue) && isTime(wall) ? { queue, wall } : null;
}

/** Whether it is whole milliseconds that a date can express. */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Number.isNaN(new Date(Number(value)).getTime());
}
