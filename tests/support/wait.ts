/**
 * Waiting with a limit: what tests do instead of sleeping for as long as something usually takes.
 *
 * @module
 */

/** What is waited for, and for how long. */
export interface Wait {
  /** Completes "Nothing came of waiting for …" when the time is over. */
  readonly what: string;
  /** Longest wait, in ms; 10 s when absent. */
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
  { what, withinMs = 10_000, everyMs = 10 }: Wait,
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
  { what, withinMs = 10_000 }: Wait,
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
