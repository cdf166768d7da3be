/**
 * The queue's side of the tables: a mail comes in, its deliveries settle, the mail goes.
 *
 * INVARIANTS
 *
 * 1. A mail is here as long as it has deliveries, of whatever state.
 * 2. Its journal record is `open` as long as one of them is not dead.
 * 3. A file of a message is called an orphan only after the row that named it has gone.
 *
 * @module
 */

import { redactFields } from "../mail/cron_env.ts";
import { type MailEnd, worseEnd } from "../mail/journal.ts";
import { append, noteRecord } from "./journal_tables.ts";
import { messageFile } from "./layout.ts";
import type { MailRow, SettlementRow } from "./operations.ts";
import { endOf, numberOf, textOf, whole } from "./stored_rows.ts";
import { toLines } from "./shapes.ts";
import type { ClaimId, NewDelivery } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Takes mails, and says the claims on all of their deliveries. */
export function accept(tables: Tables, mails: readonly MailRow[]): readonly ClaimId[] {
  return mails.flatMap((mail) => acceptMail(tables, mail));
}

function acceptMail(tables: Tables, mail: MailRow): readonly ClaimId[] {
  const { message, deliveries, journal } = mail;
  const end = journal.state === "open" ? null : journal.state;
  const waits = deliveries.some(({ state }) => state === "waiting");
  const { id } = noteRecord(tables, journal, waits ? "open" : journal.state);
  tables.sql.run(
    `INSERT INTO mails (id, queue_id, received_at, octets, in_file, digest, envelope, settled,
      routed_by, ending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    mail.queueId,
    whole(mail.receivedAt),
    whole(message.octets),
    message.rest === null ? 1 : 0,
    message.digest,
    JSON.stringify(mail.envelope),
    toLines(mail.settled),
    mail.routedBy,
    waits ? end : null,
  );
  tables.sql.run(
    "INSERT OR REPLACE INTO texts (id, fields, rest) VALUES (?, ?, ?)",
    id,
    message.fields,
    message.rest,
  );
  const { acceptedAt } = mail;
  return deliveries.map((delivery) =>
    insertDelivery(tables, delivery, { mail: id, acceptedAt, end })
  );
}

function insertDelivery(
  { sql, memory }: Tables,
  { delivery, ...row }: NewDelivery,
  of: { readonly mail: number; readonly acceptedAt: number; readonly end: MailEnd | null },
): ClaimId {
  const { id } = sql.run(
    `INSERT INTO deliveries (mail, destination, recipients, rewrite, state, attempts, due_at,
      accepted_at, away, delay_noticed, reason, ending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    of.mail,
    delivery.destination,
    JSON.stringify(delivery.recipients),
    delivery.rewrite === undefined ? null : JSON.stringify(delivery.rewrite),
    row.state,
    whole(row.attempts),
    whole(row.dueAt),
    whole(of.acceptedAt),
    row.destinationAway ? 1 : 0,
    row.delayNoticed ? 1 : 0,
    row.reason,
    row.state === "dead" ? of.end : null,
  );
  if (row.claim && row.state === "waiting") memory.claim(id);
  return id;
}

/** Replaces a claimed delivery by what is left of it; says the claims on that. */
export function settle(tables: Tables, settlement: SettlementRow): readonly ClaimId[] {
  const { claim, queueId, replacements, events } = settlement;
  const { sql, memory } = tables;
  memory.release(claim);
  const settled = sql.get(
    `SELECT d.mail, d.accepted_at, m.routed_by FROM deliveries d JOIN mails m ON m.id = d.mail
    WHERE d.id = ? AND m.queue_id = ? AND d.state <> 'dead'`,
    claim,
    queueId,
  );
  const known = settled !== undefined && settlement.routedBy === settled.routed_by;
  if (!known) append(tables, queueId, events);
  if (settled === undefined) return [];
  const mail = numberOf(settled.mail, "mail");
  const acceptedAt = numberOf(settled.accepted_at, "time");
  sql.run("DELETE FROM deliveries WHERE id = ?", claim);
  if (known) {
    endWhereNothingWaits(tables, mail);
    return [];
  }
  if (settlement.routedBy !== undefined) routeAnew(tables, mail, settlement.routedBy);
  if (settlement.settled.length > 0) {
    sql.run(
      "UPDATE mails SET settled = settled || ? WHERE id = ?",
      toLines(settlement.settled),
      mail,
    );
  }
  const end = endIn(settlement);
  const claims = replacements.map((delivery) =>
    insertDelivery(tables, delivery, { mail, acceptedAt, end })
  );
  const dead = replacements.some(({ state }) => state === "dead");
  if (end !== null && !dead) worsen(tables, mail, end);
  accept(tables, settlement.mails);
  endWhereNothingWaits(tables, mail);
  return claims;
}

/** What a settlement says of the mail's end; `null` while all of its recipients are deferred. */
function endIn({ replacements, settled, end }: SettlementRow): MailEnd | null {
  const deferred = replacements.length > 0 && settled.length === 0 &&
    replacements.every(({ state }) => state === "waiting");
  return deferred ? null : end;
}

function routeAnew({ sql, memory }: Tables, mail: number, routedBy: string): void {
  sql.run("UPDATE mails SET routed_by = ? WHERE id = ?", routedBy, mail);
  for (
    const { id } of sql.all(
      "SELECT id FROM deliveries WHERE mail = ? AND state = 'waiting'",
      mail,
    )
  ) {
    if (!memory.claimed(Number(id))) sql.run("DELETE FROM deliveries WHERE id = ?", Number(id));
  }
}

/** Remembers the worst end that a mail has come to so far, dead letters apart. */
export function worsen({ sql }: Tables, mail: number, end: MailEnd): void {
  const known = endOf(sql.get("SELECT ending FROM mails WHERE id = ?", mail)?.ending);
  const worst = known === null ? end : worseEnd(known, end);
  if (worst !== known) sql.run("UPDATE mails SET ending = ? WHERE id = ?", worst, mail);
}

/**
 * Ends a mail of which nothing waits any more. A dead letter carries the end that it stands for, so
 * that reviving it takes that back.
 */
export function endWhereNothingWaits(tables: Tables, mail: number): void {
  const { sql } = tables;
  const left = sql.all("SELECT state, ending FROM deliveries WHERE mail = ?", mail);
  if (left.some(({ state }) => state !== "dead")) return;
  const row = sql.get("SELECT ending FROM mails WHERE id = ?", mail);
  const ends = [row?.ending, ...left.map(({ ending }) => ending)].flatMap((column) =>
    endOf(column) ?? []
  );
  const end = ends.length > 0
    ? ends.reduce(worseEnd)
    : left.length > 0
    ? "dead-letter"
    : "delivered";
  sql.run("UPDATE journal SET state = ? WHERE id = ?", end, mail);
  if (left.length === 0) removeMail(tables, mail);
}

/** Removes a mail with its deliveries, and as much of its text as the journal does not keep. */
export function removeMail({ sql, memory, store }: Tables, mail: number): void {
  const row = sql.get(
    `SELECT mails.queue_id, mails.in_file, keeps FROM mails LEFT JOIN journal USING (id)
    WHERE mails.id = ?`,
    mail,
  );
  if (row === undefined) return;
  sql.run("DELETE FROM deliveries WHERE mail = ?", mail);
  sql.run("DELETE FROM mails WHERE id = ?", mail);
  const fields = sql.get("SELECT fields FROM texts WHERE id = ?", mail)?.fields;
  const kept = fields instanceof Uint8Array ? redactFields(fields) : null;
  if (row.keeps === "full") {
    if (kept !== fields) sql.run("UPDATE texts SET fields = ? WHERE id = ?", kept, mail);
    return;
  }
  sql.run("DELETE FROM texts WHERE id = ?", mail);
  // An UPDATE would leave a page nearly empty for each; this lets them share pages.
  if (row.keeps === "headers" && fields !== undefined) {
    sql.run("INSERT INTO texts (id, fields) VALUES (?, ?)", mail, kept);
  }
  if (row.in_file === 1) memory.orphan(messageFile(store, textOf(row.queue_id, "queue id")));
}
