import assert from "node:assert/strict";
import { openReader } from "../../lib/store/reader.ts";
import type { OtherWriting } from "../support/other_writer.ts";
import { within } from "../support/wait.ts";
import { accepted, claimed, done, queueIdOf, testStore } from "../support/stored_mails.ts";

/** How many mails each takes. */
const EACH = 15;

/** Another thread takes so many mails, one a commit; tells when it has begun, and when it has ended. */
function otherWriter(writing: OtherWriting) {
  const url = new URL("../support/other_writer.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  worker.onmessage = ({ data }) => data === "begun" ? begun.resolve() : done.resolve();
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of [begun, done]) reject(new Error(event.message));
  };
  worker.postMessage(writing);
  const ended = within(done.promise, { what: "the other writer" })
    .finally(() => worker.terminate());
  // Where its beginning has failed already, nobody waits for its end.
  ended.catch(() => {});
  return { begun: within(begun.promise, { what: "its first mail" }), ended };
}

Deno.test("two that write at the same time both get all of theirs in, while one reads", async () => {
  using store = testStore();
  const { path } = store;
  const others = [0, EACH].map((from) => otherWriter({ path, from, to: from + EACH }));
  await Promise.all(others.map(({ begun }) => begun));
  const reader = openReader(store.folder);
  let seen = 0;
  for (let number = 2 * EACH; number < 3 * EACH; number++) {
    accepted(store.database, queueIdOf(number));
    const list = reader.list();
    assert.ok(list.length >= seen && list.every(({ deliveries }) => deliveries.length === 1));
    seen = list.length;
    // Who writes without a pause starves the others.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await Promise.all(others.map(({ ended }) => ended));
  assert.equal(reader.list().length, 3 * EACH);
  reader.close();
  assert.equal(done(store.database, { kind: "counts" }).waiting, 3 * EACH);
  assert.equal(claimed(store.database, { limit: 1_000 }).length, 3 * EACH);
});

Deno.test("another process may write, and be killed while it does", async () => {
  using store = testStore();
  const writer = new URL("../support/endless_writer.ts", import.meta.url);
  const { stdout, child } = spawn(writer, store.path);
  const lines = stdout.getReader();
  let told = "";
  while (told.split("\n").length <= 20) {
    const { value, done: over } = await within(lines.read(), { what: "a mail of the writer" });
    assert.ok(!over, "the writer ended");
    told += value;
  }
  child.kill("SIGKILL");
  for (;;) {
    const { value, done: over } = await lines.read();
    if (over) break;
    told += value;
  }
  await child.status;
  const ids = told.split("\n").slice(0, -1);
  const reader = openReader(store.folder);
  const queued = new Set(reader.list().map(({ queueId }) => queueId));
  reader.close();
  assert.deepEqual(ids.filter((id) => !queued.has(id)), [], "told, and not there");
  assert.equal(claimed(store.database, { limit: 100_000 }).length, queued.size);
});

function spawn(script: URL, path: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script.pathname, path],
    stdout: "piped",
  }).spawn();
  return { child, stdout: child.stdout.pipeThrough(new TextDecoderStream()) };
}
