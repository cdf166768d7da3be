/**
 * What the operator and the clock ask of the queue as a whole: hasten, retry, drop, expire, count.
 *
 * @module
 */

import { attemptKey, type Delivery } from "../mail/delivery.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Row } from "./connection.ts";
import { append } from "./journal_tables.ts";
import type { Told } from "./operations.ts";
import { endWhereNothingWaits, removeMail, worsen } from "./queue_tables.ts";
import { toLines } from "./shapes.ts";
import type { QueueCounts } from "./store.ts";
import { deliveryOf, settledOf } from "./stored_rows.ts";
import type { Tables } from "./tables.ts";

/** Makes deliveries due at `now` that wait for nothing but this destination. */
export function hasten(
  { sql }: Tables,
  { destination, now }: { readonly destination: string; readonly now: number },
): number {
  return sql.run(
    `UPDATE deliveries SET due_at = ?1
    WHERE state = 'waiting' AND destination = ?2 AND due_at > ?1 AND away = 1`,
    Math.round(now),
    destination,
  ).changes;
}

/** The destinations that deliveries wait for: one step in the index for each. */
export function destinations({ sql }: Tables): readonly string[] {
  const rows = sql.all(
    `WITH RECURSIVE names (name) AS (
      SELECT min(destination) FROM deliveries WHERE state = 'waiting'
      UNION ALL
      SELECT (SELECT min(destination) FROM deliveries WHERE state = 'waiting' AND destination > name)
      FROM names WHERE name IS NOT NULL
    ) SELECT name FROM names WHERE name IS NOT NULL`,
  );
  return rows.map(({ name }) => String(name));
}

/**
 * Makes waiting deliveries due, and those that are dead or damaged waiting. The dead begin anew: with
 * a new age, no attempts, and without the end that they stood for.
 */
export function retry(
  tables: Tables,
  { queueId, now, at }: { readonly queueId?: string; readonly now: number; readonly at: number },
): readonly string[] {
  const { sql } = tables;
  const mails = queuedMails(tables, queueId);
  const time = Math.round(now);
  for (const { id, queue_id } of mails) {
    unsettle(tables, Number(id));
    sql.run(
      `UPDATE deliveries SET accepted_at = ?1, attempts = 0, delay_noticed = 0, ending = NULL
      WHERE mail = ?2 AND state = 'dead'`,
      time,
      id ?? null,
    );
    sql.run("UPDATE deliveries SET state = 'waiting', due_at = ? WHERE mail = ?", time, id ?? null);
    sql.run("UPDATE journal SET state = 'open' WHERE id = ?", id ?? null);
    append(tables, String(queue_id), [{ kind: "retried", at, by: "operator" }]);
  }
  return mails.map(({ queue_id }) => String(queue_id));
}

/**
 * Who is tried again is not settled any more: a mail that is routed anew would leave him out. What
 * cannot be read stays as it is; the next claim sets it aside.
 */
function unsettle({ sql }: Tables, mail: number): void {
  const dead = sql.all("SELECT * FROM deliveries WHERE mail = ? AND state = 'dead'", mail);
  const row = sql.get("SELECT settled FROM mails WHERE id = ?", mail);
  if (dead.length === 0 || row === undefined) return;
  let settled: readonly string[];
  try {
    const revived = new Set(dead.map(deliveryOf).flatMap(keysOf));
    settled = settledOf(row).filter((key) => !revived.has(key));
  } catch {
    return;
  }
  sql.run("UPDATE mails SET settled = ? WHERE id = ?", toLines(settled), mail);
}

function keysOf({ destination, recipients }: Delivery): readonly string[] {
  return recipients.map((recipient) => attemptKey(destination, recipient));
}

/** Drops a mail with all of its deliveries. */
export function drop(
  tables: Tables,
  { queueId, at }: { readonly queueId: string; readonly at: number },
): Told["drop"] {
  const { sql, memory } = tables;
  const [mail] = queuedMails(tables, queueId);
  if (mail === undefined) return { found: false, underWay: false };
  let underWay = false;
  for (const { id } of sql.all("SELECT id FROM deliveries WHERE mail = ?", mail.id ?? null)) {
    underWay ||= memory.claimed(Number(id));
    memory.release(Number(id));
  }
  sql.run("UPDATE journal SET state = 'dropped' WHERE id = ?", mail.id ?? null);
  noteDropped(tables, mail, { kind: "dropped", at, by: "operator" });
  removeMail(tables, Number(mail.id));
  return { found: true, underWay };
}

/** Drops dead letters accepted before that time; says of how many mails. */
export function expire(
  tables: Tables,
  { acceptedBefore, at }: { readonly acceptedBefore: number; readonly at: number },
): number {
  const { sql } = tables;
  const mails = sql.all(
    `SELECT DISTINCT m.id, m.queue_id FROM deliveries d JOIN mails m ON m.id = d.mail
    WHERE d.state = 'dead' AND d.accepted_at < ?`,
    acceptedBefore,
  );
  for (const mail of mails) {
    const id = Number(mail.id);
    sql.run(
      "DELETE FROM deliveries WHERE mail = ? AND state = 'dead' AND accepted_at < ?",
      id,
      acceptedBefore,
    );
    worsen(tables, id, "dropped");
    noteDropped(tables, mail, { kind: "dropped", at, by: "age" });
    endWhereNothingWaits(tables, id);
  }
  return mails.length;
}

/** Counts mails by what is left of them; one may be both waiting and damaged. */
export function counts({ sql }: Tables): QueueCounts {
  const row = sql.get(
    `SELECT sum(waiting > 0) AS waiting, sum(waiting + damaged = 0) AS dead, sum(damaged > 0) AS damaged
    FROM (SELECT sum(state = 'waiting') AS waiting, sum(state NOT IN ('waiting', 'dead')) AS damaged
      FROM deliveries GROUP BY mail)`,
  );
  return {
    waiting: Number(row?.waiting ?? 0),
    dead: Number(row?.dead ?? 0),
    damaged: Number(row?.damaged ?? 0),
  };
}

/** The queued mails, or the one of that id. */
function queuedMails({ sql }: Tables, queueId: string | undefined): readonly Row[] {
  if (queueId === undefined) return sql.all("SELECT id, queue_id FROM mails ORDER BY id");
  return sql.all(
    "SELECT mails.id, mails.queue_id FROM journal JOIN mails USING (id) WHERE journal.queue_id = ?",
    queueId,
  );
}

function noteDropped(tables: Tables, mail: Row, event: JournalEvent): void {
  append(tables, String(mail.queue_id), [event]);
}
