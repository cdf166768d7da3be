import assert from "node:assert/strict";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import {
  accepted,
  claimed,
  done,
  FIELDS,
  newDelivery,
  queueIdOf,
  settlement,
  testStore,
} from "../support/stored_mails.ts";

const [A, B, C] = [1, 2, 3].map(queueIdOf) as [string, string, string];

Deno.test("claim takes the longest due first, and nothing before its time", () => {
  using store = testStore();
  for (const [id, dueAt] of [[A, 300], [B, 100], [C, 200]] as const) {
    accepted(store.database, id, { deliveries: [newDelivery({ dueAt })] });
  }
  assert.deepEqual(claimed(store.database, { now: 200 }).map((c) => c.mail.queueId), [B, C]);
  assert.deepEqual(claimed(store.database, { now: 300 }).map((c) => c.mail.queueId), [A]);
});

Deno.test("claim takes no more than was asked for, in number and in octets, but always one", () => {
  using store = testStore();
  const rest = new Uint8Array(100);
  const message = { octets: rest.length + FIELDS.length, digest: "", fields: FIELDS, rest };
  for (const id of [A, B, C]) accepted(store.database, id, { message });
  const [first] = claimed(store.database, { limit: 1 });
  assert.equal(first?.mail.queueId, A);
  const [second, ...none] = claimed(store.database, { maxOctets: 0 });
  assert.equal(second?.mail.queueId, B);
  assert.equal(none.length, 0);
  done(store.database, { kind: "release", claims: [first.id, second.id] });
  const some = claimed(store.database, { maxOctets: 2 * message.octets });
  assert.deepEqual(some.map(({ mail }) => mail.queueId), [A, B]);
});

Deno.test("claim counts a message once that several deliveries share", () => {
  using store = testStore();
  accepted(store.database, A, { deliveries: [newDelivery(), newDelivery(), newDelivery()] });
  const both = claimed(store.database, { maxOctets: 40 });
  assert.equal(both.length, 3);
  assert.equal(both[0]?.mail.message, both[2]?.mail.message);
});

Deno.test("claim counts nothing for messages in files", () => {
  using store = testStore();
  Deno.mkdirSync(messagesFolder(store.folder));
  const message = { octets: 5_000_000, digest: "", fields: FIELDS, rest: null };
  for (const id of [A, B]) {
    Deno.writeFileSync(messageFile(store.folder, id), new Uint8Array(5_000_000));
    accepted(store.database, id, { message });
  }
  const both = claimed(store.database, { maxOctets: 10 });
  assert.deepEqual(both.map(({ mail }) => mail.message.rest), [null, null]);
});

Deno.test("claim gives no delivery to two, until it is released", () => {
  using store = testStore();
  accepted(store.database, A);
  const [claim] = claimed(store.database);
  assert.ok(claim);
  assert.equal(claimed(store.database).length, 0);
  done(store.database, { kind: "release", claims: [claim.id, 99_999] });
  assert.deepEqual(claimed(store.database), [claim]);
});

Deno.test("claim passes over those that are claimed, however many they are", () => {
  using store = testStore();
  for (let number = 0; number < 50; number++) accepted(store.database, queueIdOf(number));
  claimed(store.database, { limit: 30 });
  assert.equal(claimed(store.database, { limit: 20 }).length, 20);
});

Deno.test("claim finds the aged: the expired, and the late of which nobody has been told", () => {
  using store = testStore();
  const ages = [[A, 100, true], [B, 200, true], [C, 200, false]] as const;
  for (const [id, acceptedAt, delayNoticed] of ages) {
    accepted(store.database, id, {
      acceptedAt,
      deliveries: [newDelivery({ delayNoticed, dueAt: 1e12 })],
    });
  }
  for (
    const [expired, late, ids] of [
      [101, 201, [A, C]],
      [100, 200, []],
      [201, -Infinity, [A, B, C]],
      [101, -Infinity, [A]],
    ] as const
  ) {
    const request = { kind: "aged", expired, late, limit: 10, maxOctets: 1e6 } as const;
    const found = done(store.database, { kind: "claim", request });
    assert.deepEqual(found.map(({ mail }) => mail.queueId), ids);
    done(store.database, { kind: "release", claims: found.map(({ id }) => id) });
  }
});

const damages = [
  { name: "an envelope that does not parse", sql: "UPDATE mails SET envelope = '{\"rev'" },
  { name: "an envelope of another shape", sql: "UPDATE mails SET envelope = '{}'" },
  { name: "recipients that do not parse", sql: "UPDATE deliveries SET recipients = 'nobody'" },
  { name: "recipients that are none", sql: "UPDATE deliveries SET recipients = '[]'" },
  { name: "recipients that are numbers", sql: "UPDATE deliveries SET recipients = '[1]'" },
  { name: "new fields that do not parse", sql: "UPDATE deliveries SET rewrite = '{\"to\":1}'" },
  { name: "settled ones that do not parse", sql: "UPDATE mails SET settled = '\"a'" },
  { name: "a text that is missing", sql: "DELETE FROM texts" },
  { name: "a rest that is missing", sql: "UPDATE texts SET rest = NULL" },
  { name: "a file that is missing", sql: "UPDATE mails SET in_file = 1" },
  { name: "a number beyond all numbers", sql: `UPDATE deliveries SET attempts = ${2n ** 62n}` },
];

for (const { name, sql } of damages) {
  Deno.test(`claim sets aside a record with ${name}, and goes on`, () => {
    using store = testStore();
    accepted(store.database, A);
    store.sql(sql);
    accepted(store.database, B);
    assert.deepEqual(claimed(store.database, { limit: 1 }).map((c) => c.mail.queueId), [B]);
    assert.equal(done(store.database, { kind: "counts" }).damaged, 1);
    assert.equal(store.warnings.length, 1);
    assert.match(store.warnings[0] ?? "", new RegExp(`set aside .*${A}`));
    const reader = openReader(store.folder);
    assert.equal(reader.find(A)?.state, "damaged");
    assert.match(JSON.stringify(reader.search({ queueId: A, limit: 1 })), /set aside/);
    reader.close();
    assert.equal(claimed(store.reopen()).length, 1, "set aside for good");
  });
}

Deno.test("claim sets aside a mail whose file has been cut short", () => {
  using store = testStore();
  Deno.mkdirSync(messagesFolder(store.folder));
  Deno.writeTextFileSync(messageFile(store.folder, A), "half");
  accepted(store.database, A, {
    message: { octets: 5, digest: "", fields: FIELDS, rest: null },
  });
  assert.equal(claimed(store.database).length, 0);
  assert.match(store.warnings.join(), /only 4 of 5 octets/);
});

Deno.test("claim reads a record that was set aside once more after a retry", () => {
  using store = testStore();
  accepted(store.database, A);
  const [{ envelope } = {}] = store.sql("SELECT envelope FROM mails");
  store.sql("UPDATE mails SET envelope = ''");
  assert.equal(claimed(store.database).length, 0);
  store.sql(`UPDATE mails SET envelope = '${envelope}'`);
  assert.equal(claimed(store.database).length, 0);
  assert.deepEqual(done(store.database, { kind: "retry", queueId: A, now: 1, at: 1 }), [A]);
  assert.equal(claimed(store.database).length, 1);
});

Deno.test("a damaged record keeps its mail open, and can be dropped", () => {
  using store = testStore();
  const deliveries = [newDelivery(), newDelivery({ dueAt: 2_000 })];
  const [first] = accepted(store.database, A, { deliveries });
  store.sql(`UPDATE deliveries SET recipients = '' WHERE id = ${first}`);
  const [second] = claimed(store.database);
  assert.ok(second);
  done(store.database, { kind: "settle", settlement: settlement(second.id, A) });
  assert.equal(store.sql("SELECT state FROM journal")[0]?.state, "open");
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 0, dead: 0, damaged: 1 });
  assert.ok(done(store.database, { kind: "drop", queueId: A, at: 1 }).found);
  assert.equal(store.sql("SELECT * FROM deliveries").length, 0);
});
