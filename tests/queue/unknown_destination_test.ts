/** Mail that waits for a destination which the configuration does not name any more. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { stage } from "../support/queue_stage.ts";
import { later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const toChat = () =>
  Promise.resolve({
    deliveries: [
      { destination: "chat", recipients: ["chat"] },
      { destination: "smarthost", recipients: ["b@x"] },
    ],
    why: {},
    reason: "to the chat",
  });

Deno.test("a dead letter for a destination that is gone is routed anew when it is tried again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const others = { chat: scripted(() => never).target };
    let id = "";
    {
      await using before = await stage(scripted(() => ok).target, {
        folder,
        others,
        route: toChat,
      });
      id = (await before.send(["a@x"], { reversePath: "" })).split(" ").at(-1) ?? "";
    }
    const after = scripted(() => ok);
    await using on = await stage(after.target, { folder, routedBy: "configuration-2" });
    await on.queue.retry(id);
    await until(() => on.queued().length === 0, { what: "the delivery" });
    assert.deepEqual(after.got, ["a@x"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("mail for a destination that is gone is found although the store failed at the start", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const others = { chat: scripted(() => later).target };
    {
      await using before = await stage(scripted(() => ok).target, {
        folder,
        others,
        route: toChat,
      });
      await before.send(["a@x"]);
    }
    const after = scripted(() => ok);
    let failures = 1;
    await using on = await stage(after.target, {
      folder,
      routedBy: "configuration-2",
      store: () => {
        const store = openSqliteStore({
          path: folder,
          minFreeOctets: 0,
          history: { text: "none", keepMs: 86_400_000, sizeOctets: 1_000_000 },
          now: () => Date.now(),
        });
        return new Proxy(store, {
          get(of, name) {
            if (name === "destinations" && failures-- > 0) {
              return () => Promise.reject(new RelayError("store-failed", "read-only"));
            }
            const value = Reflect.get(of, name);
            return typeof value === "function" ? value.bind(of) : value;
          },
        });
      },
    });
    on.pass(86_400_000);
    await until(() => on.queued().length === 0, { what: "the delivery" });
    assert.deepEqual(after.got, ["a@x"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
