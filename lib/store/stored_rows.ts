/**
 * From rows of the database to mails, deliveries and events, and never further than the row can be
 * trusted.
 *
 * @module
 */

import type { Delivery, HeaderRewrite } from "../mail/delivery.ts";
import type { Envelope, Protocol } from "../mail/envelope.ts";
import { isMailState, type JournalEvent, type MailEnd, type MailState } from "../mail/journal.ts";
import type { Column, Row } from "./connection.ts";
import {
  type Check,
  isBoolean,
  isNumber,
  isText,
  listOf,
  mapOf,
  oneOf,
  oneOfKind,
  optional,
  readJson,
  readLines,
  shapeOf,
} from "./shapes.ts";

const texts = listOf(isText);

/** What a client may ask for in the way of notifications (RFC 3461). */
const dsnShape = shapeOf({
  ret: optional(oneOf("FULL", "HDRS")),
  envid: optional(isText),
  recipients: optional(mapOf(shapeOf({
    notify: optional(listOf(oneOf("NEVER", "SUCCESS", "FAILURE", "DELAY"))),
    orcpt: optional(isText),
  }))),
});

/** Its type demands every protocol: a new one does not compile until it is here. */
const PROTOCOLS: Readonly<Record<Protocol, true>> = {
  SMTP: true,
  ESMTP: true,
  ESMTPS: true,
  ESMTPA: true,
  ESMTPSA: true,
  LMTP: true,
  LMTPS: true,
  LMTPA: true,
  LMTPSA: true,
  UTF8SMTP: true,
  UTF8SMTPS: true,
  UTF8SMTPA: true,
  UTF8SMTPSA: true,
  UTF8LMTP: true,
  UTF8LMTPS: true,
  UTF8LMTPA: true,
  UTF8LMTPSA: true,
};

const envelopeShape = shapeOf({
  reversePath: isText,
  forwardPaths: texts,
  smtpUtf8: isBoolean,
  body: oneOf("7BIT", "8BITMIME", "BINARYMIME"),
  // Nothing but `true` is ever written: anything else is damage, and must not weaken the demand.
  requireTls: optional((value) => value === true),
  dsn: optional(dsnShape),
  session: shapeOf({
    peer: isText,
    helo: isText,
    protocol: oneOf(...Object.keys(PROTOCOLS)),
    user: optional(isText),
  }),
});

const rewriteShape = shapeOf({
  to: optional(texts),
  from: optional(isText),
  subject: optional(isText),
  text: optional(isText),
});

const replyShape = shapeOf({ code: isNumber, status: optional(isText), lines: texts });

const outcomeShape = oneOfKind({
  delivered: shapeOf({
    detail: isText,
    reply: optional(replyShape),
    server: optional(isText),
    relayed: optional(oneOf("without-dsn")),
  }),
  deferred: shapeOf({
    reason: isText,
    reply: optional(replyShape),
    server: optional(isText),
    retryAfterMs: optional(isNumber),
  }),
  failed: shapeOf({
    reason: isText,
    reply: optional(replyShape),
    server: optional(isText),
    ownReply: optional((value) => value === true),
  }),
});

const byShape = shapeOf({ at: isNumber, by: oneOf("operator", "age") });

/** Its type demands every kind of event: a new one does not compile until it is here. */
const EVENT_SHAPES: Readonly<Record<JournalEvent["kind"], Check>> = {
  routed: shapeOf({
    at: isNumber,
    reason: isText,
    deliveries: listOf(shapeOf({ destination: isText, recipients: texts })),
  }),
  attempt: shapeOf({
    at: isNumber,
    destination: isText,
    tookMs: isNumber,
    outcomes: listOf(shapeOf({ recipient: isText, outcome: outcomeShape })),
  }),
  answered: shapeOf({ at: isNumber, reply: isText, tookMs: isNumber }),
  "came-again": shapeOf({ at: isNumber, reply: isText }),
  notice: shapeOf({
    at: isNumber,
    about: oneOf("failed", "delayed", "relayed", "delivered"),
    queueId: isText,
    recipients: texts,
  }),
  failed: shapeOf({ at: isNumber, destination: isText, recipients: texts, reason: isText }),
  retried: byShape,
  dropped: byShape,
  remark: shapeOf({ at: isNumber, text: isText }),
};

const eventShape = oneOfKind(EVENT_SHAPES);

/** The envelope in a row. */
export function envelopeOf({ envelope }: Row): Envelope {
  return readJson(envelope, "envelope", envelopeShape) as Envelope;
}

/** The delivery in a row. */
export function deliveryOf({ destination, recipients, rewrite }: Row): Delivery {
  const to = readJson(recipients, "list of recipients", texts) as readonly string[];
  if (to.length === 0) throw new Error("the list of recipients is empty");
  return {
    destination: textOf(destination, "destination"),
    recipients: to,
    ...rewrite !== null && {
      rewrite: readJson(rewrite, "new header fields", rewriteShape) as HeaderRewrite,
    },
  };
}

/** Who is settled, as a row tells it. */
export function settledOf({ settled }: Row): readonly string[] {
  const { values, damaged } = readLines(settled, isText);
  if (damaged > 0) throw new Error("the list of those settled cannot be read");
  return [...new Set(values as readonly string[])];
}

/** The events in a row, and how many could not be read. */
export function eventsOf(
  { events }: Row,
): { readonly events: readonly JournalEvent[]; readonly damaged: number } {
  const { values, damaged } = readLines(events, eventShape);
  return { events: values as readonly JournalEvent[], damaged };
}

/** The state in a column; `null` where it is none. */
export function stateOf(column: Column | undefined): MailState | null {
  return typeof column === "string" && isMailState(column) ? column : null;
}

/** The end in a column; `null` where there is none yet. */
export function endOf(column: Column | undefined): MailEnd | null {
  const state = stateOf(column);
  return state === "open" ? null : state;
}

/** A text in a column. */
export function textOf(column: Column | undefined, what: string): string {
  if (typeof column === "string") return column;
  throw new Error(`the ${what} is no text`);
}

/** A number in a column. */
export function numberOf(column: Column | undefined, what: string): number {
  if (typeof column === "number") return column;
  throw new Error(`the ${what} is no number`);
}

/** Octets in a column. */
export function octetsOf(column: Column | undefined, what: string): Uint8Array {
  if (column instanceof Uint8Array) return column;
  throw new Error(`the ${what} are missing`);
}

/** A whole number for a column; what is no number, such as the due time of the dead, becomes 0. */
export function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(value) : 0;
}
