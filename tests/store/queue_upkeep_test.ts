import assert from "node:assert/strict";
import { openReader } from "../../lib/store/reader.ts";
import {
  accepted,
  claimed,
  done,
  mailRow,
  newDelivery,
  queueIdOf,
  settlement,
  testStore,
} from "../support/stored_mails.ts";

const [A, B, C] = [1, 2, 3].map(queueIdOf) as [string, string, string];

const dead = newDelivery({ state: "dead" });

Deno.test("hasten makes due what waits for nothing but that destination", () => {
  using store = testStore();
  const later = newDelivery({ dueAt: 50_000, destinationAway: true });
  accepted(store.database, A, {
    deliveries: [
      later,
      newDelivery({ dueAt: 50_000 }),
      newDelivery({ dueAt: 10, destinationAway: true }),
      { ...later, delivery: { destination: "chat", recipients: ["x"] } },
      { ...later, state: "dead" },
    ],
  });
  const hastened = { kind: "hasten", destination: "smarthost", now: 100 } as const;
  assert.equal(done(store.database, hastened), 1);
  assert.equal(done(store.database, hastened), 0);
  assert.equal(claimed(store.database, { now: 100 }).length, 2);
});

Deno.test("destinations are those that something waits for, the empty one among them", () => {
  using store = testStore();
  const waitingFor = (destination: string) =>
    newDelivery({ delivery: { destination, recipients: ["x"] } });
  assert.deepEqual(done(store.database, { kind: "destinations" }), []);
  accepted(store.database, A, { deliveries: ["b", "", "a", "b"].map(waitingFor) });
  accepted(store.database, B, { deliveries: [{ ...waitingFor("c"), state: "dead" }] });
  assert.deepEqual(done(store.database, { kind: "destinations" }), ["", "a", "b"]);
});

Deno.test("retry makes all of a mail due, and the dead begin anew", () => {
  using store = testStore();
  const late = { dueAt: 1e9, attempts: 7, delayNoticed: true };
  for (const id of [A, B]) {
    accepted(store.database, id, {
      deliveries: [newDelivery(late), newDelivery({ ...late, state: "dead" })],
    });
  }
  assert.deepEqual(done(store.database, { kind: "retry", queueId: C, now: 2_000, at: 5 }), []);
  assert.deepEqual(done(store.database, { kind: "retry", queueId: B, now: 2_000, at: 5 }), [B]);
  assert.deepEqual(
    claimed(store.database, { now: 2_000 }).map((c) => [
      c.mail.queueId,
      c.attempts,
      c.acceptedAt,
      c.delayNoticed,
    ]),
    [[B, 7, 500, true], [B, 0, 2_000, false]],
  );
  const reader = openReader(store.folder);
  const [record] = reader.search({ queueId: B, limit: 1 });
  assert.deepEqual(record?.events, [{ kind: "retried", at: 5, by: "operator" }]);
  assert.equal(record?.state, "open");
  reader.close();
  assert.deepEqual(done(store.database, { kind: "retry", now: 3_000, at: 6 }), [A, B]);
});

Deno.test("drop takes a mail away with all that it has, but its record", () => {
  using store = testStore();
  accepted(store.database, A, { deliveries: [newDelivery(), dead] });
  assert.deepEqual(done(store.database, { kind: "drop", queueId: A, at: 5 }), {
    found: true,
    underWay: false,
  });
  assert.deepEqual(done(store.database, { kind: "drop", queueId: A, at: 5 }), {
    found: false,
    underWay: false,
  });
  assert.equal(store.sql("SELECT state FROM journal")[0]?.state, "dropped");
  assert.equal(store.sql("SELECT * FROM texts").length, 0);
});

Deno.test("drop tells that one of the deliveries is under way", () => {
  using store = testStore();
  accepted(store.database, A, { deliveries: [newDelivery({ claim: true }), newDelivery()] });
  assert.ok(done(store.database, { kind: "drop", queueId: A, at: 5 }).underWay);
});

Deno.test("expire drops dead letters by their age, and what they leave empty", () => {
  using store = testStore();
  for (const [id, acceptedAt] of [[A, 100], [B, 200]] as const) {
    accepted(store.database, id, { acceptedAt, deliveries: [dead] });
  }
  accepted(store.database, C, { acceptedAt: 100, deliveries: [dead, newDelivery()] });
  const expired = { kind: "expire", acceptedBefore: 200, at: 5 } as const;
  assert.equal(done(store.database, expired), 2);
  assert.equal(done(store.database, expired), 0);
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 1, dead: 1, damaged: 0 });
  const [waiting] = claimed(store.database);
  done(store.database, { kind: "settle", settlement: settlement(waiting?.id ?? 0, C) });
  assert.deepEqual(
    store.sql("SELECT queue_id, state FROM journal ORDER BY queue_id").map((row) =>
      Object.values(row)
    ),
    [[A, "dropped"], [B, "open"], [C, "dropped"]],
  );
});

Deno.test("counts tell mails, not deliveries", () => {
  using store = testStore();
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 0, dead: 0, damaged: 0 });
  accepted(store.database, A, { deliveries: [newDelivery(), newDelivery(), dead] });
  accepted(store.database, B, { deliveries: [dead, dead] });
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 1, dead: 1, damaged: 0 });
});

Deno.test("state is kept by key", () => {
  using store = testStore();
  assert.equal(done(store.database, { kind: "read-state", key: "clock" }), null);
  for (const value of ["1", "2"]) {
    done(store.database, { kind: "write-state", key: "clock", value });
  }
  assert.equal(done(store.reopen(), { kind: "read-state", key: "clock" }), "2");
});

Deno.test("recent-mails are told newest first, by their keys", () => {
  using store = testStore();
  for (const [id, at] of [[A, 100], [B, 300], [C, 200]] as const) {
    const journal = { ...mailRow(id).journal, recent: { key: `key ${id}`, at } };
    if (id === C) done(store.database, { kind: "note", record: journal });
    else accepted(store.database, id, { journal });
  }
  const recent = (since: number, limit: number) =>
    done(store.database, { kind: "recent-mails", since, limit }).map(({ queueId }) => queueId);
  assert.deepEqual(recent(100, 10), [B, C, A]);
  assert.deepEqual(recent(101, 10), [B, C]);
  assert.deepEqual(recent(0, 1), [B]);
  assert.deepEqual(done(store.database, { kind: "recent-mails", since: 300, limit: 1 }), [
    { key: `key ${B}`, queueId: B, at: 300 },
  ]);
});
