/** Holds lib/routing/lookups/cached_lookup.ts to its invariants. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import {
  type Asked,
  CachedLookup,
  type LookupOptions,
} from "../../../lib/routing/lookups/cached_lookup.ts";
import { HANG_MS } from "../../support/wait.ts";

const URL_ = "http://gocd.test/go";

function answered(value: string): Asked<string> {
  return { kind: "answer", answer: { value, url: URL_, detail: `said ${value}` } };
}

const failed: Asked<string> = { kind: "failed", url: URL_, detail: "HTTP 500" };

/** A lookup whose answers and clock are the test's. */
function lookupOf(
  asked: (Asked<string> | Promise<Asked<string>>)[],
  options: Partial<LookupOptions<string>> = {},
) {
  const clock = { now: 1_000_000 };
  const keys: string[] = [];
  const changes: string[] = [];
  const lookup = new CachedLookup<string>({
    name: "a name",
    url: URL_,
    ask: (key) => {
      keys.push(key);
      return Promise.resolve(asked.shift() ?? failed);
    },
    cacheMs: 30_000,
    waitMs: HANG_MS,
    retryMs: 5_000,
    limitMs: HANG_MS,
    now: () => clock.now,
    onChange: (state, detail) => changes.push(`${state}: ${detail}`),
    ...options,
  });
  return { lookup, clock, keys, changes };
}

Deno.test("CachedLookup.read() uses an answer for as long as it is kept, then asks again", async () => {
  const { lookup, clock, keys } = lookupOf([answered("one"), answered("two")]);
  assert.deepEqual(await lookup.read(""), {
    value: "one",
    trace: { name: "a name", url: URL_, source: "fresh", ageMs: 0, tookMs: 0, detail: "said one" },
  });
  clock.now += 29_999;
  const cached = await lookup.read("");
  assert.equal(cached.trace.source, "cached");
  assert.equal(cached.trace.ageMs, 29_999);
  clock.now += 1;
  assert.equal((await lookup.read("")).value, "two");
  assert.equal(keys.length, 2);
});

Deno.test("CachedLookup.read() asks once for all who come meanwhile", async () => {
  const { promise, resolve } = Promise.withResolvers<Asked<string>>();
  const { lookup, keys } = lookupOf([promise, answered("other")]);
  const readers = [lookup.read("a"), lookup.read("a"), lookup.read("b")];
  resolve(answered("one"));
  const found = await Promise.all(readers);
  assert.deepEqual(found.map(({ value }) => value), ["one", "one", "other"]);
  assert.deepEqual(keys, ["a", "b"]);
});

Deno.test("CachedLookup.read() keeps the last good answer while the server fails", async () => {
  const { lookup, clock, keys } = lookupOf([answered("one"), failed, answered("two")]);
  await lookup.read("");
  clock.now += 30_000;
  const stale = await lookup.read("");
  assert.equal(stale.value, "one");
  assert.equal(stale.trace.source, "stale");
  assert.equal(stale.trace.ageMs, 30_000);
  assert.equal(stale.trace.detail, "said one; not newer: HTTP 500");
  clock.now += 4_999;
  assert.equal((await lookup.read("")).trace.source, "stale");
  assert.equal(keys.length, 2, "nobody asks again so soon");
  clock.now += 1;
  assert.equal((await lookup.read("")).value, "two");
});

Deno.test("CachedLookup.read() says none where there never was an answer", async () => {
  const { lookup, keys } = lookupOf([]);
  const { value, trace } = await lookup.read("");
  assert.equal(value, undefined);
  assert.equal(trace.source, "none");
  assert.equal(trace.detail, "HTTP 500");
  assert.equal((await lookup.read("")).trace.source, "none");
  assert.equal(keys.length, 1);
});

Deno.test("CachedLookup.read() waits no longer than its limit, and later ones not at all", async () => {
  const { promise, resolve } = Promise.withResolvers<Asked<string>>();
  const { lookup, clock } = lookupOf([promise], { waitMs: 20 });
  assert.equal((await lookup.read("")).trace.detail, "no answer within 20 ms");
  clock.now += 20;
  assert.equal((await lookup.read("", { waitMs: 20 })).trace.source, "none");
  resolve(answered("late"));
  await promise;
  clock.now += 1;
  assert.equal((await lookup.read("", { waitMs: HANG_MS })).value, "late");
});

Deno.test("CachedLookup.read() asks again when the clock was set back", async () => {
  const { lookup, clock } = lookupOf([answered("one"), answered("two"), failed, answered("three")]);
  await lookup.read("");
  clock.now -= 3_600_000;
  assert.equal((await lookup.read("")).value, "two");
  clock.now += 30_000;
  assert.equal((await lookup.read("")).trace.source, "stale");
  clock.now -= 3_600_000;
  assert.equal((await lookup.read("")).value, "three");
});

Deno.test("CachedLookup.read() stops waiting when nobody waits any more", async () => {
  const { promise, resolve } = Promise.withResolvers<Asked<string>>();
  const { lookup } = lookupOf([promise], { waitMs: 60_000, limitMs: 60_000 });
  const caller = new AbortController();
  const reading = lookup.read("", { signal: caller.signal });
  caller.abort();
  const { trace } = await reading;
  assert.deepEqual([trace.source, trace.detail], ["none", "given up: the mail waits no more"]);
  const ended = AbortSignal.abort(new RelayError("aborted", "given up: told to"));
  assert.equal((await lookup.read("", { signal: ended })).trace.detail, "given up: told to");
  resolve(failed);
  await lookup.close();
});

Deno.test("CachedLookup.read() ends a request that takes too long", async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const { lookup } = lookupOf([], {
    limitMs: 10,
    ask: (_key, _last, signal) =>
      new Promise((done) =>
        signal.addEventListener("abort", () => {
          resolve();
          done(failed);
        })
      ),
  });
  assert.equal((await lookup.read("")).trace.detail, "HTTP 500");
  await ended;
});

Deno.test("CachedLookup tells each change once", async () => {
  const { lookup, clock, changes } = lookupOf([
    failed,
    failed,
    answered("one"),
    answered("two"),
    failed,
  ]);
  for (let turn = 0; turn < 5; turn++) {
    await lookup.read("");
    clock.now += 60_000;
  }
  assert.deepEqual(changes, ["fails: HTTP 500", "answers: said one", "fails: HTTP 500"]);
});

Deno.test("CachedLookup.read() survives a bug in what asks", async () => {
  const { lookup } = lookupOf([], { ask: () => Promise.reject(new Error("oops")) });
  assert.match((await lookup.read("")).trace.detail, /^bug: Error: oops/);
});

Deno.test("CachedLookup remembers no more keys than it may", async () => {
  const { lookup, keys } = lookupOf([answered("1"), answered("2"), answered("3"), answered("4")], {
    maxKeys: 2,
  });
  for (const key of ["a", "b", "c", "b", "a"]) await lookup.read(key);
  assert.deepEqual(keys, ["a", "b", "c", "a"]);
});

Deno.test("CachedLookup.close() ends what is under way and asks no more", async () => {
  const asked: string[] = [];
  const { lookup, clock } = lookupOf([], {
    limitMs: 60_000,
    ask: (key, _last, signal) => {
      asked.push(key);
      return new Promise((done) => signal.addEventListener("abort", () => done(failed)));
    },
  });
  const reading = lookup.read("", { waitMs: 60_000 });
  await lookup.close();
  assert.equal((await reading).trace.source, "none");
  clock.now += 60_000;
  const { trace } = await lookup.read("");
  assert.deepEqual([trace.source, trace.detail], ["none", "not asked: the program ends"]);
  assert.equal(asked.length, 1);
});
