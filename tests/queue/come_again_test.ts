/** Mails that come again while attempts of their first try are still under way. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";
import { HANG_MS } from "../support/wait.ts";

/** A store whose disk refuses the first mail, and no other. */
function refusingOnce(folder: string): Store {
  const store = openSqliteStore({
    path: folder,
    minFreeOctets: 0,
    history: { text: "none", keepMs: 0, sizeOctets: 1_000_000 },
    now: () => Date.now(),
  });
  let refused = false;
  return new Proxy(store, {
    get(target, name) {
      if (name === "accept" && !refused) {
        refused = true;
        return () => Promise.reject(new RelayError("store-full", "the disk says no"));
      }
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("who turns out to have had a mail while it came again gets no second copy", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got, ids } = scripted(() => gate.promise);
  const options = { store: refusingOnce, budgetMs: 200 };
  await using on = await stage(target, options);
  assert.match(await on.send(["a@x"]), /^452 /);
  options.budgetMs = HANG_MS;
  const again = on.send(["a@x"]);
  gate.resolve(ok);
  assert.match(await again, /^250 /);
  assert.deepEqual(got, ["a@x"]);
  assert.equal(ids.length, 1, "nobody is tried again");
});

Deno.test("a third try waits for the attempts of the first, like the second", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got } = scripted((_, attempt) => attempt === 1 ? gate.promise : ok);
  const options = { store: refusingOnce, budgetMs: 50 };
  await using on = await stage(target, options);
  assert.match(await on.send(["a@x"]), /^452 /);
  assert.match(await on.send(["a@x"]), /^451 /, "it cannot be known yet who had it");
  options.budgetMs = HANG_MS;
  const third = on.send(["a@x"]);
  gate.resolve(ok);
  assert.match(await third, /^250 /);
  assert.deepEqual(got, ["a@x"]);
});
