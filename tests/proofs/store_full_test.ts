/** A store on a disk of 2 MB: it fills up, is emptied again, and takes mail again by itself. */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import type { ClaimedDelivery, Store } from "../../lib/store/store.ts";
import { claimDue, delivered, newMail, openStore, spooled } from "../support/store_stage.ts";
import { queueIdOf } from "../support/stored_mails.ts";
import { type Disk, mountDisk } from "../support/tmpfs.ts";
import { until } from "../support/wait.ts";

/** Longest wait for it to do so, in ms. */
const BACK_MS = 60_000;

/** Runs a test on a store that has 2 MB. */
async function onSmallDisk(test: (store: Store, disk: Disk) => Promise<void>): Promise<void> {
  await using disk = await mountDisk(2);
  const store = openStore(`${disk.path}/store`);
  try {
    await store.opened;
    assert.deepEqual(store.health(), { kind: "ready" });
    await test(store, disk);
  } finally {
    await store.close();
  }
}

/** Accepts mails until one is refused; says how many were taken. */
async function fill(store: Store, octets: number, first = 0): Promise<number> {
  const message = await spooled("unused", "unused", `A: 1\r\n\r\n${"x".repeat(180)}\r\n`);
  const held = new Uint8Array(octets);
  for (let number = first;; number++) {
    const large = { ...message, octets, held, rest: () => ReadableStream.from([held]) };
    try {
      await store.accept([newMail(number, { message: large })]);
    } catch (error) {
      assert.ok(error instanceof RelayError && error.code === "store-full", String(error));
      return number - first;
    }
  }
}

/** Settles everything, trying again what fails; says how many mails there were. */
async function drain(store: Store): Promise<number> {
  const claimed: ClaimedDelivery[] = [];
  for (;;) {
    const more = await claimDue(store);
    if (more.length === 0) break;
    claimed.push(...more);
  }
  for (const claim of claimed) {
    const settled = () => store.settle(delivered(claim)).then(() => true, () => false);
    await until(settled, { what: "a settlement", everyMs: 100, withinMs: BACK_MS });
  }
  return new Set(claimed.map(({ mail }) => mail.queueId)).size;
}

async function back(store: Store, number: number): Promise<void> {
  const wait = { what: "the store to take mail again", withinMs: BACK_MS };
  await until(() => store.health().kind === "ready", wait);
  const accepted = () => store.accept([newMail(number)]).then(() => true, () => false);
  await until(accepted, wait);
}

for (const octets of [200, 2_000, 20_000, 100_000]) {
  Deno.test(`SqliteStore is emptied and takes mail again after mails of ${octets} octets filled the disk`, () =>
    onSmallDisk(async (store) => {
      const taken = await fill(store, octets);
      assert.ok(taken > 5, `${taken} mails`);
      assert.equal(store.health().kind, "full");
      assert.equal(await drain(store), taken);
      await back(store, taken);
      assert.ok(await fill(store, octets, taken + 1) > taken / 2, "the space came back");
      await drain(store);
    }));
}

Deno.test("SqliteStore takes mail again when a foreign file has gone", () =>
  onSmallDisk(async (store, disk) => {
    await store.accept([newMail(1)]);
    await disk.fill();
    const taken = await fill(store, 2_000, 2);
    assert.equal(store.health().kind, "full");
    await disk.free();
    await back(store, taken + 100);
    assert.ok((await store.counts()).waiting >= taken + 1);
  }));

Deno.test("SqliteStore opens on a disk that is full, and takes mail when it is not", async () => {
  await using disk = await mountDisk(2);
  await disk.fill();
  const store = openStore(`${disk.path}/store`);
  try {
    await store.opened;
    assert.equal(store.health().kind, "full");
    await disk.free();
    await back(store, 1);
  } finally {
    await store.close();
  }
});

Deno.test("SqliteStore gives a large message back that it has no space for", () =>
  onSmallDisk(async (store, disk) => {
    const folder = `${disk.path}/store`;
    const message = await spooled(folder, queueIdOf(1), `A: 1\r\n\r\n${"x".repeat(5_000)}\r\n`);
    await disk.fill();
    await fill(store, 2_000);
    await assert.rejects(store.accept([newMail(1, { message })]), { code: "store-full" });
    assert.equal(message.file, `${folder}/spool/${queueIdOf(1)}.eml`);
    await message.remove();
    await disk.free();
    await back(store, 2_000);
  }));
