/** Waiting until nothing is under way. @module */

import assert from "node:assert/strict";
import { InUse } from "../../lib/app/in_use.ts";

const FOR_EVER_MS = 60_000;
const never = new AbortController().signal;

Deno.test("InUse.ended() waits for work that goes well, and for work that does not", async () => {
  const use = new InUse();
  const [well, badly] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const works = [use.during(() => well.promise), use.during(() => badly.promise)];
  let ended = false;
  const waiting = use.ended(FOR_EVER_MS, never).then(() => ended = true);
  well.resolve();
  await works[0];
  assert.equal(ended, false);
  badly.reject(new Error("broken"));
  await assert.rejects(works[1] ?? Promise.resolve(), /broken/);
  await waiting;
});

Deno.test("InUse.ended() waits no longer than it may, or than somebody waits for it", async () => {
  const use = new InUse();
  const { promise, resolve } = Promise.withResolvers<void>();
  const work = use.during(() => promise);
  await use.ended(1, never);
  const over = new AbortController();
  const waiting = use.ended(FOR_EVER_MS, over.signal);
  over.abort();
  await waiting;
  await use.ended(FOR_EVER_MS, AbortSignal.abort());
  resolve();
  await work;
});

Deno.test("InUse.ended() does not wait for nothing", async () => {
  const use = new InUse();
  await use.ended(FOR_EVER_MS, never);
  assert.equal(await use.during(() => Promise.resolve(7)), 7);
  await use.ended(FOR_EVER_MS, never);
});
