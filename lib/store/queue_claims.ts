/**
 * Claims: which deliveries are due, what their mails are, and what to do with a row that cannot be
 * read.
 *
 * A claim is a number in this thread's memory. A row that cannot be read gets the state `damaged`
 * and stays as it is: nobody tries it, nothing deletes it but the operator, and `retry` has it read
 * once more.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import type { Row } from "./connection.ts";
import { append } from "./journal_tables.ts";
import { messageFile } from "./layout.ts";
import type { ClaimedRow, MessageRow } from "./operations.ts";
import { deliveryOf, envelopeOf, numberOf, octetsOf, settledOf, textOf } from "./stored_rows.ts";
import { isDiskFailure } from "./sqlite_errors.ts";
import type { ClaimRequest } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Whatever a caller asks for, one call claims no more. */
const MOST_CLAIMS = 10_000;

/** Messages that a call has read: several deliveries of a mail share them. */
interface Reading {
  readonly messages: Map<number, MessageRow>;
  octets: number;
}

/** Claims what is due, the longest due first. */
export function claim(tables: Tables, request: ClaimRequest): readonly ClaimedRow[] {
  const limit = Math.min(request.limit, MOST_CLAIMS);
  const claimed: ClaimedRow[] = [];
  const reading: Reading = { messages: new Map(), octets: 0 };
  for (let damaged = true; damaged && claimed.length === 0;) {
    damaged = false;
    for (const id of due(tables, request, limit)) {
      const row = claimOne(tables, id, { reading, room: claimed.length > 0 ? request : null });
      if (row === "no-room" || claimed.length >= limit) break;
      if (row === "damaged") damaged = true;
      else claimed.push(row);
    }
  }
  for (const { id } of claimed) tables.memory.claim(id);
  return claimed;
}

/** Gives claims back. */
export function release({ memory }: Tables, claims: readonly number[]): void {
  for (const id of claims) memory.release(id);
}

function due({ sql, memory }: Tables, request: ClaimRequest, limit: number): readonly number[] {
  // Those claimed already are among the rows: they are passed over here, not in SQL.
  const most = Math.ceil(limit) + memory.claims;
  const rows = request.kind === "due"
    ? sql.all(
      `SELECT id FROM deliveries WHERE state = 'waiting' AND destination = ? AND due_at <= ?
      ORDER BY due_at, id LIMIT ?`,
      request.destination,
      request.now,
      most,
    )
    : sql.all(
      `SELECT id FROM (
        SELECT * FROM (SELECT id, accepted_at FROM deliveries WHERE state = 'waiting'
          AND delay_noticed = 0 AND accepted_at < ?1 ORDER BY accepted_at, id LIMIT ?3)
        UNION ALL
        SELECT * FROM (SELECT id, accepted_at FROM deliveries WHERE state = 'waiting'
          AND delay_noticed = 1 AND accepted_at < ?2 ORDER BY accepted_at, id LIMIT ?3)
      ) ORDER BY accepted_at, id LIMIT ?3`,
      Math.max(request.expired, request.late),
      request.expired,
      most,
    );
  return rows.map(({ id }) => Number(id)).filter((id) => !memory.claimed(id)).slice(0, limit);
}

function claimOne(
  tables: Tables,
  id: number,
  { reading, room }: { readonly reading: Reading; readonly room: ClaimRequest | null },
): ClaimedRow | "no-room" | "damaged" {
  try {
    const row = readRow(tables, id);
    const held = reading.messages.has(Number(row.mail)) || row.in_file === 1
      ? 0
      : numberOf(row.octets, "size");
    if (room !== null && reading.octets + held > room.maxOctets) return "no-room";
    const claimed = readClaimed(tables, row, reading.messages);
    reading.octets += held;
    return claimed;
  } catch (error) {
    if (isDiskFailure(error)) throw error;
    setAside(tables, id, reasonOf(error));
    return "damaged";
  }
}

/** Throws also where a number is none that JavaScript can hold. */
function readRow({ sql }: Tables, id: number): Row {
  const row = sql.get(
    `SELECT d.*, m.queue_id, m.received_at, m.octets, m.in_file, m.digest, m.envelope, m.settled,
      m.routed_by
    FROM deliveries d JOIN mails m ON m.id = d.mail WHERE d.id = ?`,
    id,
  );
  if (row === undefined) throw new Error("its mail is missing");
  return row;
}

function readClaimed(
  tables: Tables,
  row: Row,
  messages: Map<number, MessageRow>,
): ClaimedRow {
  const mail = numberOf(row.mail, "mail");
  const message = messages.get(mail) ?? readMessage(tables, row);
  messages.set(mail, message);
  return {
    id: numberOf(row.id, "id"),
    mail: {
      queueId: textOf(row.queue_id, "queue id"),
      envelope: envelopeOf(row),
      receivedAt: numberOf(row.received_at, "time"),
      message,
    },
    delivery: deliveryOf(row),
    settled: settledOf(row),
    routedBy: textOf(row.routed_by, "routing"),
    attempts: numberOf(row.attempts, "number of attempts"),
    acceptedAt: numberOf(row.accepted_at, "time"),
    delayNoticed: row.delay_noticed === 1,
    reason: textOf(row.reason, "reason"),
  };
}

function readMessage({ sql, store }: Tables, row: Row): MessageRow {
  const text = sql.get("SELECT fields, rest FROM texts WHERE id = ?", numberOf(row.mail, "mail"));
  if (text === undefined) throw new Error("its text is missing");
  const inFile = row.in_file === 1;
  const octets = numberOf(row.octets, "size");
  if (inFile) checkFile(messageFile(store, textOf(row.queue_id, "queue id")), octets);
  return {
    octets,
    digest: textOf(row.digest, "digest"),
    fields: octetsOf(text.fields, "header fields"),
    rest: inFile ? null : octetsOf(text.rest, "octets after the header fields"),
  };
}

function checkFile(path: string, octets: number): void {
  let size: number;
  try {
    size = Deno.statSync(path).size;
  } catch (error) {
    throw new Error(`its file cannot be read: ${reasonOf(error)}`);
  }
  if (size < octets) throw new Error(`its file ${path} has only ${size} of ${octets} octets`);
}

function setAside(tables: Tables, id: number, reason: string): void {
  const { sql, memory } = tables;
  const mail = sql.get(
    "SELECT m.queue_id FROM deliveries d JOIN mails m ON m.id = d.mail WHERE d.id = ?",
    id,
  );
  const queueId = typeof mail?.queue_id === "string" ? mail.queue_id : "";
  sql.run("UPDATE deliveries SET state = 'damaged' WHERE id = ?", id);
  const text = `A record of the queue cannot be read and was set aside: ${reason}`;
  append(tables, queueId, [{ kind: "remark", at: Date.now(), text }]);
  memory.warn("record set aside", { queueId, delivery: id, reason });
}
