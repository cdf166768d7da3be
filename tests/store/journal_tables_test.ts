import assert from "node:assert/strict";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import { messageFile } from "../../lib/store/layout.ts";
import type { MailDatabase } from "../../lib/store/operations.ts";
import { openReader } from "../../lib/store/reader.ts";
import {
  accepted,
  claimed,
  done,
  FIELDS,
  queueIdOf,
  recordRow,
  settlement,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

const [A, B, C] = [1, 2, 3].map(queueIdOf) as [string, string, string];

function remark(text: string): JournalEvent {
  return { kind: "remark", at: 1, text };
}

function recordOf(store: TestStore, queueId: string) {
  const reader = openReader(store.folder);
  const [record] = reader.search({ queueId, limit: 1 });
  reader.close();
  return record;
}

function journalIds(store: TestStore): readonly unknown[] {
  return store.sql("SELECT queue_id FROM journal ORDER BY id").map((row) => row.queue_id);
}

/** Prunes until there is nothing more to do; says in how many calls. */
function pruneAll(database: MailDatabase, limits: { notedBefore: number; octets: number }): number {
  for (let calls = 1;; calls++) if (!database.prune(limits)) return calls;
}

Deno.test("note and append tell one story", () => {
  using store = testStore();
  done(store.database, { kind: "append", queueId: A, events: [remark("too early")] });
  done(store.database, {
    kind: "note",
    record: recordRow(A, { state: "delivered", events: [remark("one"), remark("two\n")] }),
  });
  done(store.database, { kind: "append", queueId: A, events: [remark("three")] });
  done(store.database, { kind: "append", queueId: A, events: [] });
  assert.deepEqual(recordOf(store, A)?.events, ["one", "two\n", "three"].map(remark));
});

Deno.test("note of a mail that was noted adds to it, and its state is the new one", () => {
  using store = testStore();
  const first = recordRow(A, { state: "refused", events: [remark("one")] });
  const second = recordRow(A, { state: "delivered", events: [remark("two")], fields: FIELDS });
  done(store.database, { kind: "note", record: first });
  done(store.database, { kind: "note", record: second });
  assert.deepEqual(recordOf(store, A)?.events, ["one", "two"].map(remark));
  assert.equal(recordOf(store, A)?.state, "delivered");
  const reader = openReader(store.folder);
  assert.equal(reader.kept(A)?.text, "headers");
  reader.close();
});

Deno.test("append stops where a mail's life would fill the disk", () => {
  using store = testStore();
  done(store.database, { kind: "note", record: recordRow(A) });
  const long = [remark("x".repeat(400_000))];
  for (let count = 0; count < 6; count++) {
    done(store.database, { kind: "append", queueId: A, events: long });
  }
  assert.equal(recordOf(store, A)?.events.length, 3);
});

Deno.test("prune forgets by age, and keeps what is in the queue", () => {
  using store = testStore();
  for (const [id, notedAt] of [[A, 100], [C, 200]] as const) {
    done(store.database, { kind: "note", record: recordRow(id, { notedAt, fields: FIELDS }) });
  }
  accepted(store.database, B, { journal: recordRow(B, { notedAt: 50 }) });
  assert.equal(store.database.prune({ notedBefore: 200, octets: 1e9 }), false);
  assert.deepEqual(journalIds(store).toSorted(), [B, C]);
  const [claim] = claimed(store.database);
  done(store.database, { kind: "settle", settlement: settlement(claim?.id ?? 0, B) });
  store.database.prune({ notedBefore: 201, octets: 1e9 });
  assert.deepEqual(journalIds(store), []);
  assert.equal(store.sql("SELECT * FROM texts").length, 0);
});

Deno.test("prune forgets the oldest of what is too much, and no more than that", () => {
  using store = testStore();
  const rest = new Uint8Array(10_000);
  const note = (number: number) => {
    const record = recordRow(queueIdOf(number), { notedAt: number, fields: FIELDS, rest });
    const entry = { ...record.entry, octets: rest.length };
    done(store.database, { kind: "note", record: { ...record, entry } });
  };
  for (let number = 0; number < 10; number++) note(number);
  const kept = (octets: number) => {
    pruneAll(store.database, { notedBefore: -Infinity, octets });
    return journalIds(store).length;
  };
  assert.equal(kept(1e9), 10);
  assert.equal(kept(60_000), 5);
  assert.equal(kept(60_000), 5);
  for (let number = 10; number < 13; number++) note(number);
  assert.equal(kept(60_000), 5);
  assert.deepEqual(journalIds(store)[0], queueIdOf(8));
  store.reopen();
  assert.equal(kept(60_000), 5);
  assert.equal(kept(0), 0);
});

Deno.test("prune counts what is appended", () => {
  using store = testStore();
  for (const id of [A, B]) done(store.database, { kind: "note", record: recordRow(id) });
  store.database.prune({ notedBefore: -Infinity, octets: 5_000 });
  done(store.database, { kind: "append", queueId: B, events: [remark("x".repeat(4_600))] });
  store.database.prune({ notedBefore: -Infinity, octets: 5_000 });
  assert.deepEqual(journalIds(store), []);
});

Deno.test("prune does a bounded part of the work, and says whether there is more", () => {
  using store = testStore();
  for (let number = 0; number < 1_200; number += 100) {
    const notes = Array.from(
      { length: 100 },
      (_, index) => ({ kind: "note", record: recordRow(queueIdOf(number + index)) } as const),
    );
    store.database.transact(notes);
  }
  assert.equal(pruneAll(store.database, { notedBefore: 2_000, octets: 1e9 }), 3);
  assert.deepEqual(journalIds(store), []);
});

Deno.test("prune tells which files nobody needs any more", () => {
  using store = testStore();
  const record = recordRow(A, { fields: FIELDS, inFile: true });
  done(store.database, { kind: "note", record });
  assert.deepEqual(store.database.takeOrphans(), []);
  store.database.prune({ notedBefore: Infinity, octets: 0 });
  assert.deepEqual(store.database.takeOrphans(), [messageFile(store.folder, A)]);
});
