import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { RelayError } from "../../lib/errors.ts";
import { openMailDatabase } from "../../lib/store/mail_database.ts";
import { SCHEMA_VERSION } from "../../lib/store/schema.ts";
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

/** Reads the file from another connection until it is disposed of. */
function longReader(path: string): Disposable {
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM mails").get();
  return { [Symbol.dispose]: () => reader.close() };
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("openMailDatabase() makes files and folder that only their owner may read", () => {
  using store = testStore();
  const folder = `${store.folder}/a/b`;
  const database = openMailDatabase(`${folder}/queue.db`);
  accepted(database, A);
  assert.equal(modeOf(folder), 0o700);
  assert.deepEqual(
    [...Deno.readDirSync(folder)].map(({ name }) => [name, modeOf(`${folder}/${name}`)]).sort(),
    ["queue.db", "queue.db-shm", "queue.db-wal", "reserve"].map((name) => [name, 0o600]),
  );
  database.close();
});

Deno.test("openMailDatabase() takes a file that others could read from them", () => {
  using store = testStore();
  Deno.chmodSync(store.path, 0o644);
  store.reopen();
  assert.equal(modeOf(store.path), 0o600);
});

Deno.test("openMailDatabase() sets what durability and a small disk need", () => {
  using store = testStore();
  assert.deepEqual(store.sql("PRAGMA journal_mode"), [{ __proto__: null, journal_mode: "wal" }]);
  assert.deepEqual(store.sql("PRAGMA auto_vacuum"), [{ __proto__: null, auto_vacuum: 2 }]);
  assert.deepEqual(store.sql("PRAGMA user_version"), [
    { __proto__: null, user_version: SCHEMA_VERSION },
  ]);
});

Deno.test("openMailDatabase() refuses a database of a newer version, and leaves it alone", () => {
  using store = testStore();
  accepted(store.database, A);
  store.database.close();
  store.sql(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  const before = Deno.readFileSync(store.path);
  assert.throws(
    () => openMailDatabase(store.path),
    (error) =>
      error instanceof RelayError && error.code === "store-failed" && /newer/.test(error.message),
  );
  assert.deepEqual(Deno.readFileSync(store.path), before);
});

Deno.test("openMailDatabase() finds what was there before, and no claims", () => {
  using store = testStore();
  accepted(store.database, A, { deliveries: [newDelivery({ claim: true })] });
  assert.equal(claimed(store.database).length, 0);
  assert.deepEqual(claimed(store.reopen()).map(({ mail }) => mail.queueId), [A]);
});

Deno.test("MailDatabase.transact() does the others when one operation fails alone", () => {
  using store = testStore();
  const results = store.database.transact([
    { kind: "accept", mails: [mailRow(A)] },
    { kind: "accept", mails: [mailRow(B), mailRow(A)] },
    { kind: "accept", mails: [mailRow(C)] },
  ]);
  assert.deepEqual(results.map(({ kind }) => kind), ["done", "failed", "done"]);
  assert.deepEqual(claimed(store.database).map(({ mail }) => mail.queueId), [A, C]);
  assert.equal(store.sql(`SELECT * FROM journal WHERE queue_id = '${B}'`).length, 0);
});

Deno.test("MailDatabase.transact() takes back the claims of an operation that fails", () => {
  using store = testStore();
  const [first] = accepted(store.database, A, { deliveries: [newDelivery({ claim: true })] });
  assert.ok(first !== undefined);
  const broken = settlement(first, A, { mails: [mailRow(A)] });
  for (const others of [[], [{ kind: "counts" } as const]]) {
    const [result] = store.database.transact([{ kind: "settle", settlement: broken }, ...others]);
    assert.equal(result?.kind, "failed");
    assert.equal(claimed(store.database).length, 0, "still claimed");
  }
  done(store.database, { kind: "release", claims: [first] });
  assert.equal(claimed(store.database).length, 1);
});

Deno.test("MailDatabase gives space back to the disk", () => {
  using store = testStore();
  const big = new Uint8Array(1_000_000);
  const message = { octets: big.length, digest: "", fields: new Uint8Array(0), rest: big };
  for (const id of [A, B, C]) accepted(store.database, id, { message });
  store.database.checkpoint();
  assert.ok(Deno.statSync(store.path).size > 3_000_000);
  for (const id of [A, B, C]) done(store.database, { kind: "drop", queueId: id, at: 0 });
  store.database.checkpoint();
  assert.ok(Deno.statSync(store.path).size < 200_000);
  assert.equal(Deno.statSync(`${store.path}-wal`).size, 0);
});

Deno.test("MailDatabase.prune() gives back what a busy database does not need", () => {
  using store = testStore();
  const big = new Uint8Array(1_000_000);
  const message = { octets: big.length, digest: "", fields: new Uint8Array(0), rest: big };
  const ids = Array.from({ length: 12 }, (_, number) => queueIdOf(number));
  for (const id of ids) accepted(store.database, id, { message });
  for (const id of ids) done(store.database, { kind: "drop", queueId: id, at: 0 });
  let calls = 1;
  while (store.database.prune({ notedBefore: 0, octets: Infinity })) calls++;
  assert.equal(calls, 2, "a bounded part at a time");
  assert.ok(Deno.statSync(store.path).size < 3_000_000);
});

Deno.test("MailDatabase.checkpoint() goes on while somebody reads", () => {
  using store = testStore();
  accepted(store.database, A);
  store.database.checkpoint();
  using _reading = longReader(store.path);
  accepted(store.database, B);
  store.database.checkpoint();
  assert.equal(claimed(store.database).length, 2);
});
