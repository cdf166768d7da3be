/** Any sequence of operations leaves the database as it leaves a plain model in memory. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { MailDatabase, MailRow, Operation } from "../../lib/store/operations.ts";
import { ACCEPTED_AT, type NewOne, QueueModel } from "../support/queue_model.ts";
import {
  claimed,
  done,
  mailRow,
  newDelivery,
  queueIdOf,
  recordRow,
  settlement,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

/** What may happen; numbers pick a mail, or one of the claims that are held. */
type Step =
  | { readonly kind: "accept"; readonly mail: number; readonly deliveries: readonly NewOne[] }
  | { readonly kind: "claim"; readonly now: number; readonly limit: number }
  | { readonly kind: "release"; readonly pick: number }
  | {
    readonly kind: "settle";
    readonly pick: number;
    readonly replacements: readonly NewOne[];
    readonly anew: boolean;
    /** A mail of our own that comes with it; one that is there already makes it fail. */
    readonly own: number | null;
  }
  | { readonly kind: "retry"; readonly mail: number | null; readonly now: number }
  | { readonly kind: "drop"; readonly mail: number }
  | { readonly kind: "expire"; readonly before: number }
  | { readonly kind: "reopen" };

const mail = fc.nat(4);
const time = fc.nat(50);
const newOne = fc.record({
  state: fc.constantFrom("waiting" as const, "waiting" as const, "dead" as const),
  dueAt: time,
  claim: fc.boolean(),
});
const some = fc.array(newOne, { minLength: 1, maxLength: 3 });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("accept" as const), mail, deliveries: some }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      now: time,
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("release" as const), pick: fc.nat(9) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      pick: fc.nat(9),
      replacements: fc.array(newOne, { maxLength: 2 }),
      anew: fc.boolean(),
      own: fc.option(mail, { freq: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("retry" as const), mail: fc.option(mail), now: time }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), mail }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("expire" as const), before: time }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const) }) },
);

/** A claim that somebody has held, and may hold still. */
interface Held {
  readonly id: number;
  readonly queueId: string;
}

/** What a step comes to in the database; `null` where it failed alone. */
function inDatabase({ database, reopen }: TestStore, step: Step, held: Held | null): unknown {
  switch (step.kind) {
    case "accept":
      return answerOf(database, { kind: "accept", mails: [newMail(step.mail, step.deliveries)] });
    case "claim":
      return claimed(database, step).map(({ id }) => id);
    case "release":
      return held && answerOf(database, { kind: "release", claims: [held.id] });
    case "settle":
      return held && answerOf(database, {
        kind: "settle",
        settlement: settlement(held.id, held.queueId, {
          replacements: step.replacements.map(newDelivery),
          mails: step.own === null ? [] : [newMail(step.own, [{}])],
          ...step.anew && { routedBy: "anew" },
        }),
      });
    case "retry": {
      const id = step.mail === null ? {} : { queueId: queueIdOf(step.mail) };
      return done(database, { kind: "retry", now: step.now, at: 0, ...id }).toSorted();
    }
    case "drop":
      return done(database, { kind: "drop", queueId: queueIdOf(step.mail), at: 0 });
    case "expire":
      return done(database, { kind: "expire", acceptedBefore: step.before, at: 0 });
    case "reopen":
      reopen();
      return null;
  }
}

/** What the same step comes to in the model. */
function inModel(model: QueueModel, step: Step, held: Held | null): unknown {
  switch (step.kind) {
    case "accept":
      return model.accept(queueIdOf(step.mail), step.deliveries);
    case "claim":
      return model.claim(step.now, step.limit);
    case "release":
      return held && model.release(held.id);
    case "settle":
      return held &&
        model.settle(held, { ...step, own: step.own === null ? null : queueIdOf(step.own) });
    case "retry":
      return model.retry(step.mail === null ? null : queueIdOf(step.mail), step.now);
    case "drop":
      return model.drop(queueIdOf(step.mail));
    case "expire":
      return model.expire(step.before);
    case "reopen":
      return model.crash();
  }
}

function newMail(number: number, deliveries: readonly Partial<NewOne>[]): MailRow {
  const id = queueIdOf(number);
  const waits = deliveries.some(({ state }) => state !== "dead");
  return mailRow(id, {
    journal: recordRow(id, { state: waits ? "open" : "dead-letter" }),
    acceptedAt: ACCEPTED_AT,
    deliveries: deliveries.map(newDelivery),
  });
}

function answerOf(database: MailDatabase, operation: Operation): unknown {
  const [result] = database.transact([operation]);
  return result?.kind === "done" ? result.answer : null;
}

/** Everything that the tables hold of the queue. */
function deliveriesIn(store: TestStore): readonly unknown[] {
  return store.sql(
    `SELECT d.id, queue_id AS queueId, state, due_at AS dueAt, accepted_at AS acceptedAt
    FROM deliveries d JOIN mails m ON m.id = d.mail ORDER BY d.id`,
  ).map((row) => ({ ...row }));
}

/** Journal and queue agree about what is open; no text outlives its mail; no mail is empty. */
function checkTables(store: TestStore): void {
  const rows = (sql: string) => store.sql(sql).map((row) => Object.values(row)[0]);
  assert.deepEqual(
    rows("SELECT id FROM journal WHERE state = 'open'"),
    rows("SELECT DISTINCT mail FROM deliveries WHERE state = 'waiting' ORDER BY mail"),
  );
  const mails = rows("SELECT id FROM mails ORDER BY id");
  assert.deepEqual(rows("SELECT id FROM texts ORDER BY id"), mails);
  assert.deepEqual(rows("SELECT DISTINCT mail FROM deliveries ORDER BY mail"), mails);
}

Deno.test("the database does what a plain queue in memory does, whatever happens to it", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      using store = testStore();
      const model = new QueueModel();
      const everHeld: Held[] = [];
      for (const taken of steps) {
        const held = "pick" in taken ? everHeld.at(-1 - taken.pick % (everHeld.length || 1)) : null;
        const before = new Map(model.deliveries.map((one) => [one.id, one]));
        const expected = inModel(model, taken, held ?? null);
        assert.deepEqual(inDatabase(store, taken, held ?? null), expected, taken.kind);
        const known = new Map([
          ...before,
          ...model.deliveries.map((one) => [one.id, one] as const),
        ]);
        for (const id of Array.isArray(expected) ? expected : []) {
          const one = known.get(id);
          if (one !== undefined) everHeld.push(one);
        }
        assert.deepEqual(deliveriesIn(store), model.deliveries, taken.kind);
      }
      checkTables(store);
      const all = { now: 1e9, limit: 1_000 };
      assert.deepEqual(
        claimed(store.database, all).map(({ id }) => id),
        model.claim(all.now, all.limit),
      );
    }),
    { numRuns: 80 },
  );
});
