import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import { SCHEMA_VERSION } from "../../lib/store/schema.ts";
import type { StoreReader } from "../../lib/store/views.ts";
import {
  accepted,
  claimed,
  done,
  FIELDS,
  newDelivery,
  queueIdOf,
  recordRow,
  settlement,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

const [A, B, C] = [1, 2, 3].map(queueIdOf) as [string, string, string];

const TEXT = "Subject: Build failed\r\n\r\nIt broke.\r\n";

/** A reader that lasts as long as the test. */
function readerOf(store: TestStore): StoreReader & Disposable {
  const reader = openReader(store.folder);
  return Object.assign(reader, { [Symbol.dispose]: () => reader.close() });
}

async function textOf(octets: AsyncIterable<Uint8Array> | null | undefined): Promise<string> {
  assert.ok(octets);
  return await new Response(ReadableStream.from(octets)).text();
}

function isRefusal(words: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RelayError && error.code === "store-failed" && words.test(error.message);
}

Deno.test("openReader() makes nothing where there is no store", () => {
  const folder = Deno.makeTempDirSync();
  assert.throws(() => openReader(folder), isRefusal(/there is none/));
  assert.throws(() => openReader(`${folder}/none`), isRefusal(/there is none/));
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  Deno.removeSync(folder);
});

Deno.test("openReader() refuses a store that it cannot read", () => {
  using store = testStore();
  store.database.close();
  store.sql(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  assert.throws(() => openReader(store.folder), isRefusal(/newer version/));
  Deno.writeTextFileSync(store.path, "");
  assert.throws(() => openReader(store.folder), isRefusal(/not been set up/));
  Deno.writeTextFileSync(store.path, "junk".repeat(1_000));
  assert.throws(() => openReader(store.folder), isRefusal(/not a database/));
});

Deno.test("list() shows what is queued, oldest first, as the relay goes on", () => {
  using store = testStore();
  using reader = readerOf(store);
  assert.deepEqual(reader.list(), []);
  const receivedAt = 1_600_000_000_000;
  accepted(store.database, B);
  accepted(store.database, A, {
    receivedAt,
    deliveries: [newDelivery({ attempts: 2, reason: "451 later" }), newDelivery({ state: "dead" })],
  });
  accepted(store.database, C, { deliveries: [newDelivery({ state: "dead" })] });
  const list = reader.list();
  assert.deepEqual(list.map(({ queueId, state }) => [queueId, state]), [
    [A, "waiting"],
    [B, "waiting"],
    [C, "dead"],
  ]);
  const [first] = list;
  assert.ok(first);
  const { deliveries, ...mail } = first;
  assert.deepEqual(mail, {
    queueId: A,
    receivedAt,
    reversePath: "gocd@example.org",
    forwardPaths: ["mail2alert@example.org"],
    subject: "Build failed",
    octets: TEXT.length,
    state: "waiting",
  });
  const [delivery] = deliveries;
  assert.ok(delivery);
  const { dueInMs: _, ...shown } = delivery;
  assert.deepEqual(shown, {
    destination: "smarthost",
    recipients: ["team@example.org"],
    state: "waiting",
    attempts: 2,
    reason: "451 later",
  });
  assert.equal(reader.find(B)?.queueId, B);
  assert.equal(reader.find(B)?.deliveries.length, 1);
  assert.equal(reader.find("NONE"), null);
});

for (
  const { name, agoMs, dueInMs } of [
    { name: "goes on where the relay saved it", agoMs: 2_000, dueInMs: 48_000 },
    { name: "stands still after an hour", agoMs: 1e9, dueInMs: 50_000 - 3_600_000 },
    { name: "never runs backwards", agoMs: -1e9, dueInMs: 50_000 },
  ]
) {
  Deno.test(`list() tells when mail is due by the queue's clock, which ${name}`, () => {
    using store = testStore();
    const value = JSON.stringify({ queue: 100_000, wall: Date.now() - agoMs });
    done(store.database, { kind: "write-state", key: "clock", value });
    accepted(store.database, A, { deliveries: [newDelivery({ dueAt: 150_000 })] });
    using reader = readerOf(store);
    const told = reader.find(A)?.deliveries[0]?.dueInMs ?? NaN;
    assert.ok(told <= dueInMs && told > dueInMs - 60_000, `${told}`);
  });
}

Deno.test("message() gives the octets of a queued mail, from memory or file", async () => {
  using store = testStore();
  accepted(store.database, A);
  await Deno.mkdir(messagesFolder(store.folder));
  await Deno.writeTextFile(messageFile(store.folder, B), "B: large\r\n\r\n".repeat(20_000));
  const message = { octets: 240_000, digest: "", fields: FIELDS, rest: null };
  accepted(store.database, B, { message });
  using reader = readerOf(store);
  assert.equal(await textOf(reader.message(A)), TEXT);
  assert.equal((await textOf(reader.message(B))).length, 240_000);
  assert.equal(reader.message(C), null);
  const octets = reader.message(B);
  await Deno.remove(messageFile(store.folder, B));
  await assert.rejects(() => textOf(octets), isRefusal(/Cannot read the message/));
});

for (
  const { keeps, record, kept } of [
    { keeps: "nothing", record: {}, kept: null },
    { keeps: "headers", record: { fields: FIELDS }, kept: TEXT.slice(0, FIELDS.length) },
    {
      keeps: "everything",
      record: { fields: FIELDS, rest: new TextEncoder().encode(TEXT.slice(FIELDS.length)) },
      kept: TEXT,
    },
  ]
) {
  Deno.test(`kept() gives ${keeps} where history keeps ${keeps}, queued, delivered or noted`, async () => {
    using store = testStore();
    using reader = readerOf(store);
    const shown = async (queueId: string) => {
      const text = reader.kept(queueId);
      return text === null ? null : await textOf(text.octets());
    };
    const journal = recordRow(A, record);
    accepted(store.database, A, { journal });
    assert.equal(await shown(A), kept);
    const [claim] = claimed(store.database);
    done(store.database, { kind: "settle", settlement: settlement(claim?.id ?? 0, A) });
    assert.equal(await shown(A), kept);
    done(store.database, { kind: "note", record: recordRow(B, { ...record, state: "delivered" }) });
    assert.equal(await shown(B), kept);
    assert.equal(await shown(C), null);
  });
}

Deno.test("kept() gives a large mail from its file, which stays after the mail has gone", async () => {
  using store = testStore();
  await Deno.mkdir(messagesFolder(store.folder));
  const message = { octets: 8, digest: "", fields: FIELDS, rest: null };
  for (const [queueId, inFile] of [[A, true], [B, false]] as const) {
    await Deno.writeTextFile(messageFile(store.folder, queueId), "all of it");
    const journal = recordRow(queueId, { fields: FIELDS, inFile });
    accepted(store.database, queueId, { message, journal });
    const [claim] = claimed(store.database);
    done(store.database, { kind: "settle", settlement: settlement(claim?.id ?? 0, queueId) });
  }
  assert.deepEqual(store.database.takeOrphans(), [messageFile(store.folder, B)]);
  assert.deepEqual(store.database.takeOrphans(), []);
  using reader = readerOf(store);
  assert.equal(reader.kept(A)?.text, "full");
  assert.equal(await textOf(reader.kept(A)?.octets()), "all of it");
  assert.equal(await textOf(reader.kept(B)?.octets()), TEXT.slice(0, FIELDS.length));
});
