/**
 * Which mails of our own a failure or a delay brings forth: a report to the reverse-path, and one to
 * those whom `on-failure` names. Pure: clocks and ids are arguments.
 *
 * INVARIANTS
 *
 * 1. A notice has the null reverse-path, and goes to the smarthost without being routed: no rule
 *    can turn it into an alert.
 * 2. A mail of our own brings forth nothing, and neither does a delivery report of others: no notice
 *    is ever about a notice, so there is no loop. One that fails is a dead letter.
 * 3. The reverse-path is told only where a mail server may be told (RFC 5321 §4.5.5): not the null
 *    one, not the reverse-path of a mail that is itself a report.
 *
 * @module
 */

import type { Action } from "../config/types.ts";
import { addressKey, sameAddress } from "../mail/address.ts";
import { composeNotice, isReport, mayBounce, type NoticeFacts } from "../mail/bounce.ts";
import { journalEntry } from "../mail/entry.ts";
import type { JournalEvent, MailEnd } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import type { NewDelivery, NewMail } from "../store/store.ts";
import type { Failure, Late, Transition } from "./transition.ts";

/** What notices are made with. */
export interface NoticeOptions {
  /** Our own name. */
  readonly hostname: string;
  /** Who is told of failures besides the reverse-path. */
  readonly onFailure: readonly Action[];
  /** The queue time. */
  readonly queueNow: number;
  /** The wall clock, in milliseconds since the epoch. */
  readonly wallNow: number;
  /** Makes a queue id; `wall` is the wall clock. */
  readonly newQueueId: (wall: number) => string;
  /** The host name of the destination, where it is a mail server. */
  readonly remoteMta?: string;
  /** Until when the late ones are tried, by the wall clock, in milliseconds since the epoch. */
  readonly giveUpAt?: number;
}

/** What a transition brings forth. */
export interface Noticed {
  /** The notices. */
  readonly mails: readonly NewMail[];
  /** What the journal is to know of the mail that they are about. */
  readonly events: readonly JournalEvent[];
  /** What the mail has come to; `delivered` also while nobody failed. */
  readonly end: MailEnd;
}

/** What notices are about. */
export interface NoticeSubject {
  /** The mail. */
  readonly mail: Mail;
  /** Where it was to go. */
  readonly destination: string;
}

/** One notice to be written. */
interface Draft {
  readonly about: NoticeFacts["about"];
  readonly to: readonly string[];
  readonly whom: readonly (Failure | Late)[];
}

/** Says who is told of a transition, and writes the notices. */
export function noticesFor(
  subject: NoticeSubject,
  transition: Pick<Transition, "failures" | "late">,
  options: NoticeOptions,
): Noticed {
  const { failures, late } = transition;
  const { reversePath, session } = subject.mail.envelope;
  const own = session.peer === "";
  const back = !own && mayBounce(subject.mail) ? [reversePath] : [];
  // A report from outside may be one of ours that came back: telling of it could go on for ever.
  const others = own || isReport(subject.mail) ? [] : addressesOf(options.onFailure, back);
  const drafts: readonly Draft[] = [
    { about: "failed", to: back, whom: failures },
    { about: "failed", to: others, whom: failures },
    { about: "delayed", to: back, whom: late },
  ];
  const notices = drafts.filter(({ to, whom }) => to.length > 0 && whom.length > 0)
    .map((draft) => write(draft, subject, options));
  return {
    mails: notices.map(({ mail }) => mail),
    events: [
      ...failedEvents(subject, failures, options.wallNow),
      ...notices.map(({ event }) => event),
    ],
    end: failures.length === 0 ? "delivered" : back.length > 0 ? "bounced" : "dead-letter",
  };
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

function write(
  draft: Draft,
  subject: NoticeSubject,
  options: NoticeOptions,
): { readonly mail: NewMail; readonly event: JournalEvent } {
  const { about, to } = draft;
  const { wallNow: at, queueNow, newQueueId } = options;
  const queueId = newQueueId(at);
  const mail = compose(draft, subject, { ...options, queueId });
  const waiting = atOnce(to, queueNow);
  const reason = `notice that ${subject.mail.queueId} ${ABOUT[about]}`;
  const routed: JournalEvent = { kind: "routed", at, reason, deliveries: [waiting.delivery] };
  const journal = {
    entry: journalEntry(mail),
    message: mail.message,
    state: "open",
    events: [routed],
  } as const;
  return {
    mail: {
      mail,
      deliveries: [waiting],
      settled: [],
      routedBy: "own",
      acceptedAt: queueNow,
      journal,
    },
    event: { kind: "notice", at, about, queueId, recipients: to },
  };
}

function atOnce(recipients: readonly string[], queueNow: number): NewDelivery {
  return {
    delivery: { destination: "smarthost", recipients },
    state: "waiting",
    attempts: 0,
    dueAt: queueNow,
    destinationAway: false,
    reason: "",
    delayNoticed: false,
    claim: false,
  };
}

const ABOUT = { failed: "was not delivered", delayed: "is late" } as const;

function compose(
  { about, to, whom }: Draft,
  { mail, destination }: NoticeSubject,
  options: NoticeOptions & { readonly queueId: string },
): Mail {
  const { hostname, queueId, wallNow: at, giveUpAt, remoteMta } = options;
  const place = { destination, ...remoteMta !== undefined && { remoteMta } };
  const recipients = whom.map((one) => ({ ...one, ...place }));
  const facts = { about, hostname, queueId, at, to, mail, recipients };
  return {
    queueId,
    envelope: {
      reversePath: "",
      forwardPaths: to,
      // Only its `To` field is ever more than ASCII (`lib/mail/bounce.ts`).
      smtpUtf8: !to.every((address) => /^[ -~]*$/.test(address)),
      body: "7BIT",
      session: { peer: "", helo: hostname, protocol: "ESMTP" },
    },
    message: composeNotice({ ...facts, ...giveUpAt !== undefined && { giveUpAt } }),
    receivedAt: at,
  };
}
