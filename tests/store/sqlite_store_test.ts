/** What the embedded store does beyond the contract: its health, its files, what it notes. */

import assert from "node:assert/strict";
import type { HistoryConfig } from "../../lib/config/types.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { openReader } from "../../lib/store/reader.ts";
import {
  atOnce,
  claimDue,
  delivered,
  fails,
  inStore,
  newMail,
  openStore,
  OwnThread,
  spooled,
} from "../support/store_stage.ts";
import { restOf } from "../support/mails.ts";
import { queueIdOf } from "../support/stored_mails.ts";
import { until } from "../support/wait.ts";

const LARGE = `Subject: large\r\n\r\n${"x".repeat(500)}\r\n`;
const HISTORY: HistoryConfig = { text: "full", keepMs: 60_000, sizeOctets: 1_000_000 };

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

/** What the journal has kept of a mail's text. */
async function keptOf(folder: string, queueId: string): Promise<string | null> {
  const reader = openReader(folder);
  try {
    const kept = reader.kept(queueId);
    if (kept === null) return null;
    const message = { octets: 0, digest: "", fields: new Uint8Array(), rest: () => kept.octets() };
    return `${kept.text}: ${await restOf(message)}`;
  } finally {
    reader.close();
  }
}

Deno.test("SqliteStore makes callers wait until it is open", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const store = openStore(folder);
  assert.equal(store.health().kind, "failed");
  assert.equal((await store.accept([newMail(1)])).length, 1);
  assert.deepEqual(store.health(), { kind: "ready" });
  await store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SqliteStore says why it cannot be opened, and opens when it can", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  await Deno.writeTextFile(`${folder}/store`, "a file where the folder should be");
  const store = openStore(`${folder}/store`, { link: new OwnThread() });
  try {
    const early = fails(store.accept([newMail(1)]), "store-failed");
    await store.opened;
    await early;
    const health = store.health();
    assert.equal(health.kind, "failed");
    assert.match(health.kind === "failed" ? health.reason : "", /must be a folder/);
    await fails(store.counts(), "store-failed");
    await store.note(newMail(1).journal);
    await Deno.remove(`${folder}/store`);
    await until(() => store.health().kind === "ready", { what: "the store" });
    await store.accept([newMail(1)]);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteStore takes no new mail below min-free, and goes on with what it has", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const before = openStore(folder, { link: new OwnThread() });
  await before.accept([newMail(1)]);
  await before.close();
  const store = openStore(folder, { link: new OwnThread(), minFreeOctets: 1e18 });
  try {
    await store.opened;
    const health = store.health();
    assert.equal(health.kind, "full");
    assert.match(health.kind === "full" ? health.reason : "", /MB free .*store\.min-free is/);
    await fails(store.accept([newMail(2)]), "store-full");
    const [claimed] = await claimDue(store);
    assert.ok(claimed);
    await store.settle(delivered(claimed, { mails: [newMail(3)] }));
    assert.equal((await store.counts()).waiting, 1, "a mail of our own is taken");
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SqliteStore takes the file of a large message over, for its owner's eyes only", () =>
  inStore(async (store, folder) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    await store.accept([newMail(1, { message })]);
    assert.deepEqual(await namesIn(`${folder}/spool`), []);
    assert.deepEqual(await namesIn(`${folder}/messages`), [`${queueIdOf(1)}.eml`]);
    assert.equal(message.file, `${folder}/messages/${queueIdOf(1)}.eml`);
    for (const [path, mode] of [["messages", 0o700], [`messages/${queueIdOf(1)}.eml`, 0o600]]) {
      assert.equal(((await Deno.stat(`${folder}/${path}`)).mode ?? 0) & 0o777, mode, String(path));
    }
    const [claimed] = await claimDue(store);
    assert.ok(claimed);
    await store.settle(delivered(claimed));
    await until(async () => (await namesIn(`${folder}/messages`)).length === 0, {
      what: "the file to be deleted",
    });
  }));

Deno.test("SqliteStore keeps the text of mails that are only noted, as far as it is told", async (t) => {
  for (
    const { text, small, large } of [
      { text: "full", small: "full: A: 1\r\n\r\nb\r\n", large: `full: ${LARGE}` },
      { text: "headers", small: "headers: A: 1\r\n", large: "headers: Subject: large\r\n" },
      { text: "none", small: null, large: null },
    ] as const
  ) {
    await t.step(text, () =>
      inStore(async (store, folder) => {
        const messages = [
          await spooled(folder, queueIdOf(1), "A: 1\r\n\r\nb\r\n"),
          await spooled(folder, queueIdOf(2), LARGE),
        ];
        for (const [index, message] of messages.entries()) {
          const { journal } = newMail(index + 1, { message });
          await store.note({ ...journal, state: "delivered" });
          await message.remove();
        }
        await store.counts();
        assert.equal(await keptOf(folder, queueIdOf(1)), small);
        assert.equal(await keptOf(folder, queueIdOf(2)), large);
      }, { history: { ...HISTORY, text } }));
  }
});

Deno.test("SqliteStore keeps the text of a large mail after it has been delivered", () =>
  inStore(async (store, folder) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    const mail = newMail(1, { message, deliveries: atOnce() });
    const accepted = store.accept([mail]);
    await store.note({ ...mail.journal, events: [{ kind: "remark", at: 1, text: "x" }] });
    const [id] = await accepted;
    await store.settle(delivered({ id: id ?? 0, mail: mail.mail }));
    await store.counts();
    assert.equal(await keptOf(folder, queueIdOf(1)), `full: ${LARGE}`);
  }, { history: HISTORY }));

Deno.test("SqliteStore keeps the header of a mail whose file cannot be kept", () =>
  inStore(async (store, folder) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    await message.remove();
    await store.note(newMail(1, { message }).journal);
    await store.counts();
    assert.equal(await keptOf(folder, queueIdOf(1)), "headers: Subject: large\r\n");
  }, { history: HISTORY }));

Deno.test("SqliteStore finishes what was begun when it closes", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const store = openStore(folder, { link: new OwnThread() });
  await store.opened;
  const message = await spooled(folder, queueIdOf(1), LARGE);
  const accepted = store.accept([newMail(1, { message })]);
  await store.close();
  assert.equal((await accepted).length, 1);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("SqliteStore notes nothing of mails outside the queue when there is no history", () =>
  inStore(async (store) => {
    const { journal } = newMail(1);
    assert.equal(store.note({ ...journal, recent: { key: "k", at: 1 } }), undefined);
    assert.deepEqual(await store.recentMails({ since: 0, limit: 9 }), []);
  }, { history: { ...HISTORY, keepMs: 0 } }));

Deno.test("SqliteStore tells of journal records that it lost, once", async () => {
  const lines: string[] = [];
  startLog("WARNING", (line) => lines.push(line));
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  await Deno.writeTextFile(`${folder}/messages`, "a file where the folder should be");
  const store = openStore(folder, { link: new OwnThread() });
  try {
    await store.opened;
    for (let count = 0; count < 3; count++) await store.note(newMail(1).journal);
    assert.equal(lines.filter((line) => line.includes("journal records lost")).length, 1);
    assert.equal(lines.filter((line) => line.includes("store failed")).length, 1);
  } finally {
    stopLog();
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
