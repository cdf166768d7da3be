/** A database whose commits take long, or whose thread crashes, in a Worker as it is in service. */

import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { CRASH_KEY, HeldDatabase } from "../support/held_database.ts";
import { textOf } from "../support/mails.ts";
import { claimDue, fails, inStore, newMail, spooled } from "../support/store_stage.ts";
import { queueIdOf } from "../support/stored_mails.ts";
import { until, within } from "../support/wait.ts";

const LARGE = `Subject: large\r\n\r\n${"x".repeat(500)}\r\n`;

Deno.test("SqliteStore blocks nobody while a commit takes its time", async () => {
  const database = new HeldDatabase();
  await inStore(async (store) => {
    const begun = database.commits;
    database.hold();
    let over = false;
    const accepted = store.accept([newMail(1)]).then(() => over = true);
    await until(() => database.commits > begun, { what: "the commit" });
    for (let turn = 0; turn < 1_000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(store.health().kind, "ready");
    }
    assert.equal(over, false, "it is not on disk");
    database.release();
    await within(accepted, { what: "the end of the commit" });
  }, { link: database.link });
});

Deno.test("SqliteStore writes all that came during a commit with the next one", async () => {
  const database = new HeldDatabase();
  await inStore(async (store) => {
    const begun = database.commits;
    database.hold();
    const first = store.writeState("k", "0");
    await until(() => database.commits === begun + 1, { what: "the first commit" });
    const others = Array.from({ length: 50 }, (_, number) => store.accept([newMail(number)]));
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setImmediate(resolve));
    database.release();
    await Promise.all([first, ...others]);
    assert.deepEqual([database.commits - begun, database.operations], [2, 50]);
  }, { link: database.link });
});

Deno.test("SqliteStore survives a crash of the database's thread", async () => {
  const database = new HeldDatabase();
  await inStore(async (store, folder) => {
    await store.accept([newMail(1)]);
    const message = await spooled(folder, queueIdOf(2), LARGE);
    await fails(
      Promise.all([store.writeState(CRASH_KEY, ""), store.accept([newMail(3)])]),
      "store-failed",
    );
    assert.equal(store.health().kind, "failed");
    await until(() => store.health().kind === "ready", { what: "another thread" });
    await store.accept([newMail(2, { message })]);
    const claimed = await claimDue(store);
    assert.deepEqual(claimed.map(({ mail }) => mail.queueId), [queueIdOf(1), queueIdOf(2)]);
  }, { link: database.link });
});

Deno.test("SqliteStore leaves a file in place when nobody can tell whether it is named", async () => {
  const database = new HeldDatabase();
  await inStore(async (store, folder) => {
    const begun = database.commits;
    const message = await spooled(folder, queueIdOf(1), LARGE);
    database.hold();
    const first = store.writeState("k", "0");
    await until(() => database.commits > begun, { what: "the first commit" });
    const accepted = store.accept([newMail(1, { message })]);
    await until(() => message.file?.includes("/messages/"), { what: "the file's move" });
    const crashed = store.writeState(CRASH_KEY, "");
    const refused = [fails(accepted, "store-failed"), fails(crashed, "store-failed")];
    database.release();
    await Promise.all([first, ...refused]);
    await message.remove();
    assert.equal(await textOf(newMail(1, { message }).mail), LARGE);
  }, { link: database.link });
});
