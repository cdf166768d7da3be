/**
 * Those whom a claimed mail was for besides the managers' own addresses: a claim is about its
 * address, so they get the mail as if nobody had claimed it. In 2017 they lost it without a word.
 *
 * @module
 */

import type { ManagerConfig } from "../config/types.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Envelope } from "../mail/envelope.ts";
import { addressKey } from "../mail/address.ts";
import { onceEach } from "./claim.ts";
import { isAnnouncement } from "./stage_mail.ts";

/** What becomes of them. */
export interface Bystanders {
  /** Their delivery, unchanged; none when there is nobody. */
  readonly deliveries: readonly Delivery[];
  /** The same in words, for the trace. */
  readonly notes: readonly string[];
}

/**
 * Finds them. There are none where a manager claims by `from`, which is all of the mail, unless it
 * has `also`: then it only looks on. Of an announcement there are none: we have made its address.
 *
 * @param claim The managers that claimed the mail, and all managers: the address of another one is
 * no mailbox, and it was not asked.
 * @param envelope Whom the mail is for.
 * @param deliveries Who gets it by the rules, and so not once more.
 */
export function findBystanders(
  { claiming, managers }: {
    readonly claiming: readonly ManagerConfig[];
    readonly managers: readonly ManagerConfig[];
  },
  envelope: Envelope,
  deliveries: readonly Delivery[],
): Bystanders {
  if (isAnnouncement(envelope)) return { deliveries: [], notes: [] };
  const claimed = addressesWanted(managers);
  const own = addressesWanted(claiming);
  const served = new Set(deliveries.flatMap(({ recipients }) => recipients.map(addressKey)));
  const others = onceEach(envelope.forwardPaths).filter((path) => !own.has(addressKey(path)));
  const recipients = others.filter((path) =>
    !claimed.has(addressKey(path)) && !served.has(addressKey(path))
  );
  const whole = claiming.find(({ wants, also }) => !("to" in wants) && !also);
  if (whole !== undefined) {
    const taken = `not passed on: manager ${whole.name} claims all mail of its sender`;
    return { deliveries: [], notes: recipients.map((path) => `for ${path}: ${taken}`) };
  }
  return {
    deliveries: recipients.length > 0 ? [{ destination: "smarthost", recipients }] : [],
    notes: [
      ...recipients.map((path) => `also for ${path}: passed on unchanged`),
      ...others.filter((path) => claimed.has(addressKey(path))).map((path) =>
        `also for ${path}: the manager that wants it is not asked, the first one wins`
      ),
    ],
  };
}

/** Keys of the addresses that managers claim (`addressKey`). */
export function addressesWanted(managers: readonly ManagerConfig[]): ReadonlySet<string> {
  return new Set(managers.flatMap(({ wants }) => "to" in wants ? [addressKey(wants.to)] : []));
}
