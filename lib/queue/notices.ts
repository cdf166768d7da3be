/**
 * Which mails of our own a failure or a delay brings forth: a report to the reverse-path, and one to
 * those whom `on-failure` names; and a success, where its report is asked for. Pure: clocks and ids
 * are arguments.
 *
 * INVARIANTS
 *
 * 1. A notice has the null reverse-path, and goes to the smarthost without being routed: no rule
 *    can turn it into an alert.
 * 2. A mail of our own brings forth nothing, and neither does a delivery report of others: no notice
 *    is ever about a notice, so there is no loop. One that fails is a dead letter.
 * 3. The reverse-path is told only where a mail server may be told (RFC 5321 §4.5.5): not the null
 *    one, not the reverse-path of a mail that is itself a report; and only of what it wants to hear
 *    (RFC 3461 §4.1). `on-failure` is the operator's, who hears of every failure.
 * 4. Of a success the reverse-path hears from us only where nobody else will tell: the mail's way
 *    ends here, or the next server knows no DSN (RFC 3461 §5.2.2).
 *
 * @module
 */

import type { Action } from "../config/types.ts";
import { addressKey, sameAddress } from "../mail/address.ts";
import { isReport, mayBounce } from "../mail/bounce.ts";
import { isWanted, type Told } from "../mail/dsn.ts";
import type { JournalEvent, MailEnd } from "../mail/journal.ts";
import type { NewMail } from "../store/store.ts";
import { type Draft, type NoticeOptions, type NoticeSubject, writeNotice } from "./notice_mails.ts";
import type { Failure, Late, Reached, Transition } from "./transition.ts";

/** What a transition brings forth. */
export interface Noticed {
  /** The notices. */
  readonly mails: readonly NewMail[];
  /** What the journal is to know of the mail that they are about. */
  readonly events: readonly JournalEvent[];
  /** What the mail has come to; `delivered` also while nobody failed. */
  readonly end: MailEnd;
}

/** Says who is told of a transition, and writes the notices. */
export function noticesFor(
  subject: NoticeSubject,
  transition: Pick<Transition, "failures" | "late" | "delivered">,
  options: NoticeOptions,
): Noticed {
  const { failures, late } = transition;
  const successes = successesOf(subject, transition);
  if (failures.length + late.length + successes.length === 0) return NOTHING;
  const { reversePath, session } = subject.mail.envelope;
  const own = session.peer === "";
  const back = !own && mayBounce(subject.mail) ? [reversePath] : [];
  const bounced = wanting(failures, "FAILURE", subject);
  const allBounced = back.length > 0 && bounced.length === failures.length;
  // A report from outside may be one of ours that came back: telling of it could go on for ever.
  const others = own || isReport(subject.mail)
    ? []
    : addressesOf(options.onFailure, allBounced ? back : []);
  const { whole } = subject;
  const drafts: readonly Draft[] = [
    { about: "failed", to: back, whom: bounced, ...whole && { whole } },
    { about: "failed", to: others, whom: failures },
    { about: "delayed", to: back, whom: wanting(late, "DELAY", subject) },
    { about: "relayed", to: back, whom: successes.filter(({ relayed }) => relayed) },
    { about: "delivered", to: back, whom: successes.filter(({ relayed }) => !relayed) },
  ];
  const notices = drafts.filter(({ to, whom }) => to.length > 0 && whom.length > 0)
    .map((draft) => writeNotice(draft, subject, options));
  return {
    mails: notices.map(({ mail }) => mail),
    events: [
      ...failedEvents(subject, failures, options.wallNow),
      ...notices.map(({ event }) => event),
    ],
    end: failures.length === 0 ? "delivered" : allBounced ? "bounced" : "dead-letter",
  };
}

const NOTHING: Noticed = { mails: [], events: [], end: "delivered" };

/** Of whose success the reverse-path is to hear from us; nobody asks of most mails. */
function successesOf(
  subject: NoticeSubject,
  { delivered }: Pick<Transition, "delivered">,
): readonly Reached[] {
  if (subject.mail.envelope.dsn?.recipients === undefined) return [];
  // What has no reply was no mail server's to report on.
  const ours = delivered.filter(({ reply, relayed }) => reply === undefined || relayed);
  return wanting(ours, "SUCCESS", subject);
}

function wanting<Whom extends Late>(
  whom: readonly Whom[],
  event: Told,
  { mail: { envelope } }: NoticeSubject,
): readonly Whom[] {
  return whom.filter(({ recipient }) => isWanted(envelope, recipient, event));
}

/** The addresses of actions, each once, without those who are told already. */
function addressesOf(actions: readonly Action[], told: readonly string[]): readonly string[] {
  const addresses = new Map<string, string>();
  for (const action of actions) {
    if (action.kind !== "mailto") continue;
    if (told.some((address) => sameAddress(address, action.address))) continue;
    addresses.set(addressKey(action.address), action.address);
  }
  return [...addresses.values()];
}

/** One event for each reason, with all whom it was given for. */
function failedEvents(
  { destination }: NoticeSubject,
  failures: readonly Failure[],
  at: number,
): JournalEvent[] {
  const byReason = Map.groupBy(failures, ({ reason }) => reason);
  return [...byReason].map(([reason, whom]) => {
    const recipients = whom.map(({ recipient }) => recipient);
    return { kind: "failed", at, destination, recipients, reason };
  });
}
