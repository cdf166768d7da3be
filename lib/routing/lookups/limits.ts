/**
 * Waiting with an end.
 *
 * @module
 */

/**
 * Waits for a promise, but not longer than a limit. The promise goes on either way.
 *
 * @param promise What to wait for; must not reject.
 * @param limitMs How long at most, in ms.
 * @param signal Aborted when nobody waits any more.
 * @returns Its value, or `undefined` when the limit or the signal came first. Leaves no timer.
 */
export function settledWithin<T>(
  promise: Promise<T>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const { promise: ended, resolve } = Promise.withResolvers<undefined>();
  if (signal?.aborted) return Promise.resolve(undefined);
  const giveUp = () => resolve(undefined);
  const timer = setTimeout(giveUp, limitMs);
  signal?.addEventListener("abort", giveUp, { once: true });
  return Promise.race([promise, ended]).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  });
}
