import assert from "node:assert/strict";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import { isDamage } from "../../lib/store/sqlite_errors.ts";
import { sqliteSource } from "../../lib/store/sqlite_source.ts";
import type { WorkerRecord } from "../../lib/store/worker_messages.ts";
import {
  accepted,
  claimed,
  done,
  FIELDS,
  newDelivery,
  queueIdOf,
  recordRow,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

const PAGE_OCTETS = 4_096;
const MAILS = 300;

/** A store with mails of 2 KB, closed. */
function filledStore(): TestStore {
  const store = testStore();
  const rest = new Uint8Array(2_000).fill(0x61);
  const message = { octets: rest.length + FIELDS.length, digest: "", fields: FIELDS, rest };
  for (let number = 0; number < MAILS; number++) {
    const deliveries = [newDelivery(number % 10 === 9 ? { state: "dead" } : {})];
    accepted(store.database, queueIdOf(number), { message, deliveries, settled: ["chat x"] });
  }
  done(store.database, { kind: "write-state", key: "clock", value: "12" });
  store.database.close();
  return store;
}

/** Overwrites pages with what is no page, or cuts the file off. */
function spoil(path: string, pages: readonly number[]): void {
  using file = Deno.openSync(path, { write: true });
  for (const page of pages) {
    file.seekSync((page - 1) * PAGE_OCTETS, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(PAGE_OCTETS).fill(0x4a));
  }
}

function damagedFolders(store: TestStore): readonly string[] {
  return [...Deno.readDirSync(store.folder)].map(({ name }) => name).filter((name) =>
    name.startsWith("damaged-")
  );
}

function queued(store: TestStore): readonly string[] {
  const reader = openReader(store.folder);
  try {
    return reader.list().map(({ queueId }) => queueId);
  } finally {
    reader.close();
  }
}

/** What the log is told last when the database of a store is replaced. */
function toldOf(store: TestStore): Partial<Omit<WorkerRecord, "kind">> {
  const told: Omit<WorkerRecord, "kind">[] = [];
  sqliteSource(store.folder, (record) => void told.push(record)).replace().close();
  return told.at(-1) ?? {};
}

Deno.test("a database that is junk is moved aside, and a new one takes mail", () => {
  using store = filledStore();
  const junk = new TextEncoder().encode("junk".repeat(100_000));
  Deno.writeFileSync(store.path, junk);
  const database = store.reopen();
  accepted(database, queueIdOf(1));
  const [folder, ...others] = damagedFolders(store);
  assert.match(folder ?? "", /^damaged-\d{8}T\d{6}Z$/);
  assert.equal(others.length, 0);
  assert.deepEqual(Deno.readFileSync(`${store.folder}/${folder}/queue.db`), junk);
  assert.equal((Deno.statSync(`${store.folder}/${folder}`).mode ?? 0) & 0o777, 0o700);
  assert.match(store.warnings.join("\n"), /damaged.*moved aside[^]*may have been lost.*"mails":0/);
});

Deno.test("a damaged database whose first page is junk loses no mail", () => {
  using store = filledStore();
  spoil(store.path, [1]);
  store.reopen();
  assert.equal(queued(store).length, MAILS);
  assert.equal(done(store.database, { kind: "read-state", key: "clock" }), "12");
  assert.deepEqual(done(store.database, { kind: "counts" }), {
    waiting: 270,
    dead: 30,
    damaged: 0,
  });
  const [claim] = claimed(store.database, { limit: 1 });
  assert.equal(claim?.mail.queueId, queueIdOf(0));
  assert.deepEqual(claim?.settled, ["chat x"]);
  assert.equal(claim?.mail.message.rest?.length, 2_000);
});

Deno.test("a database that was cut off keeps the mails of the part that is left", () => {
  using store = filledStore();
  const { size } = Deno.statSync(store.path);
  Deno.truncateSync(store.path, Math.floor(size / 2 / PAGE_OCTETS) * PAGE_OCTETS + 100);
  store.reopen();
  const left = queued(store).length;
  assert.ok(left > MAILS / 4 && left < MAILS, `${left} left`);
  assert.equal(claimed(store.database, { limit: 1_000 }).length > left / 2, true);
});

Deno.test("damage that shows while the store is at work is told as such", () => {
  using store = filledStore();
  const pages = Deno.statSync(store.path).size / PAGE_OCTETS;
  store.reopen();
  spoil(store.path, Array.from({ length: pages - 60 }, (_, index) => index + 30));
  assert.throws(() => claimed(store.database, { limit: 1_000 }), isDamage);
});

Deno.test("whichever page is damaged: only mails in it are lost, and each loss is recorded", () => {
  using whole = filledStore();
  const original = Deno.readFileSync(whole.path);
  const pages = original.length / PAGE_OCTETS;
  let survived = 0;
  for (let page = 2; page <= pages; page += 7) {
    using store = testStore();
    store.database.close();
    Deno.writeFileSync(store.path, original);
    spoil(store.path, [page]);
    store.replace();
    const left = queued(store);
    const claims = claimed(store.database, { limit: 1_000 });
    survived += left.length;
    assert.equal(new Set(left).size, left.length);
    assert.ok(claims.every(({ mail }) => mail.message.rest?.length === 2_000));
    const reader = openReader(store.folder);
    const states = new Map(
      reader.search({ limit: 1_000 }).map(({ queueId, state }) => [queueId, state]),
    );
    reader.close();
    for (const queueId of left) assert.equal(states.get(queueId), "open");
    for (const [queueId, state] of states) {
      assert.equal(state, left.includes(queueId) ? "open" : "dropped", queueId);
    }
  }
  const tried = Math.floor((pages - 2) / 7) + 1;
  assert.ok(survived / (tried * MAILS) > 0.9, `${survived} of ${tried * MAILS} survived`);
});

Deno.test("a mail whose deliveries are lost is routed again", () => {
  using store = filledStore();
  store.sql("DELETE FROM deliveries WHERE id = 1");
  store.sql("UPDATE mails SET routed_by = 'own' WHERE id = 2");
  store.sql("DELETE FROM deliveries WHERE id = 2");
  spoil(store.path, [1]);
  store.reopen();
  const [claim] = claimed(store.database, { destination: "" });
  assert.equal(claim?.mail.queueId, queueIdOf(0));
  assert.deepEqual(claim?.delivery.recipients, ["mail2alert@example.org"]);
  assert.deepEqual([claim?.routedBy, claim?.settled], ["", ["chat x"]]);
  const own = claimed(store.database, { limit: 1_000 }).find(({ mail }) =>
    mail.queueId === queueIdOf(1)
  );
  assert.equal(own?.delivery.destination, "smarthost");
});

Deno.test("claims of before the damage end nothing of after it", () => {
  using store = filledStore();
  const [{ last } = {}] = store.sql("SELECT max(id) AS last FROM deliveries");
  spoil(store.path, [1]);
  store.reopen();
  const [fresh] = accepted(store.database, queueIdOf(MAILS));
  assert.ok(Number(fresh) > Number(last) + 1);
});

Deno.test("message files of mails that were lost get a name beside the damaged database", () => {
  using store = filledStore();
  Deno.mkdirSync(messagesFolder(store.folder));
  Deno.writeTextFileSync(messageFile(store.folder, "LOST"), "text");
  Deno.writeFileSync(store.path, new Uint8Array(100_000).fill(1));
  store.reopen();
  const [folder] = damagedFolders(store);
  assert.equal(Deno.readTextFileSync(messageFile(`${store.folder}/${folder}`, "LOST")), "text");
});

Deno.test("mails that were lost with a damaged database are told as an error, ten of them by name", () => {
  using store = filledStore();
  store.sql("DELETE FROM mails WHERE id > 3 AND id <= 15");
  spoil(store.path, [1]);
  const { event, details, level } = toldOf(store);
  assert.match(event ?? "", /^mails were lost/);
  assert.equal(level, "error");
  assert.equal(details?.lost, 12);
  const named = Array.from({ length: 10 }, (_, index) => queueIdOf(index + 3));
  assert.equal(details?.queueIds, named.join(" "));
});

Deno.test("a damaged database that lost no mail is told as a warning", () => {
  using store = filledStore();
  spoil(store.path, [1]);
  const { event, details, level } = toldOf(store);
  assert.match(event ?? "", /^what could be read/);
  assert.deepEqual([details?.lost, level], [0, "warning"]);
});

Deno.test("the journal is saved too", () => {
  using store = filledStore();
  const database = store.reopen();
  const fields = new TextEncoder().encode("A: 1\r\n");
  const record = recordRow(queueIdOf(MAILS), { state: "delivered", fields });
  done(database, { kind: "note", record });
  database.close();
  spoil(store.path, [1]);
  store.reopen();
  const reader = openReader(store.folder);
  assert.equal(reader.search({ states: ["delivered"], limit: 10 })[0]?.queueId, queueIdOf(MAILS));
  assert.equal(reader.kept(queueIdOf(MAILS))?.text, "headers");
  reader.close();
});
