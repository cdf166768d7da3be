import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { type Holder, readHolder } from "../../lib/store/holder.ts";
import { acquireLock } from "../../lib/store/lock.ts";
import { startLockHolder, tryLockElsewhere } from "../support/lock_holder.ts";

const HOLDER: Holder = {
  pid: 4711,
  hostname: "ci.test",
  version: "0.1.0",
  startedAt: Date.UTC(2026, 10, 22, 10),
  listening: ["127.0.0.1:1025", "[::1]:25"],
};

async function withStore(test: (store: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/store`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function failsWith(code: string, message = /^Cannot /): (error: unknown) => boolean {
  return (error) =>
    error instanceof RelayError && error.code === code && message.test(error.message);
}

async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode ?? 0).toString(8).slice(-3);
}

Deno.test("acquireLock() makes the folder, for its owner's eyes only", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    assert.equal(await modeOf(store), "700");
    assert.equal(await modeOf(`${store}/lock`), "600");
    assert.equal(await modeOf(`${store}/holder.json`), "600");
    await lock.release();
  }));

Deno.test("acquireLock() refuses a second time in the same process, and names the holder", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    await assert.rejects(
      () => acquireLock(store, { ...HOLDER, pid: 1 }),
      (error) =>
        error instanceof RelayError && error.code === "store-in-use" &&
        error.message.startsWith(
          `Cannot use the store ${store}: mail2alert 0.1.0 (process 4711 on ci.test, since ` +
            "2026-11-22T10:00:00Z, listening on 127.0.0.1:1025, [::1]:25) holds it; stop that one",
        ),
    );
    assert.equal(await tryLockElsewhere(store), "store-in-use");
    await lock.release();
  }));

Deno.test("acquireLock() refuses while another process holds the store, not after kill -9", () =>
  withStore(async (store) => {
    await using holder = await startLockHolder(store);
    assert.equal(holder.said, "held");
    await assert.rejects(
      () => acquireLock(store, HOLDER),
      failsWith("store-in-use", new RegExp(`mail2alert 9\\.9\\.9 \\(process ${holder.pid} on `)),
    );
    await holder.kill();
    const lock = await acquireLock(store, HOLDER);
    assert.equal(await tryLockElsewhere(store), "store-in-use");
    assert.deepEqual(await readHolder(store), HOLDER);
    await lock.release();
  }));

Deno.test("acquireLock() writes nothing but the holder's facts", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    const names = (await Array.fromAsync(Deno.readDir(store))).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["holder.json", "lock"]);
    assert.equal((await Deno.stat(`${store}/lock`)).size, 0);
    await lock.release();
  }));

Deno.test("acquireLock() holds the store although its holder cannot be named", () =>
  withStore(async (store) => {
    await Deno.mkdir(`${store}/holder.json.new`, { recursive: true });
    await Deno.writeTextFile(`${store}/holder.json`, JSON.stringify(HOLDER));
    const lock = await acquireLock(store, { ...HOLDER, pid: 1 });
    await assert.rejects(
      () => acquireLock(store, HOLDER),
      failsWith("store-in-use", /: another program holds it; stop/),
    );
    await lock.release();
  }));

Deno.test("acquireLock() waits for the holder to let go", () =>
  withStore(async (store) => {
    const first = await acquireLock(store, HOLDER);
    const second = acquireLock(store, { ...HOLDER, pid: 2 }, { waitMs: 10_000 });
    await first.release();
    const lock = await second;
    assert.equal((await readHolder(store))?.pid, 2);
    await lock.release();
  }));

Deno.test("acquireLock() waits no longer than it may", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    const started = performance.now();
    await assert.rejects(
      () => acquireLock(store, HOLDER, { waitMs: 100 }),
      failsWith("store-in-use"),
    );
    assert.ok(performance.now() - started >= 100);
    await lock.release();
  }));

Deno.test("acquireLock() ends its wait on the signal", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    const stop = new AbortController();
    const waiting = acquireLock(store, HOLDER, { waitMs: 60_000, signal: stop.signal });
    stop.abort();
    await assert.rejects(() => waiting, failsWith("aborted"));
    await lock.release();
  }));

Deno.test("acquireLock() says that the folder cannot be made or the lock not be opened", () =>
  withStore(async (store) => {
    await Deno.mkdir(`${store}/lock`, { recursive: true });
    await assert.rejects(() => acquireLock(store, HOLDER), failsWith("store-failed"));
    await Deno.writeTextFile(`${store}/file`, "");
    await assert.rejects(() => acquireLock(`${store}/file/x`, HOLDER), failsWith("store-failed"));
  }));

Deno.test("StoreLock.update() replaces what others read", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, { ...HOLDER, listening: [] });
    await lock.update(HOLDER);
    assert.deepEqual(await readHolder(store), HOLDER);
    await lock.release();
  }));

Deno.test("StoreLock.release() lets go at once, for good, and leaves no word", () =>
  withStore(async (store) => {
    const lock = await acquireLock(store, HOLDER);
    const updated = lock.update({ ...HOLDER, pid: 5 });
    await lock.release();
    await updated;
    assert.equal(await readHolder(store), null);
    const next = await acquireLock(store, { ...HOLDER, pid: 6 });
    await lock.update(HOLDER);
    await lock.release();
    assert.equal((await readHolder(store))?.pid, 6);
    assert.equal(await tryLockElsewhere(store), "store-in-use");
    await next.release();
  }));

const unreadable = [
  { name: "nothing", text: null },
  { name: "half a file", text: JSON.stringify(HOLDER).slice(0, 50) },
  { name: "something else", text: '{"pid": "x"}' },
  { name: "a time that is none", text: JSON.stringify({ ...HOLDER, startedAt: 1e300 }) },
  { name: "a list of no texts", text: JSON.stringify({ ...HOLDER, listening: [1] }) },
  { name: "far too much", text: JSON.stringify(HOLDER) + " ".repeat(70_000) },
];

for (const { name, text } of unreadable) {
  Deno.test(`readHolder() reads ${name} as nobody`, () =>
    withStore(async (store) => {
      await Deno.mkdir(store);
      if (text !== null) await Deno.writeTextFile(`${store}/holder.json`, text);
      assert.equal(await readHolder(store), null);
    }));
}
