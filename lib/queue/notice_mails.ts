/**
 * A notice as the store wants it: a mail of our own, and what the journal is to know. Pure.
 *
 * @module
 */

import type { Action } from "../config/types.ts";
import { composeNotice, type Notice } from "../mail/bounce.ts";
import { journalEntry } from "../mail/entry.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { JournalEvent, NoticeAbout } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import type { NewDelivery, NewMail } from "../store/store.ts";
import type { Failure, Late, Reached } from "./transition.ts";

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
  /** The host name of the destination, where it is one mail server; who said something is named. */
  readonly remoteMta?: string;
  /** Until when the late ones are tried, by the wall clock, in milliseconds since the epoch. */
  readonly giveUpAt?: number;
}

/** What notices are about. */
export interface NoticeSubject {
  /** The mail. */
  readonly mail: Mail;
  /** Where it was to go. */
  readonly destination: string;
  /** All its octets, where a failure is to give them back. */
  readonly whole?: Uint8Array;
}

/** One notice to be written. */
export interface Draft {
  /** What it tells. */
  readonly about: NoticeAbout;
  /** Whom it goes to; at least one. */
  readonly to: readonly string[];
  /** Whom it is about; at least one. */
  readonly whom: readonly (Failure | Late | Reached)[];
  /** What goes back instead of the header: the sender's wish is not the operator's. */
  readonly whole?: Uint8Array;
}

/** Writes one, ready for the store, and the event that tells of it. */
export function writeNotice(
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

const ABOUT = {
  failed: "was not delivered",
  delayed: "is late",
  relayed: "was handed on",
  delivered: "was delivered",
} as const;

function compose(
  { about, to, whom, whole }: Draft,
  { mail, destination }: NoticeSubject,
  options: NoticeOptions & { readonly queueId: string },
): Mail {
  const { hostname, queueId, wallNow: at, giveUpAt, remoteMta } = options;
  const recipients = whom.map(({ server = remoteMta, ...one }) => ({
    ...one,
    destination,
    ...server !== undefined && { remoteMta: server },
  }));
  const message = composeNotice({
    ...{ about, hostname, queueId, at, to, mail, recipients },
    ...giveUpAt !== undefined && { giveUpAt },
    ...whole && { whole },
  });
  return {
    queueId,
    envelope: envelopeOf(to, { message, hostname }),
    message,
    receivedAt: at,
  };
}

/** The null reverse-path, and no wish to hear of it again (RFC 3461 §6.1). */
function envelopeOf(
  to: readonly string[],
  { message, hostname }: { readonly message: Notice; readonly hostname: string },
): Envelope {
  return {
    reversePath: "",
    forwardPaths: to,
    // Only its `To` field is ever more than ASCII (`lib/mail/bounce.ts`). Whose own address is ASCII
    // is to hear of a failure also where others that are told of it cannot be reached.
    smtpUtf8: !to.some((address) => /^[ -~]*$/.test(address)),
    body: message.held.every((octet) => octet < 0x80) ? "7BIT" : "8BITMIME",
    dsn: { recipients: Object.fromEntries(to.map((path) => [path, { notify: ["NEVER"] }])) },
    session: { peer: "", helo: hostname, protocol: "ESMTP" },
  };
}
