import assert from "node:assert/strict";
import { databaseFile } from "../../lib/store/layout.ts";
import { openMailDatabase } from "../../lib/store/mail_database.ts";
import type { MailDatabase } from "../../lib/store/operations.ts";
import { isDiskFull } from "../../lib/store/sqlite_errors.ts";
import {
  accepted,
  claimed,
  done,
  mailRow,
  newDelivery,
  queueIdOf,
  settlement,
} from "../support/stored_mails.ts";
import { mountDisk } from "../support/tmpfs.ts";

const rest = new Uint8Array(10_000);
const message = { octets: rest.length, digest: "", fields: new Uint8Array(0), rest };

/** Takes claimed mails until the disk is full; says how many. */
function fillUp(database: MailDatabase, from = 0): number {
  for (let number = from;; number++) {
    const mail = mailRow(queueIdOf(number), { message, deliveries: [newDelivery()] });
    try {
      const [result] = database.transact([{ kind: "accept", mails: [mail] }]);
      assert.equal(result?.kind, "done");
    } catch (error) {
      assert.ok(isDiskFull(error), String(error));
      return number;
    }
  }
}

Deno.test("a full disk: every mail that was taken is delivered, and the space comes back", async () => {
  await using disk = await mountDisk(2);
  const database = openMailDatabase(databaseFile(disk.path));
  const count = fillUp(database);
  assert.ok(count > 100, `only ${count} mails of 10 KB on 2 MiB`);
  assert.equal(fillUp(database, count), count, "it stays full");
  await disk.fill();
  for (let settled = 0; settled < count;) {
    for (const { id, mail } of claimed(database, { limit: 10 })) {
      done(database, { kind: "settle", settlement: settlement(id, mail.queueId) });
      settled++;
    }
  }
  assert.deepEqual(done(database, { kind: "counts" }), { waiting: 0, dead: 0, damaged: 0 });
  while (database.prune({ notedBefore: Infinity, octets: 0 }));
  await disk.free();
  database.checkpoint();
  assert.ok((await Deno.stat(databaseFile(disk.path))).size < 200_000);
  database.close();
  const again = openMailDatabase(databaseFile(disk.path));
  assert.ok(fillUp(again, count) >= 2 * count - 10, "as many as before");
  again.close();
});

Deno.test("a full disk: what comes with mail that finds no space happens all the same", async () => {
  await using disk = await mountDisk(2);
  const database = openMailDatabase(databaseFile(disk.path));
  const count = fillUp(database);
  const [first, second] = claimed(database, { limit: 2 });
  assert.ok(first && second);
  const results = database.transact([
    { kind: "accept", mails: [mailRow(queueIdOf(count), { message })] },
    { kind: "settle", settlement: settlement(first.id, first.mail.queueId) },
    { kind: "note", record: mailRow(queueIdOf(count + 1)).journal },
    { kind: "release", claims: [second.id] },
  ]);
  assert.deepEqual(results.map(({ kind }) => kind), ["failed", "done", "failed", "done"]);
  assert.match(JSON.stringify(results[0]), /"No space left/);
  assert.equal(done(database, { kind: "counts" }).waiting, count - 1);
  database.close();
});

Deno.test("a full disk: nothing of what failed is left, claims included", async () => {
  await using disk = await mountDisk(2);
  const database = openMailDatabase(databaseFile(disk.path));
  const count = fillUp(database);
  const last = count - 1;
  done(database, { kind: "drop", queueId: queueIdOf(last), at: 0 });
  const mails = Array.from(
    { length: 50 },
    (_, index) =>
      mailRow(queueIdOf(count + index), { message, deliveries: [newDelivery({ claim: true })] }),
  );
  assert.throws(() => database.transact([{ kind: "accept", mails }]), isDiskFull);
  const left = claimed(database, { limit: 1_000 }).map(({ mail }) => mail.queueId);
  assert.deepEqual(left, Array.from({ length: last }, (_, number) => queueIdOf(number)));
  database.close();
});

Deno.test("a full disk: the store opens, with the space that it holds back", async () => {
  await using disk = await mountDisk(2);
  const path = databaseFile(disk.path);
  const first = openMailDatabase(path);
  const count = fillUp(first);
  first.close();
  await disk.fill();
  const database = openMailDatabase(path);
  assert.equal(done(database, { kind: "counts" }).waiting, count);
  const [claim] = claimed(database, { limit: 1 });
  assert.ok(claim);
  done(database, { kind: "settle", settlement: settlement(claim.id, claim.mail.queueId) });
  database.close();
});

Deno.test("a read-only disk: nothing can be taken, and what is there stays", async () => {
  await using disk = await mountDisk(2);
  const path = databaseFile(disk.path);
  const database = openMailDatabase(path);
  accepted(database, queueIdOf(1));
  database.close();
  await disk.remount("ro");
  assert.throws(() => openMailDatabase(path));
  await disk.remount("rw");
  const again = openMailDatabase(path);
  assert.equal(claimed(again).length, 1);
  again.close();
});
