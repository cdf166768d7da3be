/** Rows for the database of a store, and the database in a folder of its own. @module */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { databaseFile } from "../../lib/store/layout.ts";
import {
  type DatabaseOptions,
  openMailDatabase,
  replaceDamaged,
} from "../../lib/store/mail_database.ts";
import type {
  Answers,
  MailDatabase,
  MailRow,
  Operation,
  RecordRow,
  SettlementRow,
} from "../../lib/store/operations.ts";
import { openReader } from "../../lib/store/reader.ts";
import type { NewDelivery } from "../../lib/store/store.ts";

const encoder = new TextEncoder();

/** What a test's mails say before the body. */
export const FIELDS = encoder.encode("Subject: Build failed\r\n");

/** A queue id that sorts by its number. */
export function queueIdOf(number: number): string {
  return `01ARZ3NDEKTSV4RRFFQ69G${String(number).padStart(4, "0")}`;
}

/** A journal record. */
export function recordRow(queueId: string, differs: Partial<RecordRow> = {}): RecordRow {
  return {
    entry: {
      queueId,
      receivedAt: 1_700_000_000_000,
      envelope: {
        reversePath: "gocd@example.org",
        forwardPaths: ["mail2alert@example.org"],
        smtpUtf8: false,
        body: "7BIT",
        session: { peer: "127.0.0.1", helo: "ci.test", protocol: "ESMTP" },
      },
      messageId: `<${queueId}@example.org>`,
      subject: "Build failed",
      octets: 100,
    },
    state: "open",
    events: [],
    notedAt: 1_000,
    ...differs,
  };
}

/** A delivery that waits and is due at 1,000. */
export function newDelivery(differs: Partial<NewDelivery> = {}): NewDelivery {
  return {
    delivery: { destination: "smarthost", recipients: ["team@example.org"] },
    state: "waiting",
    attempts: 0,
    dueAt: 1_000,
    destinationAway: false,
    reason: "",
    delayNoticed: false,
    claim: false,
    ...differs,
  };
}

/** A delivery that has been given up. */
export const deadLetter: NewDelivery = newDelivery({
  state: "dead",
  dueAt: NaN,
  reason: "550 no",
});

/** A mail with one waiting delivery. */
export function mailRow(queueId: string, differs: Partial<MailRow> = {}): MailRow {
  const rest = encoder.encode("\r\nIt broke.\r\n");
  const journal = recordRow(queueId);
  return {
    queueId,
    envelope: journal.entry.envelope,
    receivedAt: journal.entry.receivedAt,
    message: { octets: FIELDS.length + rest.length, digest: "d1", fields: FIELDS, rest },
    acceptedAt: 500,
    deliveries: [newDelivery()],
    settled: [],
    routedBy: "r1",
    journal,
    ...differs,
  };
}

/** A settlement that leaves nothing: delivered. */
export function settlement(
  claim: number,
  queueId: string,
  differs: Partial<SettlementRow> = {},
): SettlementRow {
  return {
    claim,
    queueId,
    replacements: [],
    settled: ["smarthost team@example.org"],
    events: [],
    end: "delivered",
    mails: [],
    ...differs,
  };
}

/** Does one operation, which must succeed. */
export function done<Kind extends Operation["kind"]>(
  database: MailDatabase,
  operation: Operation & { readonly kind: Kind },
): Answers[Kind] {
  const [result] = database.transact([operation]);
  if (result?.kind !== "done") assert.fail(JSON.stringify(result));
  return result.answer as Answers[Kind];
}

/** Accepts a mail. */
export function accepted(
  database: MailDatabase,
  queueId: string,
  differs: Partial<MailRow> = {},
): readonly number[] {
  return done(database, { kind: "accept", mails: [mailRow(queueId, differs)] });
}

/** Claims what is due at that time for a destination. */
export function claimed(
  database: MailDatabase,
  { destination = "smarthost", now = 10_000, limit = 100, maxOctets = Infinity } = {},
): Answers["claim"] {
  const request = { kind: "due", destination, now, limit, maxOctets } as const;
  return done(database, { kind: "claim", request });
}

/** Claims one delivery that is due. */
export function claimOne(
  { database }: Pick<TestStore, "database">,
  destination?: string,
): Answers["claim"][number] {
  const [claim] = claimed(database, {
    limit: 1,
    ...destination !== undefined && { destination },
  });
  assert.ok(claim);
  return claim;
}

/** How far the journal says that a mail has come. */
export function stateOf(store: TestStore, queueId: string): unknown {
  return store.sql(`SELECT state FROM journal WHERE queue_id = '${queueId}'`)[0]?.state;
}

/** What the journal says has happened to a mail. */
export function eventKinds({ folder }: TestStore, queueId: string): readonly string[] {
  const reader = openReader(folder);
  const [record] = reader.search({ queueId, limit: 1 });
  reader.close();
  return record?.events.map(({ kind }) => kind) ?? [];
}

/** A store in a folder of its own. */
export interface TestStore extends Disposable {
  /** Its folder. */
  readonly folder: string;
  /** The database file. */
  readonly path: string;
  /** What the operator was told. */
  readonly warnings: string[];
  /** The database, open; after `reopen()` the new one. */
  readonly database: MailDatabase;
  /** Closes the database and opens it again: claims are gone, as after a crash. */
  reopen(): MailDatabase;
  /** Moves the database aside as a damaged one; the new one has what can be read. */
  replace(): MailDatabase;
  /** Looks into, or at, the file with another connection. */
  sql(statement: string): Record<string, unknown>[];
}

/** Makes a store; disposing of it deletes it. */
export function testStore(folder: string = Deno.makeTempDirSync()): TestStore {
  const path = databaseFile(folder);
  const warnings: string[] = [];
  const options: DatabaseOptions = {
    warn: (text, details) => warnings.push(`${text} ${JSON.stringify(details)}`),
  };
  let database = openMailDatabase(path, options);
  return {
    folder,
    path,
    warnings,
    get database() {
      return database;
    },
    reopen() {
      database.close();
      return database = openMailDatabase(path, options);
    },
    replace() {
      database.close();
      return database = replaceDamaged(path, options);
    },
    sql(statement) {
      const other = new DatabaseSync(path, { timeout: 5_000 });
      try {
        return other.prepare(statement).all();
      } finally {
        other.close();
      }
    },
    [Symbol.dispose]() {
      database.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}
