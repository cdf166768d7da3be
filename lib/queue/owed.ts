/**
 * What is to be remembered of a relayed mail for the case that its notifier has to come again: who
 * had it, and the reports of success that could not be stored. Whoever had it is not tried again, so
 * that nothing else would bring the report forth.
 *
 * @module
 */

import { attemptKey } from "../mail/delivery.ts";
import { isWanted } from "../mail/dsn.ts";
import type { Mail } from "../mail/message.ts";
import type { Unfinished } from "./resends.ts";
import type { Trial } from "./trials.ts";

/** Takes in who has a mail by now. */
export function rememberHad(
  { envelope }: Pick<Mail, "envelope">,
  trials: readonly Trial[],
  { delivered, owed }: Pick<Unfinished, "delivered" | "owed">,
): void {
  for (const { delivery, done } of trials) {
    for (const [recipient, outcome] of done?.outcomes ?? []) {
      if (done === null || outcome.kind !== "delivered") continue;
      const key = attemptKey(delivery.destination, recipient);
      delivered.add(key);
      if (!isWanted(envelope, recipient, "SUCCESS")) continue;
      const outcomes = new Map([[recipient, outcome]]);
      owed.set(key, { ...done, delivery: { ...delivery, recipients: [recipient] }, outcomes });
    }
  }
}

/** What is owed, as trials that went well: one for each destination, so that one report tells all. */
export function owedTrials(owed: Unfinished["owed"]): Trial[] {
  const byPlace = Map.groupBy(owed.values(), ({ delivery: { destination } }) => destination);
  return [...byPlace.values()].flatMap((attempts) => {
    const [first] = attempts;
    if (first === undefined) return [];
    const outcomes = new Map(attempts.flatMap((attempt) => [...attempt.outcomes]));
    const delivery = { ...first.delivery, recipients: [...outcomes.keys()] };
    const done = { ...first, delivery, outcomes };
    return [{ delivery, done, ended: Promise.resolve(done) }];
  });
}
