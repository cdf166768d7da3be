/** Questions and answers of the database's thread stay in step. @module */

import assert from "node:assert/strict";
import { WorkerLink } from "../../lib/store/worker_link.ts";
import type { Operation } from "../../lib/store/operations.ts";
import { within } from "../support/wait.ts";

function worker(): Worker {
  return new Worker(new URL("../../lib/store/sqlite_worker.ts", import.meta.url), {
    type: "module",
  });
}

Deno.test("WorkerLink.ask() gives the answer to its own question after one that cannot be sent", async () => {
  const store = await Deno.makeTempDir({ prefix: "mail2alert-link-" });
  const link = new WorkerLink(worker);
  try {
    await link.ask({ kind: "open", store });
    const unfit = { kind: "read-state", key: () => "no plain data" } as unknown as Operation;
    await assert.rejects(async () => await link.ask({ kind: "commit", operations: [unfit] }));
    const reply = await within(link.ask({ kind: "open", store }), { what: "its answer" });
    assert.deepEqual(reply, { kind: "state", problem: null });
  } finally {
    link.close();
    await Deno.remove(store, { recursive: true });
  }
});
