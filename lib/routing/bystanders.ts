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
  /** Addresses of managers that were not asked; absent: none. */
  readonly unasked?: readonly string[];
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
 * @param served Who gets it by the rules, or had it before, and so not once more.
 */
export function findBystanders(
  { claiming, managers }: {
    readonly claiming: readonly ManagerConfig[];
    readonly managers: readonly ManagerConfig[];
  },
  envelope: Envelope,
  served: readonly string[],
): Bystanders {
  if (isAnnouncement(envelope)) return { deliveries: [], notes: [] };
  const claimed = addressesWanted(managers);
  const own = addressesWanted(claiming);
  const has = new Set(served.map(addressKey));
  const others = onceEach(envelope.forwardPaths).filter((path) => !own.has(addressKey(path)));
  const recipients = others.filter((path) =>
    !claimed.has(addressKey(path)) && !has.has(addressKey(path))
  );
  const besides = unaskedOf(claiming, others.filter((path) => claimed.has(addressKey(path))));
  const whole = claiming.find(({ wants, also }) => !("to" in wants) && !also);
  if (whole !== undefined) {
    const taken = `not passed on: manager ${whole.name} claims all mail of its sender`;
    const notes = recipients.map((path) => `for ${path}: ${taken}`);
    return { ...besides, deliveries: [], notes: [...notes, ...besides.notes] };
  }
  return {
    ...besides,
    deliveries: recipients.length > 0 ? [{ destination: "smarthost", recipients }] : [],
    notes: [
      ...recipients.map((path) => `also for ${path}: passed on unchanged`),
      ...besides.notes,
    ],
  };
}

/** Those whose manager comes after the one that claims the mail for itself alone. */
function unaskedOf(
  claiming: readonly ManagerConfig[],
  unasked: readonly string[],
): Omit<Bystanders, "deliveries"> {
  const last = claiming.at(-1)?.name;
  return {
    ...unasked.length > 0 && { unasked },
    notes: unasked.map((path) =>
      `also for ${path}: the manager that wants it is not asked, the first one wins; ` +
      `with "also: true" in manager ${last} it is`
    ),
  };
}

/** Keys of the addresses that managers claim (`addressKey`). */
export function addressesWanted(managers: readonly ManagerConfig[]): ReadonlySet<string> {
  return new Set(managers.flatMap(({ wants }) => "to" in wants ? [addressKey(wants.to)] : []));
}
