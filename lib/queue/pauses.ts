/**
 * Why something waits that nobody has tried: its destination is paused. What is stored says so, or
 * the operator would look at a queue without reasons.
 *
 * @module
 */

import type { Delivery } from "../mail/delivery.ts";
import type { NewMail } from "../store/store.ts";
import type { Attempts } from "./attempts.ts";

/** Knows which destinations are paused. */
export type Pauses = Pick<Attempts, "whyPaused">;

/** Most reasons in a line of the log. */
const MAX_SHOWN = 3;

/** Why some of these deliveries cannot be tried now; `undefined`: all can. */
export function whyWaiting(deliveries: readonly Delivery[], pauses: Pauses): string | undefined {
  return inOneLine(deliveries.map(({ destination }) => pauses.whyPaused(destination)));
}

/** Different reasons in one; `undefined`: there are none. */
export function inOneLine(reasons: readonly (string | undefined)[]): string | undefined {
  const different = new Set(reasons.filter((reason) => reason !== undefined));
  return [...different].slice(0, MAX_SHOWN).join("; ") || undefined;
}

/** Mails of our own on their way into the store, each with what it waits for. */
export function withReasons(mails: readonly NewMail[], pauses: Pauses): readonly NewMail[] {
  return mails.map((mail) => ({
    ...mail,
    deliveries: mail.deliveries.map((waiting) => ({
      ...waiting,
      reason: waiting.reason || (pauses.whyPaused(waiting.delivery.destination) ?? ""),
    })),
  }));
}
