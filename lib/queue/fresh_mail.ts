/**
 * A mail that has just come in, as the store and the journal want it.
 *
 * @module
 */

import { journalEntry } from "../mail/entry.ts";
import type { JournalEvent, MailState } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import type {
  ClaimedDelivery,
  ClaimId,
  NewDelivery,
  NewJournalRecord,
  NewMail,
  StorableMail,
} from "../store/store.ts";

/** A mail with its message held, between the end of data and its answer. */
export interface FreshMail {
  /** The mail. */
  readonly mail: StorableMail;
  /** What tells that it came again; absent: nobody asks. */
  readonly key?: string;
  /** When its end of data was read, in queue time. */
  readonly acceptedAt: number;
  /** Who had it when it came before: `attemptKey` of each. */
  readonly settled: ReadonlySet<string>;
  /** All octets of the mail, where a bounce is to give them back (`whole_mail.ts`). */
  readonly whole?: Uint8Array;
}

/** What the journal is to know. */
export function recordOf(
  { mail, key, acceptedAt }: FreshMail,
  state: MailState,
  events: readonly JournalEvent[],
): NewJournalRecord {
  const record = { entry: journalEntry(mail), message: mail.message, state, events };
  // Only what was answered 2xx is recognised when it comes again.
  if (key === undefined || state === "refused") return record;
  return { ...record, recent: { key, at: acceptedAt } };
}

/** What the store is to take. */
export function storedOf(
  fresh: FreshMail,
  rest: Pick<NewMail, "deliveries" | "settled" | "routedBy" | "journal">,
): NewMail {
  const settled = [...fresh.settled, ...rest.settled];
  return { ...rest, settled, mail: fresh.mail, acceptedAt: fresh.acceptedAt };
}

/** Stands for a mail in the queue until somebody has decided where it goes. */
export function toBeRouted(mail: Mail, dueAt: number, claim: boolean): NewDelivery {
  return {
    delivery: { destination: "", recipients: mail.envelope.forwardPaths },
    state: "waiting",
    attempts: 0,
    dueAt,
    destinationAway: false,
    reason: "",
    delayNoticed: false,
    claim,
  };
}

/** A fresh mail as if it had been read from the store, which has just taken it. */
export function claimedOf(
  { mail, acceptedAt, settled }: FreshMail,
  id: ClaimId,
  { delivery }: NewDelivery,
): ClaimedDelivery {
  const untried = { attempts: 0, delayNoticed: false, reason: "" };
  return { id, mail, delivery, settled, routedBy: "", acceptedAt, ...untried };
}
