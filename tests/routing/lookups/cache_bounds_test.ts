/** Holds lib/routing/lookups/cached_lookup.ts to its bounds in age, number and octets. @module */

import assert from "node:assert/strict";
import {
  type Asked,
  CachedLookup,
  type LookupOptions,
} from "../../../lib/routing/lookups/cached_lookup.ts";
import { HANG_MS } from "../../support/wait.ts";

const url = "http://api.test/";

function answered(value: string, more: { cacheMs?: number; octets?: number } = {}): Asked<string> {
  return { kind: "answer", answer: { value, url, detail: `said ${value}`, ...more } };
}

const failed: Asked<string> = { kind: "failed", url, detail: "HTTP 500" };

function lookupOf(
  asked: (Asked<string> | Promise<Asked<string>>)[],
  options: Partial<LookupOptions<string>> = {},
) {
  const clock = { now: 1_000_000 };
  const keys: string[] = [];
  const lookup = new CachedLookup<string>({
    name: "a name",
    url,
    ask: (key) => {
      keys.push(key);
      return Promise.resolve(asked.shift() ?? failed);
    },
    cacheMs: 30_000,
    waitMs: HANG_MS,
    retryMs: 5_000,
    limitMs: HANG_MS,
    now: () => clock.now,
    ...options,
  });
  return { lookup, clock, keys };
}

Deno.test("CachedLookup.read() serves at once what is asked for again, and the new one after", async () => {
  const { promise, resolve } = Promise.withResolvers<Asked<string>>();
  const { lookup, clock, keys } = lookupOf([answered("old"), promise], {
    staleWhileRevalidateMs: 10_000,
  });
  await lookup.read("");
  clock.now += 39_999;
  const { value, trace } = await lookup.read("");
  assert.equal(value, "old");
  assert.equal(trace.detail, "said old; not newer: asked for again");
  const waiting = (clock.now += 1, lookup.read(""));
  resolve(answered("new"));
  assert.equal((await waiting).value, "new");
  assert.equal(keys.length, 2);
});

Deno.test("CachedLookup.read() gives an answer up that is too old for a failing server", async () => {
  const { lookup, clock } = lookupOf([answered("old")], { staleIfErrorMs: 10_000 });
  await lookup.read("");
  clock.now += 39_999;
  assert.equal((await lookup.read("")).value, "old");
  clock.now += 1;
  const { value, trace } = await lookup.read("");
  assert.equal(value, undefined);
  assert.equal(trace.source, "none");
  assert.equal(trace.ageMs, undefined);
  assert.equal(trace.detail, "HTTP 500; the last answer is 40 s old");
});

Deno.test("CachedLookup.read() heeds how long an answer itself wants to be used", async () => {
  const { lookup, clock, keys } = lookupOf([answered("1", { cacheMs: 1_000 }), answered("2")]);
  await lookup.read("");
  clock.now += 999;
  assert.equal((await lookup.read("")).trace.source, "cached");
  clock.now += 1;
  assert.equal((await lookup.read("")).value, "2");
  assert.equal(keys.length, 2);
});

Deno.test("CachedLookup.read() asks only with leave, and says why there is none", async () => {
  let leave: string | undefined = "not now";
  const { lookup, keys } = lookupOf([answered("1")], { admit: () => leave });
  const { trace } = await lookup.read("");
  assert.equal(trace.source, "none");
  assert.equal(trace.detail, "not now");
  leave = undefined;
  assert.equal((await lookup.read("")).value, "1", "leave is asked for each time");
  assert.equal(keys.length, 1);
});

Deno.test("CachedLookup forgets what was used longest ago, not what came first", async () => {
  const { lookup, keys } = lookupOf("1234".split("").map((value) => answered(value)), {
    maxKeys: 2,
  });
  for (const key of ["a", "b", "a", "c", "a", "b"]) await lookup.read(key);
  assert.deepEqual(keys, ["a", "b", "c", "b"]);
});

Deno.test("CachedLookup holds no more octets than it may", async () => {
  const { lookup, keys } = lookupOf(
    [40, 40, 40, 200, 1, 1].map((octets, at) => answered(`${at}`, { octets })),
    { maxOctets: 100 },
  );
  for (const key of ["a", "b", "b", "a"]) await lookup.read(key);
  assert.equal(keys.length, 2);
  for (const key of ["c", "a"]) await lookup.read(key);
  assert.equal(keys.length, 3, "b was used longest ago");
  assert.equal((await lookup.read("huge")).value, "3", "it is used once all the same");
  await lookup.read("huge");
  assert.equal(keys.length, 5);
});

Deno.test("CachedLookup asks once for a key that many others come after", async () => {
  const { promise, resolve } = Promise.withResolvers<Asked<string>>();
  const { lookup, keys } = lookupOf([promise, answered("2"), answered("3")], { maxKeys: 1 });
  const first = lookup.read("a");
  for (const key of ["b", "c"]) await lookup.read(key);
  const second = lookup.read("a");
  resolve(answered("1"));
  assert.deepEqual([(await first).value, (await second).value], ["1", "1"]);
  assert.deepEqual(keys, ["a", "b", "c"]);
});
