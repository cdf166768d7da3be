import assert from "node:assert/strict";
import type { MailEnd } from "../../lib/mail/journal.ts";
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
  settlement,
  stateOf,
  testStore,
} from "../support/stored_mails.ts";

const [A, B] = [1, 2].map(queueIdOf) as [string, string];

Deno.test("settle: the last delivery ends the mail and takes its octets away", () => {
  using store = testStore();
  accepted(store.database, A);
  const { id } = claimOne(store);
  const event = { kind: "remark", at: 1, text: "done" } as const;
  const settled = settlement(id, A, { events: [event] });
  assert.deepEqual(done(store.database, { kind: "settle", settlement: settled }), []);
  assert.equal(stateOf(store, A), "delivered");
  assert.deepEqual(eventKinds(store, A), ["remark"]);
  for (const table of ["mails", "texts", "deliveries"]) {
    assert.equal(store.sql(`SELECT * FROM ${table}`).length, 0, table);
  }
});

Deno.test("settle: what is deferred waits on, as old as it was", () => {
  using store = testStore();
  accepted(store.database, A, { settled: ["chat x"] });
  const { id } = claimOne(store);
  const replacements = [newDelivery({ attempts: 1, dueAt: 20_000, reason: "451 later" })];
  done(store.database, {
    kind: "settle",
    settlement: settlement(id, A, { replacements, settled: ["smarthost a@x"], end: "bounced" }),
  });
  assert.equal(stateOf(store, A), "open");
  assert.equal(claimed(store.database, { now: 19_999 }).length, 0);
  const [again] = claimed(store.database, { now: 20_000 });
  assert.equal(again?.acceptedAt, 500);
  assert.deepEqual(again?.settled, ["chat x", "smarthost a@x"]);
  done(store.database, { kind: "settle", settlement: settlement(again?.id ?? 0, A) });
  assert.equal(stateOf(store, A), "bounced", "the worse end of the two");
});

Deno.test("settle: replacements can be claimed at once", () => {
  using store = testStore();
  accepted(store.database, A);
  const { id } = claimOne(store);
  const replacements = [newDelivery({ claim: true }), newDelivery()];
  const claims = done(store.database, {
    kind: "settle",
    settlement: settlement(id, A, { replacements, settled: [] }),
  });
  assert.deepEqual(claimed(store.database).map((claim) => claim.id), [claims[1]]);
});

for (
  const { ends, expected } of [
    { ends: ["delivered", "bounced"], expected: "bounced" },
    { ends: ["bounced", "delivered"], expected: "bounced" },
    { ends: ["no-delivery", "delivered"], expected: "delivered" },
    { ends: ["no-delivery", "no-delivery"], expected: "no-delivery" },
  ] as { ends: MailEnd[]; expected: MailEnd }[]
) {
  Deno.test(`settle: a mail that came to ${ends.join(" and ")} has ended as ${expected}`, () => {
    using store = testStore();
    accepted(store.database, A, { deliveries: ends.map(() => newDelivery()) });
    for (const end of ends) {
      const { id } = claimOne(store);
      assert.equal(stateOf(store, A), "open");
      done(store.database, { kind: "settle", settlement: settlement(id, A, { end }) });
    }
    assert.equal(stateOf(store, A), expected);
  });
}

Deno.test("settle: an end while everybody is deferred says nothing", () => {
  using store = testStore();
  accepted(store.database, A);
  for (const [replacements, end] of [[[newDelivery()], "bounced"], [[], "delivered"]] as const) {
    const { id } = claimOne(store);
    const settled = settlement(id, A, { replacements, settled: [], end });
    done(store.database, { kind: "settle", settlement: settled });
  }
  assert.equal(stateOf(store, A), "delivered");
});

Deno.test("settle: dead letters keep the mail, and the end that they stand for until revived", () => {
  using store = testStore();
  accepted(store.database, A);
  const first = claimOne(store);
  done(store.database, {
    kind: "settle",
    settlement: settlement(first.id, A, {
      replacements: [deadLetter],
      settled: [],
      end: "bounced",
    }),
  });
  assert.equal(stateOf(store, A), "bounced");
  assert.equal(claimed(store.database).length, 0);
  assert.deepEqual(done(store.database, { kind: "counts" }), { waiting: 0, dead: 1, damaged: 0 });
  done(store.database, { kind: "retry", queueId: A, now: 9_000, at: 1 });
  assert.equal(stateOf(store, A), "open");
  const revived = claimOne(store);
  assert.deepEqual([revived.acceptedAt, revived.attempts], [9_000, 0]);
  done(store.database, { kind: "settle", settlement: settlement(revived.id, A) });
  assert.equal(stateOf(store, A), "delivered");
});

Deno.test("settle: a mail routed anew loses what nobody has claimed", () => {
  using store = testStore();
  const deliveries = [
    newDelivery({ claim: true }),
    newDelivery({ claim: true }),
    newDelivery(),
    deadLetter,
  ];
  const [first, second] = accepted(store.database, A, { deliveries });
  const replacements = [newDelivery({ delivery: { destination: "chat", recipients: ["x"] } })];
  done(store.database, {
    kind: "settle",
    settlement: settlement(first ?? 0, A, { replacements, settled: [], routedBy: "r2" }),
  });
  assert.equal(claimed(store.database).length, 0);
  assert.deepEqual(claimed(store.database, { destination: "chat" }).map((c) => c.routedBy), ["r2"]);
  done(store.database, { kind: "release", claims: [second ?? 0] });
  assert.deepEqual(claimed(store.database).map(({ id }) => id), [second]);
  assert.equal(store.sql("SELECT * FROM deliveries WHERE state = 'dead'").length, 1);
});

Deno.test("settle: mails of our own come in with it, or it does not happen", () => {
  using store = testStore();
  accepted(store.database, A);
  const { id } = claimOne(store);
  const own = mailRow(B, { routedBy: "own" });
  done(store.database, { kind: "settle", settlement: settlement(id, A, { mails: [own] }) });
  const notice = claimOne(store);
  assert.deepEqual([notice.mail.queueId, notice.routedBy], [B, "own"]);
  const [result] = store.database.transact([
    { kind: "settle", settlement: settlement(notice.id, B, { mails: [mailRow(B)] }) },
  ]);
  assert.equal(result?.kind, "failed");
  assert.equal(stateOf(store, B), "open");
});

Deno.test("settle: of a delivery that is gone only the events are noted", () => {
  using store = testStore();
  accepted(store.database, A);
  const { id } = claimOne(store);
  assert.deepEqual(done(store.database, { kind: "drop", queueId: A, at: 7 }), {
    found: true,
    underWay: true,
  });
  accepted(store.database, B);
  const events = [{ kind: "remark", at: 8, text: "had it all the same" }] as const;
  const late = settlement(id, A, { events, replacements: [newDelivery()], mails: [mailRow(A)] });
  assert.deepEqual(done(store.database, { kind: "settle", settlement: late }), []);
  assert.equal(stateOf(store, A), "dropped");
  assert.deepEqual(eventKinds(store, A), ["dropped", "remark"]);
  assert.deepEqual(claimed(store.database).map(({ mail }) => mail.queueId), [B]);
});

Deno.test("settle: the id of a delivery that is gone is never another's", () => {
  using store = testStore();
  const [first] = accepted(store.database, A);
  done(store.database, { kind: "drop", queueId: A, at: 7 });
  const [second] = accepted({ ...store, database: store.reopen() }.database, B);
  assert.notEqual(first, second);
});
