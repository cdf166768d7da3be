import assert from "node:assert/strict";
import {
  accepted,
  claimed,
  claimOne,
  deadLetter,
  done,
  eventKinds,
  mailRow,
  newDelivery,
  queueIdOf,
  recordRow,
  settlement,
  stateOf,
  testStore,
} from "../support/stored_mails.ts";

const [A, B] = [1, 2].map(queueIdOf) as [string, string];

Deno.test("accept keeps a mail as it came", () => {
  using store = testStore();
  const rewrite = { to: ["team@example.org"], from: "gocd@example.org" };
  const delivery = { destination: "smarthost", recipients: ["a@x", "b@x"], rewrite };
  const mail = mailRow(A, {
    deliveries: [newDelivery({ delivery, attempts: 3, delayNoticed: true, reason: "451 later" })],
    settled: ["discard x"],
  });
  done(store.database, { kind: "accept", mails: [mail] });
  const claim = claimOne({ ...store, database: store.reopen() });
  const { deliveries: _, settled, routedBy, acceptedAt, journal: __, ...rest } = mail;
  assert.deepEqual(claim, {
    id: claim.id,
    mail: rest,
    delivery,
    settled,
    routedBy,
    attempts: 3,
    acceptedAt,
    delayNoticed: true,
    reason: "451 later",
  });
});

Deno.test("accept claims what is to be claimed, and tells the claims in order", () => {
  using store = testStore();
  const deliveries = [newDelivery({ claim: true }), newDelivery(), deadLetter];
  const ids = accepted(store.database, A, { deliveries });
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(claimed(store.database).map(({ id }) => id), [ids[1]]);
});

Deno.test("accept takes the state from the record when only dead letters are left", () => {
  using store = testStore();
  accepted(store.database, A, {
    deliveries: [deadLetter],
    journal: recordRow(A, { state: "bounced" }),
  });
  assert.equal(stateOf(store, A), "bounced");
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 0, dead: 1, damaged: 0 });
});

Deno.test("accept remembers a bad end that some had while others wait", () => {
  using store = testStore();
  accepted(store.database, A, { journal: recordRow(A, { state: "bounced" }) });
  assert.equal(stateOf(store, A), "open");
  const { id } = claimOne(store);
  done(store.database, { kind: "settle", settlement: settlement(id, A) });
  assert.equal(stateOf(store, A), "bounced");
});

Deno.test("accept that fails claims nothing", () => {
  using store = testStore();
  accepted(store.database, A);
  const claiming = mailRow(B, { deliveries: [newDelivery({ claim: true })] });
  const [result] = store.database.transact([{ kind: "accept", mails: [claiming, mailRow(A)] }]);
  assert.equal(result?.kind, "failed");
  accepted(store.database, B);
  assert.deepEqual(claimed(store.database).map(({ mail }) => mail.queueId), [A, B]);
});

Deno.test("accept refuses a queue id that it has", () => {
  using store = testStore();
  accepted(store.database, A);
  const [result] = store.database.transact([{ kind: "accept", mails: [mailRow(A)] }]);
  assert.equal(result?.kind, "failed");
  assert.equal(claimed(store.database).length, 1);
});

Deno.test("accept completes the record of a mail that was noted before", () => {
  using store = testStore();
  const answered = { kind: "answered", at: 1, reply: "250", tookMs: 1 } as const;
  done(store.database, { kind: "note", record: recordRow(A, { events: [answered] }) });
  accepted(store.database, A);
  done(store.database, {
    kind: "note",
    record: recordRow(A, { state: "delivered", events: [answered] }),
  });
  assert.deepEqual(eventKinds(store, A), ["answered", "answered"]);
  assert.equal(stateOf(store, A), "open", "the queue knows better");
});
