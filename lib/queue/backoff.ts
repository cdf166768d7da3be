/**
 * When a deferred delivery is tried again, and when it is time to give up. Pure: time and dice are
 * arguments.
 *
 * INVARIANTS
 *
 * 1. Waits are drawn from the upper half of what doubling gives, so that mails deferred together
 *    are not tried together, and never so early that the doubling is lost.
 * 2. Nobody is asked again before the time that it asked for, unless the mail's time ends first.
 * 3. The last attempt falls on the very end of the mail's time: nothing is given up before.
 *
 * @module
 */

import type { QueueConfig } from "../config/types.ts";

/** What the next attempt depends on; times are queue time. */
export interface AttemptsSoFar {
  /** How often it has been tried; at least 1. */
  readonly attempts: number;
  /** The time now. */
  readonly now: number;
  /** When the mail was accepted. */
  readonly acceptedAt: number;
  /** How long the destination asked to be left alone, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

/** Doubling more often than this is over any longest wait that can be configured. */
const MAX_DOUBLINGS = 40;

/**
 * Says when a deferred delivery is due again.
 *
 * @example
 * ```ts
 * import { nextAttempt } from "./backoff.ts";
 * const schedule = { firstRetryMs: 30_000, maxRetryMs: 3_600_000, giveUpAfterMs: 432_000_000 };
 * nextAttempt(schedule, { attempts: 2, now: 0, acceptedAt: 0 }, () => 0.5); // 45_000
 * ```
 *
 * @param schedule The configured waits.
 * @param tried Its history.
 * @param random Draws from [0, 1).
 * @returns Queue time, always after `now`; `null` once the mail's time is over.
 * @see RFC 5321 §4.5.4.1 (retry strategy), RFC 9110 §10.2.3 (Retry-After)
 */
export function nextAttempt(
  schedule: Pick<QueueConfig, "firstRetryMs" | "maxRetryMs" | "giveUpAfterMs">,
  tried: AttemptsSoFar,
  random: () => number,
): number | null {
  const { attempts, now, acceptedAt, retryAfterMs = 0 } = tried;
  const end = acceptedAt + schedule.giveUpAfterMs;
  if (now >= end) return null;
  const doublings = Math.min(Math.max(attempts - 1, 0), MAX_DOUBLINGS);
  const longest = Math.min(schedule.firstRetryMs * 2 ** doublings, schedule.maxRetryMs);
  const wait = Math.max(Math.round(longest * (1 + random()) / 2), Math.ceil(retryAfterMs), 1);
  return Math.min(now + wait, end);
}
