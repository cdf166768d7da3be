/** A control socket that cannot be opened at the start. @module */

import assert from "node:assert/strict";
import { startRelay } from "../../lib/app.ts";
import { askControl } from "../../lib/control/client.ts";
import { controlSocket } from "../../lib/store/layout.ts";
import { passThrough } from "../support/configuration.ts";
import { onStore } from "../support/own_relay.ts";
import { HANG_MS, until } from "../support/wait.ts";

Deno.test("a relay that cannot open its control socket tries again until it can", async () => {
  const store = await Deno.makeTempDir({ prefix: "mail2alert-socket-" });
  const socket = controlSocket(store);
  await Deno.mkdir(`${socket}/in-the-way`, { recursive: true });
  const relay = await startRelay(onStore(passThrough(9), store));
  const status = () => askControl(socket, { command: "status" }, { timeoutMs: HANG_MS });
  try {
    await assert.rejects(status, { code: "control-failed" });
    await Deno.remove(socket, { recursive: true });
    const answer = await until(() => status().catch(() => null), {
      what: "an answer",
      everyMs: 200,
    });
    assert.equal(answer.pid, Deno.pid);
  } finally {
    await relay.close();
    await Deno.remove(store, { recursive: true });
  }
});
