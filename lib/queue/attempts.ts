/**
 * One attempt for every delivery of a mail, side by side: a destination that is slow or down
 * neither delays nor hides the others.
 *
 * @module
 */

import { log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";

const records = log("queue");

/** A destination, as far as an attempt needs it; `lib/destinations/destination.ts` has the contract. */
export interface Target {
  /** Tries once; one outcome for each recipient. */
  deliver(
    mail: Mail,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>>;
}

/** The outcomes so far; those of attempts still under way are missing. */
export interface Attempts {
  /** What became of each recipient, under {@link attemptKey}. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Settles when every attempt has ended. Never rejects. */
  readonly done: Promise<void>;
}

/** Names one recipient of one destination. */
export function attemptKey(destination: string, recipient: string): string {
  return `${destination} ${recipient}`;
}

/**
 * Starts the attempts.
 *
 * @param mail The mail; it must stay readable until `done`.
 * @param deliveries Where it goes.
 * @param options `targets` by name, and the `signal` that ends waiting.
 */
export function startAttempts(
  mail: Mail,
  deliveries: readonly Delivery[],
  options: { targets: ReadonlyMap<string, Target>; signal: AbortSignal },
): Attempts {
  const outcomes = new Map<string, Outcome>();
  const done = Promise.all(deliveries.map(async (delivery) => {
    const settled = await attempt(mail, delivery, options);
    for (const recipient of delivery.recipients) {
      const outcome = settled.get(recipient) ??
        { kind: "deferred", reason: `${delivery.destination} gave no outcome` };
      outcomes.set(attemptKey(delivery.destination, recipient), outcome);
      record({ mail, destination: delivery.destination, recipient }, outcome, options.signal);
    }
  })).then(() => {});
  return { outcomes, done };
}

async function attempt(
  mail: Mail,
  delivery: Delivery,
  { targets, signal }: { targets: ReadonlyMap<string, Target>; signal: AbortSignal },
): Promise<ReadonlyMap<string, Outcome>> {
  const target = targets.get(delivery.destination);
  try {
    if (target !== undefined) return await target.deliver(mail, delivery, signal);
    records.error("no such destination", { destination: delivery.destination });
  } catch (error) {
    // A destination never throws for what can be expected: this is a bug of ours, and no reason
    // to lose the mail or to stop serving the others.
    records.error("attempt broke", {
      queueId: mail.queueId,
      destination: delivery.destination,
      stack: error instanceof Error ? error.stack ?? error.message : String(error),
    });
  }
  return new Map();
}

interface Attempted {
  readonly mail: Mail;
  readonly destination: string;
  readonly recipient: string;
}

/** What is over in time is told with the answer; what comes after it, or not at all, here. */
function record(
  { mail, destination, recipient }: Attempted,
  outcome: Outcome,
  signal: AbortSignal,
): void {
  const details = { queueId: mail.queueId, destination, recipient };
  if (outcome.kind !== "delivered") {
    records.warning(outcome.kind, { ...details, reason: outcome.reason });
  } else if (signal.aborted) {
    records.info("delivered after the answer", { ...details, said: outcome.detail });
  } else {
    records.debug("delivered", { ...details, said: outcome.detail });
  }
}
