/** Mails of a queue and of a journal, for tests of how they are told. @module */

import type { JournalEvent, JournalRecord } from "../../lib/mail/journal.ts";
import type { QueuedDelivery, QueuedMail } from "../../lib/store/views.ts";
import { envelopeOf } from "./mails.ts";

/** When these mails came: 2026-11-22T18:30:00.000Z. */
export const CAME: number = Date.UTC(2026, 10, 22, 18, 30);

/** A delivery to the smarthost, tried four times; whatever is not given is usual. */
export function queuedDelivery(delivery: Partial<QueuedDelivery> = {}): QueuedDelivery {
  return {
    destination: "smarthost",
    recipients: ["cat@example.com"],
    state: "waiting",
    attempts: 4,
    dueInMs: 725_000,
    reason: "mx.example.com:25: 451 4.3.0 try later",
    ...delivery,
  };
}

/** A mail with one delivery; whatever is not given is usual. */
export function queuedMail(mail: Partial<QueuedMail> = {}): QueuedMail {
  return {
    queueId: "01JD0000000000000000000000",
    receivedAt: CAME,
    reversePath: "go@example.com",
    forwardPaths: ["mail2alert@example.com"],
    subject: "Stage [up42/1/test/1] is broken",
    octets: 2_048,
    state: "waiting",
    deliveries: [queuedDelivery()],
    ...mail,
  };
}

/** A mail that was delivered; whatever is not given is usual. */
export function journalRecord(record: Partial<JournalRecord> = {}): JournalRecord {
  return {
    queueId: "01JD0000000000000000000000",
    receivedAt: CAME,
    envelope: envelopeOf(),
    messageId: "<1@ci.example.com>",
    subject: "Stage [up42/1/test/1] is broken",
    octets: 2_048,
    state: "delivered",
    events: LIFE,
    ...record,
  };
}

/** One event of every kind. */
export const LIFE: readonly JournalEvent[] = [
  {
    kind: "routed",
    at: CAME + 1,
    reason: "my group matched",
    deliveries: [{ destination: "smarthost", recipients: ["cat@example.com", "dog@example.com"] }],
    trace: {
      claims: [{ manager: "gocd", wants: "to mail2alert@example.com", claimed: true }],
      manager: "gocd",
      fields: { pipeline: "up42" },
      notes: [],
      lookups: [],
      rules: [{
        rule: "my group",
        verdict: "matched",
        reason: "up42 is in my-group",
        actions: ["mailto:cat@example.com"],
      }],
      decision: "matched",
      reason: "my group matched",
    },
  },
  {
    kind: "attempt",
    at: CAME + 36,
    destination: "smarthost",
    tookMs: 35,
    outcomes: [
      { recipient: "cat@example.com", outcome: { kind: "delivered", detail: "250 2.0.0 Ok" } },
      {
        recipient: "dog@example.com",
        outcome: { kind: "deferred", reason: "mx: 451 4.2.0 greylisted", retryAfterMs: 300_000 },
      },
    ],
  },
  { kind: "answered", at: CAME + 40, reply: "250 2.0.0 queued as 01JD", tookMs: 1_240 },
  { kind: "came-again", at: CAME + 2_000, reply: "250 2.0.0 queued as 01JD" },
  {
    kind: "notice",
    at: CAME + 14_400_000,
    about: "delayed",
    queueId: "01JDN000000000000000000000",
    recipients: ["go@example.com"],
  },
  { kind: "retried", at: CAME + 20_000_000, by: "operator" },
  { kind: "remark", at: CAME + 20_000_001, text: "the clock was set back by 1 h" },
  {
    kind: "failed",
    at: CAME + 432_000_000,
    destination: "smarthost",
    recipients: ["dog@example.com"],
    reason: "mx: 451 4.2.0 greylisted; given up after 5 d",
  },
  { kind: "dropped", at: CAME + 500_000_000, by: "age" },
];
