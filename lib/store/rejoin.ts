/**
 * Puts together what was saved of a damaged database, so that the tables keep their promises again.
 *
 * A mail of which nobody knows any more where it was to go is routed again: whoever is settled is
 * known with the mail. A mail without its text is lost, and its record says so.
 *
 * @module
 */

import type { Connection, Row } from "./connection.ts";
import { envelopeOf } from "./stored_rows.ts";
import { toLines } from "./shapes.ts";

/** Who routes mails of our own: nobody. They go to the smarthost. */
const OWN = "own";
const SMARTHOST = "smarthost";

/** Most lost mails that are named. */
const NAMED_LOSSES = 10;

/** Mails that cannot be put together any more. */
export interface Losses {
  /** How many. */
  readonly lost: number;
  /** The queue ids of the first of them. */
  readonly queueIds: readonly string[];
}

/** Makes the tables agree; says which mails were lost. */
export function joinAgain(sql: Connection): Losses {
  sql.run("BEGIN IMMEDIATE");
  try {
    sql.run("DELETE FROM mails WHERE id NOT IN (SELECT id FROM texts)");
    sql.run("DELETE FROM deliveries WHERE mail NOT IN (SELECT id FROM mails)");
    recordMails(sql);
    for (
      const mail of sql.all(
        `SELECT mails.*, noted_at FROM mails JOIN journal USING (id)
      WHERE id NOT IN (SELECT mail FROM deliveries)`,
      )
    ) routeAgain(sql, mail);
    const losses = recordLosses(sql);
    sql.run("UPDATE journal SET keeps = 'none' WHERE id NOT IN (SELECT id FROM texts)");
    sql.run(
      `DELETE FROM texts WHERE id NOT IN (SELECT id FROM mails)
      AND id NOT IN (SELECT id FROM journal WHERE keeps <> 'none')`,
    );
    sql.run("COMMIT");
    return losses;
  } catch (error) {
    sql.rollback();
    throw error;
  }
}

/** A mail whose record was lost gets a new one. */
function recordMails(sql: Connection): void {
  sql.run(
    `INSERT OR IGNORE INTO journal (id, queue_id, received_at, noted_at, message_octets, state, keeps,
      in_file, octets, envelope, addresses, events)
    SELECT id, queue_id, received_at,
      coalesce((SELECT min(accepted_at) FROM deliveries WHERE mail = mails.id), 0),
      octets, 'open', 'none', 0, 0, envelope, '', ?
    FROM mails WHERE id NOT IN (SELECT id FROM journal)`,
    remark("The record of this mail was lost when the database was damaged."),
  );
  sql.run("DELETE FROM mails WHERE id NOT IN (SELECT id FROM journal)");
}

function routeAgain(sql: Connection, mail: Row): void {
  const own = mail.routed_by === OWN;
  sql.run(
    `INSERT INTO deliveries (mail, destination, recipients, state, attempts, due_at, accepted_at, away,
      delay_noticed, reason) VALUES (?, ?, ?, 'waiting', 0, 0, ?, 0, 0, '')`,
    mail.id ?? null,
    own ? SMARTHOST : "",
    recipientsOf(mail),
    mail.noted_at ?? null,
  );
  if (!own) sql.run("UPDATE mails SET routed_by = '' WHERE id = ?", mail.id ?? null);
  sql.run("UPDATE journal SET state = 'open' WHERE id = ?", mail.id ?? null);
}

/** An envelope that cannot be read: the mail is set aside when it is claimed. */
function recipientsOf(mail: Row): string {
  try {
    return JSON.stringify(envelopeOf(mail).forwardPaths);
  } catch {
    return "[]";
  }
}

/** Records of mails that were in the queue, and are not any more. */
const LOST = "state IN ('open', 'dead-letter') AND id NOT IN (SELECT id FROM mails)";

/** Gives their records an end. */
function recordLosses(sql: Connection): Losses {
  const named = sql.all(
    `SELECT queue_id FROM journal WHERE ${LOST} ORDER BY id LIMIT ?`,
    NAMED_LOSSES,
  );
  const { changes } = sql.run(
    `UPDATE journal SET state = 'dropped', events = events || ? WHERE ${LOST}`,
    remark(
      "This mail was lost when the database was damaged; what is left of it is in the folder " +
        "damaged-TIME of the store.",
    ),
  );
  return { lost: changes, queueIds: named.map(({ queue_id }) => String(queue_id)) };
}

function remark(text: string): string {
  return toLines([{ kind: "remark", at: Date.now(), text }]);
}
