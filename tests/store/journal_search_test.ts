import assert from "node:assert/strict";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import { openReader } from "../../lib/store/reader.ts";
import type { JournalQuery, StoreReader } from "../../lib/store/views.ts";
import {
  accepted,
  done,
  queueIdOf,
  recordRow,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

const [A, B, C] = [1, 2, 3].map(queueIdOf) as [string, string, string];

/** A reader that lasts as long as the test. */
function readerOf(store: TestStore): StoreReader & Disposable {
  const reader = openReader(store.folder);
  return Object.assign(reader, { [Symbol.dispose]: () => reader.close() });
}

const routed = {
  kind: "routed",
  at: 1,
  reason: "rule 1",
  deliveries: [{ destination: "smarthost", recipients: ["Owner@Example.ORG"] }],
} satisfies JournalEvent;

function fillJournal(store: TestStore): void {
  const entry = recordRow(A).entry;
  const note = (queueId: string, entryDiffers: object, differs: object = {}) =>
    done(store.database, {
      kind: "note",
      record: recordRow(queueId, {
        entry: { ...entry, queueId, messageId: `<${queueId}@x>`, ...entryDiffers },
        ...differs,
      }),
    });
  note(A, { receivedAt: 100, subject: "100% of Disk_1 FULL" }, { state: "delivered" });
  note(B, { receivedAt: 200, subject: "Straße gesperrt" }, { state: "bounced", events: [routed] });
  note(C, { receivedAt: 300, envelope: { ...entry.envelope, reversePath: "" } });
  done(store.database, { kind: "append", queueId: C, events: [{ ...routed, reason: "again" }] });
}

const searches: readonly { query: Omit<JournalQuery, "limit">; found: readonly string[] }[] = [
  { query: {}, found: [C, B, A] },
  { query: { queueId: B }, found: [B] },
  { query: { messageId: `<${A}@x>` }, found: [A] },
  { query: { messageId: `${A}@x` }, found: [A] },
  { query: { messageId: "none" }, found: [] },
  { query: { address: "GOCD@" }, found: [B, A] },
  { query: { address: "mail2alert@example.org" }, found: [C, B, A] },
  { query: { address: "owner@example.org" }, found: [C, B] },
  { query: { subject: "disk_1" }, found: [A] },
  { query: { subject: "100%" }, found: [A] },
  { query: { subject: "1_0" }, found: [] },
  { query: { subject: "Straße G" }, found: [B] },
  { query: { since: 200 }, found: [C, B] },
  { query: { until: 200 }, found: [A] },
  { query: { since: 200, until: 300, states: ["bounced"] }, found: [B] },
  { query: { states: ["delivered", "open"] }, found: [C, A] },
  { query: { states: [] }, found: [] },
  { query: { address: "owner", states: ["delivered"] }, found: [] },
];

for (const { query, found } of searches) {
  Deno.test(`search() finds ${found.length} of 3 records by ${JSON.stringify(query)}`, () => {
    using store = testStore();
    fillJournal(store);
    using reader = readerOf(store);
    const records = reader.search({ ...query, limit: 10 });
    assert.deepEqual(records.map(({ queueId }) => queueId), found);
  });
}

Deno.test("search() gives no more than the limit, and records as they were noted", () => {
  using store = testStore();
  fillJournal(store);
  using reader = readerOf(store);
  assert.deepEqual(reader.search({ limit: 1 }).map(({ queueId }) => queueId), [C]);
  assert.deepEqual(reader.search({ limit: 0 }), []);
  assert.deepEqual(reader.search({ queueId: B, limit: 1 }), [{
    ...recordRow(B).entry,
    receivedAt: 200,
    messageId: `<${B}@x>`,
    subject: "Straße gesperrt",
    state: "bounced",
    events: [routed],
  }]);
});

Deno.test("search() and list() show damaged records for what they are", () => {
  using store = testStore();
  accepted(store.database, A);
  done(store.database, { kind: "append", queueId: A, events: [routed] });
  store.sql(
    "UPDATE journal SET envelope = '[]', state = '?', events = events || '{\"kind\":\"x\"}'",
  );
  store.sql("UPDATE mails SET envelope = ''");
  store.sql("UPDATE deliveries SET recipients = '{', attempts = 9223372036854775807");
  using reader = readerOf(store);
  const [record] = reader.search({ limit: 1 });
  assert.deepEqual(record?.events.map(({ kind }) => kind), ["routed", "remark"]);
  assert.equal(record?.envelope.reversePath, "");
  const [mail] = reader.list();
  assert.equal(mail?.state, "damaged");
  assert.deepEqual(mail?.deliveries[0]?.recipients, []);
});
