/**
 * Searches the journal: what narrows down most has an index, the rest is looked at row by row.
 *
 * @module
 */

import type { Envelope } from "../mail/envelope.ts";
import type { JournalRecord } from "../mail/journal.ts";
import type { Column, Connection, Row } from "./connection.ts";
import type { JournalQuery } from "./views.ts";
import { envelopeOf, eventsOf, stateOf } from "./stored_rows.ts";

/** Most records of one answer, whatever is asked for: they are all in memory. */
const MOST_RECORDS = 100_000;

/** In place of an envelope that cannot be read. */
export const NO_ENVELOPE: Envelope = {
  reversePath: "",
  forwardPaths: [],
  smtpUtf8: false,
  body: "7BIT",
  session: { peer: "", helo: "", protocol: "SMTP" },
};

/** The records that fulfil all of a query, newest first. */
export function searchJournal(sql: Connection, query: JournalQuery): readonly JournalRecord[] {
  const { conditions, values } = conditionsOf(query);
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const rows = sql.all(
    `SELECT queue_id, received_at, message_id, subject, message_octets, state, envelope, events
    FROM journal ${where} ORDER BY received_at DESC, id DESC LIMIT ?`,
    ...values,
    Math.max(0, Math.trunc(Math.min(query.limit, MOST_RECORDS))),
  );
  return rows.map(recordOf);
}

/** What SQLite is asked. `lower` and `instr` know no wildcards, so that nothing needs escaping. */
function conditionsOf(
  query: JournalQuery,
): { readonly conditions: readonly string[]; readonly values: readonly Column[] } {
  const { queueId, messageId, address, subject, since, until, states } = query;
  const asked: (readonly [string, ...Column[]])[] = [];
  if (queueId !== undefined) asked.push(["queue_id = ?", queueId]);
  if (messageId !== undefined) asked.push(["message_id = ?", withBrackets(messageId)]);
  if (address !== undefined) asked.push(["instr(addresses, ?) > 0", address.toLowerCase()]);
  if (subject !== undefined) asked.push(["instr(lower(subject), lower(?)) > 0", subject]);
  if (since !== undefined) asked.push(["received_at >= ?", since]);
  if (until !== undefined) asked.push(["received_at < ?", until]);
  if (states !== undefined) {
    asked.push([`state IN (${states.map(() => "?").join(", ")})`, ...states]);
  }
  return {
    conditions: asked.map(([condition]) => condition),
    values: asked.flatMap(([, ...values]) => values),
  };
}

function withBrackets(messageId: string): string {
  const bare = messageId.trim();
  return bare.startsWith("<") ? bare : `<${bare}>`;
}

/** A record whose parts cannot all be read says so in a remark. */
function recordOf(row: Row): JournalRecord {
  const { events, damaged } = eventsOf(row);
  const envelope = readEnvelope(row);
  const state = stateOf(row.state);
  const readInFull = damaged === 0 && envelope !== null && state !== null;
  const at = Number(row.received_at);
  return {
    queueId: String(row.queue_id),
    receivedAt: at,
    envelope: envelope ?? NO_ENVELOPE,
    ...typeof row.message_id === "string" && { messageId: row.message_id },
    ...typeof row.subject === "string" && { subject: row.subject },
    octets: Number(row.message_octets),
    state: state ?? "open",
    events: readInFull ? events : [
      ...events,
      { kind: "remark", at, text: "This record is damaged: not all of it could be read." },
    ],
  };
}

/** The envelope in a row; `null` where it cannot be read. */
export function readEnvelope(row: Row): Envelope | null {
  try {
    return envelopeOf(row);
  } catch {
    return null;
  }
}
