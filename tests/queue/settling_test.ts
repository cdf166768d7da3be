/** What is told to a store whose disk fails for a while. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { releaseSurely, settleSurely } from "../../lib/queue/settling.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import type { Settlement, Store } from "../../lib/store/store.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";

/** A store that fails so often at `settle` and `release`, and says that it does. */
function failing(times: number): Store & { readonly calls: string[] } {
  const calls: string[] = [];
  const fail = (call: string) => {
    calls.push(call);
    if (calls.length <= times) throw new RelayError("store-failed", "read-only");
  };
  return {
    calls,
    health: () => calls.length <= times ? { kind: "failed", reason: "" } : { kind: "ready" },
    settle: () => Promise.try(() => fail("settle")).then(() => [7]),
    release: () => Promise.try(() => fail("release")),
  } as unknown as Store & { readonly calls: string[] };
}

const SETTLEMENT: Settlement = {
  claim: 1,
  queueId: "A",
  replacements: [],
  settled: [],
  events: [],
  end: "delivered",
  mails: [],
};

Deno.test("a claim is given back once the disk works again", async () => {
  const store = failing(2);
  await releaseSurely(store, { claim: 1, queueId: "A" }, new AbortController().signal);
  assert.deepEqual(store.calls, ["release", "release", "release"]);
});

Deno.test("an outcome is stored once the disk works again, and nothing is left behind", async () => {
  const store = failing(2);
  const { signal } = new AbortController();
  let listeners = 0;
  const counted = new Proxy(signal, {
    get(target, name) {
      if (name === "addEventListener") listeners++;
      if (name === "removeEventListener") listeners--;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  assert.deepEqual(await settleSurely(store, SETTLEMENT, counted), [7]);
  assert.deepEqual(store.calls, ["settle", "settle", "settle"]);
  assert.equal(listeners, 0);
});

Deno.test("neither waits for the disk when the program ends", async () => {
  const store = failing(Infinity);
  const signal = AbortSignal.abort();
  assert.equal(await settleSurely(store, SETTLEMENT, signal), null);
  await releaseSurely(store, { claim: 1, queueId: "A" }, signal);
  assert.deepEqual(store.calls, ["settle", "release"]);
});

Deno.test("a delivery that was not tried can be claimed again although the disk failed meanwhile", async () => {
  const { target } = scripted(() => ok);
  let fails = 1;
  await using on = await stage(target, {
    ack: "queued",
    working: false,
    store: (folder) => brokenRelease(folder, () => fails-- > 0),
  });
  await on.send(["a@x"]);
  const due = { kind: "due", destination: "", now: Infinity, limit: 1, maxOctets: 1_000 } as const;
  const [claimed] = await on.store.claim(due);
  assert.ok(claimed);
  const task = { claim: claimed.id, mail: claimed.mail, tried: claimed, events: [] };
  await on.queue.dispatch.try(task, { kind: "paused", reason: "away", retryAfterMs: 1_000 });
  assert.equal((await on.store.claim(due)).length, 1);
});

/** A real store that fails to release while it is told to. */
function brokenRelease(folder: string, fails: () => boolean): Store {
  const store = openSqliteStore({
    path: folder,
    minFreeOctets: 0,
    history: { text: "none", keepMs: 0, sizeOctets: 1_000_000 },
    now: () => Date.now(),
  });
  const release: Store["release"] = (claims) =>
    fails() ? Promise.reject(new RelayError("store-failed", "read-only")) : store.release(claims);
  return new Proxy(store, {
    get(of, name) {
      const value = name === "release" ? release : Reflect.get(of, name);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
}
