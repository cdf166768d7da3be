/**
 * A mail's life in words: what it is, and everything that happened to it.
 *
 * @module
 */

import type { JournalRecord, MailState } from "../mail/journal.ts";
import type { QueuedMail } from "../store/views.ts";
import { isoTime, showSize, showSpan, showTime } from "./amounts.ts";
import { cut } from "./columns.ts";
import { peerText, wishLines } from "./envelope_text.ts";
import { eventLines, firstOf, holds, names } from "./journal_text.ts";
import { outcomeLines } from "./outcome_text.ts";
import { type Colour, type Paint, printable } from "./paint.ts";
import { deliveryLines } from "./queue_text.ts";

const COLOURS: Readonly<Record<MailState | QueuedMail["state"], Colour>> = {
  open: "yellow",
  waiting: "yellow",
  delivered: "green",
  "no-delivery": "dim",
  refused: "red",
  bounced: "red",
  "dead-letter": "red",
  dead: "red",
  damaged: "red",
  dropped: "dim",
};

/** Most columns of a line in a list. */
const WIDTH = 120;

/** Most addresses named in a heading. */
const MOST_NAMED = 100;

/** How to write it. */
export interface LifeStyle {
  /** The clock, in milliseconds since the epoch. */
  readonly now: number;
  /** The brush. */
  readonly brush: Paint;
}

/**
 * All about one mail.
 *
 * @param mail What the queue knows; `null`: it is not in the queue.
 * @param record What the journal knows; `null`: nothing. One of the two must be there.
 */
export function lifeLines(
  mail: QueuedMail | null,
  record: JournalRecord | null,
  { now, brush }: LifeStyle,
): string[] {
  const lines: string[] = [];
  if (mail !== null) {
    lines.push(...headLines({ ...mail, record, now, brush }));
    lines.push("", "left to deliver", ...deliveryLines(mail.deliveries, brush));
    if (mail.deliveries.length === 0) lines.push("  nothing that can be read");
  } else if (record !== null) {
    lines.push(...headLines({ ...record, ...record.envelope, record, now, brush }));
  }
  lines.push("", "what happened");
  const events = record === null ? [] : eventLines(record.events, brush);
  const nothing = record === null ? "the journal does not know it" : "nothing yet";
  return [...lines, ...(events.length === 0 ? [nothing] : events).map((line) => `  ${line}`)];
}

/** What queue and journal both know, and the journal's record. */
interface Head extends LifeStyle {
  readonly queueId: string;
  readonly state: MailState | QueuedMail["state"];
  readonly octets: number;
  readonly receivedAt: number;
  readonly reversePath: string;
  readonly forwardPaths: readonly string[];
  readonly subject?: string;
  readonly record: JournalRecord | null;
}

function headLines({ queueId, state, octets, receivedAt, brush, now, ...head }: Head): string[] {
  const subject = head.subject ?? head.record?.subject;
  const came = `came ${isoTime(receivedAt) ?? "at an unknown time"} (${
    showSpan(now - receivedAt)
  } ago)`;
  return [
    `${brush(printable(queueId), "bold")}  ${brush(state, COLOURS[state])}, ${
      showSize(octets)
    }, ${came}`,
    `  from        ${sender(head.reversePath)}`,
    `  to          ${names(head.forwardPaths, MOST_NAMED)}`,
    ...subject === undefined ? [] : [`  subject     ${printable(subject)}`],
    ...head.record === null ? [] : recordLines(head.record),
  ];
}

function recordLines({ messageId, envelope }: JournalRecord): string[] {
  const own = envelope.session.peer === "";
  return [
    ...messageId === undefined ? [] : [`  message-id  ${printable(messageId)}`],
    `  peer        ${own ? "none: a mail of our own" : peerText(envelope.session)}`,
    ...own ? [] : wishLines(envelope).map((line) => `  asked for   ${line}`),
  ];
}

function sender(reversePath: string): string {
  return reversePath === "" ? "<> (nobody is to be told of failures)" : printable(reversePath);
}

/**
 * One mail of the journal in a few lines, without a newline at the end.
 *
 * @param asked The address, or the part of one, by which the mail was found; absent: by other means.
 */
export function recordRow(record: JournalRecord, brush: Paint, asked?: string): string {
  const { queueId, receivedAt, state, subject } = record;
  const indented = [
    wayOf(record, asked),
    printable(subject ?? ""),
    ...outcomeLines(record, asked),
  ];
  return [
    `${showTime(receivedAt)}  ${printable(queueId)}  ${brush(state, COLOURS[state])}`,
    ...indented.filter((text) => text !== "").map((text) => `    ${cut(text, WIDTH - 4)}`),
  ].join("\n");
}

/**
 * From whom to whom. Of several recipients the one that was asked for is named; where only rules
 * brought it in, the forward-paths do not show it.
 */
function wayOf({ envelope: { reversePath, forwardPaths }, events }: JournalRecord, asked?: string) {
  const from = reversePath === "" ? "<>" : printable(reversePath);
  const envelope = `${from} → ${firstOf(forwardPaths, asked)}`;
  if (asked === undefined || [reversePath, ...forwardPaths].some(holds(asked))) return envelope;
  const routed = events.flatMap((event) => event.kind === "routed" ? event.deliveries : [])
    .flatMap(({ recipients }) => recipients);
  if (!routed.some(holds(asked))) return envelope;
  return `${envelope}, routed to ${firstOf([...new Set(routed)], asked)}`;
}
