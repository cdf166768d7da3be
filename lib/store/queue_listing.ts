/**
 * The queue as the command line shows it: also what could not be read in full.
 *
 * @module
 */

import type { Connection, Row } from "./connection.ts";
import { NO_ENVELOPE, readEnvelope } from "./journal_search.ts";
import { isNumber, isText, listOf, readJson, shapeOf } from "./shapes.ts";
import type { QueuedDelivery, QueuedMail } from "./views.ts";

/** Where the relay keeps the time of the queue, now and then. */
export const CLOCK_KEY = "clock";
/** For so long after that the queue's clock is taken to have gone on, in milliseconds. */
const CLOCK_GOES_ON_MS = 3_600_000;

const clockShape = shapeOf({ queue: isNumber, wall: isNumber });

/** The queued mails, oldest first; only that one where an id is given. */
export function listQueue(sql: Connection, queueId?: string): readonly QueuedMail[] {
  const now = queueTime(sql);
  const mails = queueId === undefined
    ? sql.all(`${MAILS} ORDER BY mails.received_at, mails.id`)
    : sql.all(`${MAILS} WHERE journal.queue_id = ?`, queueId);
  const only = queueId === undefined ? undefined : Number(mails[0]?.id ?? -1);
  const deliveries = deliveriesByMail(sql, only);
  return mails.map((mail) => queuedMail(mail, deliveries.get(Number(mail.id)) ?? [], now));
}

const MAILS =
  `SELECT mails.id, mails.queue_id, mails.received_at, mails.octets, mails.envelope, subject
  FROM mails LEFT JOIN journal USING (id)`;

function deliveriesByMail(
  sql: Connection,
  mail: number | undefined,
): ReadonlyMap<number, readonly Row[]> {
  const rows = mail === undefined
    ? sql.all("SELECT * FROM deliveries ORDER BY id")
    : sql.all("SELECT * FROM deliveries WHERE mail = ? ORDER BY id", mail);
  return Map.groupBy(rows, (row) => Number(row.mail));
}

function queuedMail(mail: Row, rows: readonly Row[], now: number): QueuedMail {
  const envelope = readEnvelope(mail);
  const states = rows.map(({ state }) => state);
  const damaged = envelope === null ||
    states.some((state) => state !== "waiting" && state !== "dead");
  const waiting = states.includes("waiting");
  const { reversePath, forwardPaths } = envelope ?? NO_ENVELOPE;
  return {
    queueId: String(mail.queue_id),
    receivedAt: Number(mail.received_at),
    reversePath,
    forwardPaths,
    ...typeof mail.subject === "string" && { subject: mail.subject },
    octets: Number(mail.octets),
    state: damaged ? "damaged" : waiting ? "waiting" : "dead",
    deliveries: rows.map((row) => queuedDelivery(row, now)),
  };
}

function queuedDelivery(row: Row, now: number): QueuedDelivery {
  return {
    destination: String(row.destination),
    recipients: recipientsOf(row),
    state: row.state === "dead" ? "dead" : "waiting",
    attempts: Number(row.attempts),
    dueInMs: Number(row.due_at) - now,
    reason: String(row.reason),
  };
}

function recipientsOf({ recipients }: Row): readonly string[] {
  try {
    return readJson(recipients, "list of recipients", listOf(isText)) as readonly string[];
  } catch {
    return [];
  }
}

/**
 * The time of the queue now. It stands still while no relay runs for long: a host that was off for a
 * week has not aged its mail by that.
 */
function queueTime(sql: Connection): number {
  const row = sql.get("SELECT value FROM state WHERE key = ?", CLOCK_KEY);
  try {
    const { queue, wall } = readJson(row?.value, "clock", clockShape) as {
      readonly queue: number;
      readonly wall: number;
    };
    return queue + Math.min(Math.max(Date.now() - wall, 0), CLOCK_GOES_ON_MS);
  } catch {
    return Date.now();
  }
}
