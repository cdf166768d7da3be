/**
 * What a place to deliver to must do. Adapters know one remote API each, and
 * nothing of queues, retries or rules.
 *
 * @module
 */

import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";

/** A place to deliver to, made once from its part of the configuration. */
export interface Destination {
  /** Its name: what rules refer to and the log shows. */
  readonly name: string;
  /**
   * Tries once to deliver. At-least-once: may be called again after a crash although the
   * first call succeeded. Rejects only for bugs; a rejection counts as `deferred`.
   *
   * @param mail The mail; its message is read, never changed.
   * @param delivery What routing decided; `delivery.destination` is this destination's name.
   * @param signal Aborted when the attempt is no longer wanted: ends it promptly, and every
   * recipient not yet settled is `deferred`. Only an attempt whose mail the other side may already
   * have taken (the end of data is sent) waits on for the answer, within the destination's own
   * limits, because guessing would mean a second copy.
   * @returns One outcome for each of `delivery.recipients`, under the very same string.
   */
  deliver(mail: Mail, delivery: Delivery, signal: AbortSignal): Promise<Outcomes>;
  /** Lets go of connections; the destination is not used afterwards. */
  close(): Promise<void>;
}

/** The outcome of one attempt for each recipient of a delivery. */
export type Outcomes = ReadonlyMap<string, Outcome>;
