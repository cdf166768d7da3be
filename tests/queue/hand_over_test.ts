/** What happens to mail that comes in while another process takes the queue over. @module */

import assert from "node:assert/strict";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

/** A store that answers `accept` late: the mail is on disk by then. */
function answeringLate(folder: string, answered: Promise<void>): Store {
  const store = openSqliteStore({
    path: folder,
    minFreeOctets: 0,
    history: { text: "none", keepMs: 86_400_000, sizeOctets: 1_000_000 },
    now: () => Date.now(),
  });
  const accept: Store["accept"] = async (mails) => {
    const claims = await store.accept(mails);
    await answered;
    return claims;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "accept") return accept;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("a mail that was being stored when the queue stopped is left to the next owner", async () => {
  const answered = Promise.withResolvers<void>();
  const { target, ids } = scripted(() => ok);
  await using on = await stage(target, {
    ack: "queued",
    store: (folder) => answeringLate(folder, answered.promise),
  });
  const reply = on.send(["a@x"]);
  await until(() => on.queued().length === 1, { what: "the mail to be on disk" });
  await on.queue.stop({ undisturbedMs: 5_000, allMs: 5_000 });
  answered.resolve();
  assert.match(await reply, /^250 /);
  await on.end();
  assert.deepEqual(ids, [], "or both deliver it");
});
