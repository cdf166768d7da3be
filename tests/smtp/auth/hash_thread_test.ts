/** The thread as it should be, and threads that fail. @module */

import assert from "node:assert/strict";
import { readHash } from "../../../lib/mail/password_hash.ts";
import { HashThread } from "../../../lib/smtp/auth/hash_thread.ts";
import type { HashTask } from "../../../lib/smtp/auth/wasm_hash.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/wait.ts";

const URL_OF_WORKER = new URL("../../../lib/smtp/auth/hash_worker.ts", import.meta.url);

function task(
  password: string,
  secret = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
): HashTask {
  const hash = readHash(secret);
  assert.ok(typeof hash !== "string" && hash.kind !== "scrypt");
  return { hash, password: new TextEncoder().encode(password) };
}

/** A worker that runs this text. */
function scripted(script: string): Worker {
  return new Worker(`data:text/javascript,${encodeURIComponent(script)}`, { type: "module" });
}

/** Counts the workers it starts, and those that were ended. */
function counting(start: () => Worker) {
  const count = { started: 0, ended: 0 };
  return {
    count,
    start: () => {
      count.started++;
      const worker = start();
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        count.ended++;
        terminate();
      };
      return worker;
    },
  };
}

Deno.test("HashThread.compute() uses one thread for what comes together, and ends it then", async () => {
  const { count, start } = counting(() => new Worker(URL_OF_WORKER, { type: "module" }));
  const clock = new FakeClock();
  const thread = new HashThread(clock, start);
  const digests = await Promise.all(["a", "b", "a"].map((text) => thread.compute(task(text))));
  assert.deepEqual(digests[0], digests[2]);
  assert.notDeepEqual(digests[0], digests[1]);
  await until(() => count.ended === 1, { what: "the end of the thread" });
  assert.deepEqual([count, clock.pending], [{ started: 1, ended: 1 }, 0]);
  assert.deepEqual(await thread.compute(task("a")), digests[0]);
  assert.equal(count.started, 2);
});

const failing = [
  { name: "crashes", script: "onmessage = () => { throw new Error('oops') }", says: /oops/ },
  { name: "cannot be started", script: "import 'data:text/javascript,throw 1'", says: /1/ },
  {
    name: "says that it failed",
    script: "onmessage = () => postMessage({ kind: 'failed', reason: 'no memory' })",
    says: /Cannot compute a hash: no memory/,
  },
];

for (const { name, script, says } of failing) {
  Deno.test(`HashThread.compute() rejects when the thread ${name}; the next task gets another`, async () => {
    const workers = [() => scripted(script), () => new Worker(URL_OF_WORKER, { type: "module" })];
    const { count, start } = counting(() => {
      const next = workers.shift();
      assert.ok(next);
      return next();
    });
    const thread = new HashThread(new FakeClock(), start);
    const [failed, fine] = [thread.compute(task("c4n4ry")), thread.compute(task("b"))];
    await assert.rejects(failed, (error: Error) => {
      assert.match(error.message, says);
      return !error.message.includes("c4n4ry");
    });
    assert.equal((await fine).length, 23);
    await until(() => count.ended === 2, { what: "the end of both threads" });
  });
}

Deno.test("HashThread.compute() waits 30 s, and not longer", async () => {
  const clock = new FakeClock();
  const { count, start } = counting(() => scripted("onmessage = () => {}"));
  const answer = new HashThread(clock, start).compute(task("a"));
  let late = false;
  const rejected = assert.rejects(answer, /no answer within 30 s/).then(() => late = true);
  clock.advance(29_999);
  await Promise.resolve();
  assert.equal(late, false);
  clock.advance(1);
  await rejected;
  assert.deepEqual([count, clock.pending], [{ started: 1, ended: 1 }, 0]);
});

Deno.test("HashThread.compute() rejects when no thread can be started at all", async () => {
  const thread = new HashThread(new FakeClock(), () => {
    throw new Error("no more threads");
  });
  await assert.rejects(thread.compute(task("a")), /no more threads/);
  await assert.rejects(thread.compute(task("a")), /no more threads/);
});

Deno.test("the thread says why it cannot compute, and goes on", async () => {
  const { count, start } = counting(() => new Worker(URL_OF_WORKER, { type: "module" }));
  const thread = new HashThread(new FakeClock(), start);
  await assert.rejects(thread.compute(task("")), /at least 1 byte/);
  assert.equal((await thread.compute(task("a"))).length, 23);
  assert.equal(count.started, 2);
});
