/**
 * Queue and journal as programs read them. The names are a promise: README lists them. Every field
 * is always there, `null` where there is nothing to say; moments are ISO 8601 in UTC, spans and
 * ages end in `Ms`, sizes are octets.
 *
 * @module
 */

import type { DsnRequest } from "../mail/envelope.ts";
import type { JournalEvent, JournalRecord } from "../mail/journal.ts";
import type { QueuedDelivery, QueuedMail } from "../store/views.ts";
import { isoTime } from "./amounts.ts";
import { nextTryInMs } from "./queue_text.ts";

/** A queued mail as plain data; `now` is the wall clock, in milliseconds since the epoch. */
export function mailValue(mail: QueuedMail, now: number): Readonly<Record<string, unknown>> {
  const dueInMs = nextTryInMs(mail);
  return {
    queueId: mail.queueId,
    state: mail.state,
    receivedAt: isoTime(mail.receivedAt),
    ageMs: now - mail.receivedAt,
    octets: mail.octets,
    reversePath: mail.reversePath,
    forwardPaths: mail.forwardPaths,
    subject: mail.subject ?? null,
    nextTryAt: dueInMs === null ? null : isoTime(now + dueInMs),
    nextTryInMs: dueInMs,
    deliveries: mail.deliveries.map((delivery) => deliveryValue(delivery, now)),
  };
}

function deliveryValue(delivery: QueuedDelivery, now: number): Readonly<Record<string, unknown>> {
  const { destination, recipients, state, attempts, reason } = delivery;
  const dueInMs = state === "waiting" ? delivery.dueInMs : null;
  return {
    destination,
    recipients,
    state,
    attempts,
    nextTryAt: dueInMs === null ? null : isoTime(now + dueInMs),
    nextTryInMs: dueInMs,
    reason,
  };
}

/** A mail of the journal as plain data, with everything that happened to it. */
export function recordValue(record: JournalRecord): Readonly<Record<string, unknown>> {
  const { reversePath, forwardPaths, smtpUtf8, body, requireTls, dsn, session } = record.envelope;
  return {
    queueId: record.queueId,
    state: record.state,
    receivedAt: isoTime(record.receivedAt),
    octets: record.octets,
    reversePath,
    forwardPaths,
    subject: record.subject ?? null,
    messageId: record.messageId ?? null,
    smtpUtf8,
    body,
    requireTls: requireTls ?? false,
    dsn: dsn === undefined ? null : dsnValue(dsn),
    peer: session.peer,
    helo: session.helo,
    protocol: session.protocol,
    user: session.user ?? null,
    events: record.events.map(eventValue),
  };
}

/** What was asked for in the way of notifications; `notify` is empty where nothing was said. */
function dsnValue({ ret, envid, recipients = {} }: DsnRequest): Readonly<Record<string, unknown>> {
  return {
    ret: ret ?? null,
    envid: envid ?? null,
    recipients: Object.entries(recipients).map(([recipient, { notify = [], orcpt = null }]) => ({
      recipient,
      notify,
      orcpt,
    })),
  };
}

function eventValue(event: JournalEvent): Readonly<Record<string, unknown>> {
  return { ...event, at: isoTime(event.at) };
}
