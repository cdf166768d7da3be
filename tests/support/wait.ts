/**
 * Waiting with a limit: what tests do instead of sleeping for as long as something usually takes.
 *
 * @module
 */

/** Longer than anything takes that happens at all, on machines that are slow or stall, in ms. */
export const HANG_MS = 60_000;

/** What is waited for, and for how long. */
export interface Wait {
  /** Completes "Nothing came of waiting for …" when the time is over. */
  readonly what: string;
  /** Longest wait, in ms; a minute when absent: no more than a guard against waiting for ever. */
  readonly withinMs?: number;
  /** Pause between two looks, in ms; 10 when absent. */
  readonly everyMs?: number;
}

/**
 * Looks until there is something.
 *
 * @param look Gives what is waited for; `null`, `undefined` and `false` mean "not yet".
 * @throws {Error} When nothing came within the limit.
 */
export async function until<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  { what, withinMs = HANG_MS, everyMs = 10 }: Wait,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      throw new Error(`Nothing came of waiting for ${what} within ${withinMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * Gives a promise a limit.
 *
 * @throws {Error} When it did not settle within the limit; what it stands for goes on.
 */
export async function within<T>(
  promise: Promise<T>,
  { what, withinMs = HANG_MS }: Wait,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Nothing came of waiting for ${what} within ${withinMs} ms`)),
    withinMs,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
