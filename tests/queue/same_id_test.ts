/** No two mails are ever stored under one queue id. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { RelayError } from "../../lib/errors.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { stage } from "../support/queue_stage.ts";
import { away, scripted } from "../support/scripted.ts";
import { HANG_MS } from "../support/wait.ts";

Deno.test("two that come again at the same time, where each counts as a mail of its own, are both kept", async () => {
  const text = `Subject: big\r\n\r\n${"0123456789abcdef\r\n".repeat(80_000)}`;
  const gate = Promise.withResolvers<Outcome>();
  const { target } = scripted(() => gate.promise);
  let refusals = 1;
  const options = {
    windowMs: 0,
    budgetMs: 100,
    store: (folder: string) => {
      const store = openSqliteStore({
        path: folder,
        minFreeOctets: 0,
        history: { text: "none", keepMs: 0, sizeOctets: 1_000_000 },
        now: () => Date.now(),
      });
      return new Proxy(store, {
        get(of, name) {
          if (name === "accept" && refusals-- > 0) {
            return () => Promise.reject(new RelayError("store-full", "the disk says no"));
          }
          const value = Reflect.get(of, name);
          return typeof value === "function" ? value.bind(of) : value;
        },
      });
    },
  };
  await using on = await stage(target, options);
  assert.match(await on.send(["a@x"], { text }), /^452 /);
  options.budgetMs = HANG_MS;
  gate.resolve(away);
  const replies = await Promise.all([
    on.send(["a@x"], { text }),
    on.send(["a@x"], { text }),
  ]);
  for (const reply of replies) assert.match(reply, /^250 /);
  assert.equal(new Set(replies).size, 2);
  const ids = replies.map((reply) => reply.split(" ").at(-1));
  assert.deepEqual(on.queued().map(({ queueId }) => queueId).toSorted(), ids.toSorted());
  const entries = await Array.fromAsync(Deno.readDir(`${on.folder}/messages`));
  const files = entries.map(({ name }) => name);
  assert.deepEqual(files.toSorted(), ids.map((id) => `${id}.eml`).toSorted());
});
