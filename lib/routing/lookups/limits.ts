/**
 * Waiting with an end.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";

/**
 * Why what is under way is cut off when a lookup is closed. One that a reload has replaced is closed
 * when no mail waits for it any more, so that whoever still waits sees the program end.
 */
export const PROGRAM_ENDS = new RelayError("aborted", "given up: the program ends");

/** Why a mail does not wait any more whose signal was aborted. */
export function whyLeft(signal: AbortSignal): string {
  return whyAborted(signal) ?? "given up: the mail waits no more";
}

/** What people are told of why a signal was aborted; `undefined`: whoever did it has said nothing. */
export function whyAborted({ aborted, reason }: AbortSignal): string | undefined {
  return aborted && reason instanceof RelayError ? reason.message : undefined;
}

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

/**
 * Waits for a promise until a signal is aborted; what the promise stands for goes on, and nobody
 * hears of its end.
 *
 * @throws The reason of the signal.
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(signal.reason);
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([promise, ended]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
