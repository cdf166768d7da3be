/**
 * Root runs the relay once on the store of somebody else, who must be able to go on with it later.
 * Only root can show that.
 *
 * @module
 */

import assert from "node:assert/strict";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { inStore, newMail, spooled } from "../support/store_stage.ts";
import { queueIdOf } from "../support/stored_mails.ts";

const OWNER = 65_534;
const LARGE = `Subject: large\r\n\r\n${"x".repeat(500)}\r\n`;
const FULL = { text: "full", keepMs: 60_000, sizeOctets: 1_000_000 } as const;

async function ownersOf(path: string): Promise<readonly (number | null)[]> {
  const { uid, gid, mode } = await Deno.stat(path);
  assert.equal((mode ?? 0) & 0o777, 0o600);
  return [uid, gid];
}

/** Runs a test on a store whose folder of messages is somebody else's. */
function inForeignStore(test: Parameters<typeof inStore>[0]): Promise<void> {
  if (Deno.uid() !== 0) throw new Error("Only root may give files away: run this test as root");
  return inStore(async (store, folder) => {
    await Deno.chown(messagesFolder(folder), OWNER, OWNER);
    await test(store, folder);
  }, { history: FULL });
}

Deno.test("a large message that root takes is the owner's of the store", () =>
  inForeignStore(async (store, folder) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    await store.accept([newMail(1, { message })]);
    assert.deepEqual(await ownersOf(messageFile(folder, queueIdOf(1))), [OWNER, OWNER]);
  }));

Deno.test("a large message that root keeps for the journal is the owner's of the store", () =>
  inForeignStore(async (store, folder) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    await store.note({ ...newMail(1, { message }).journal, state: "delivered" });
    await message.remove();
    assert.deepEqual(await ownersOf(messageFile(folder, queueIdOf(1))), [OWNER, OWNER]);
  }));

Deno.test("a message whose file cannot be given to the owner of the store is taken all the same", () =>
  inForeignStore(async (store, folder) => {
    const { chown } = Deno;
    Deno.chown = () => Promise.reject(new Deno.errors.PermissionDenied("not permitted"));
    try {
      const message = await spooled(folder, queueIdOf(1), LARGE);
      assert.equal((await store.accept([newMail(1, { message })])).length, 1);
    } finally {
      Deno.chown = chown;
    }
    assert.deepEqual(await ownersOf(messageFile(folder, queueIdOf(1))), [0, 0]);
  }));
