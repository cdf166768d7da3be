/** A store that can be written to, but not locked. @module */

import assert from "node:assert/strict";
import { startRelay } from "../../lib/app.ts";
import { passThrough } from "../support/configuration.ts";
import { onStore } from "../support/own_relay.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { until } from "../support/wait.ts";

Deno.test("a relay that cannot lock its store takes no mail, until it can", async () => {
  await using sink = startRecordingSink();
  const store = await Deno.makeTempDir({ prefix: "mail2alert-unlocked-" });
  await Deno.mkdir(`${store}/lock`);
  const relay = await startRelay(onStore(passThrough(sink.port, "ack: queued"), store));
  try {
    const port = relay.addresses[0]?.port ?? 0;
    assert.match(await sendRaw(port), /^451 4\.3\.0 /);
    await Deno.remove(`${store}/lock`);
    await until(async () => /^250 /.test(await sendRaw(port)), {
      what: "the store to be locked",
      everyMs: 200,
    });
    await until(() => sink.mails.length === 1, { what: "the delivery" });
  } finally {
    await relay.close();
    await Deno.remove(store, { recursive: true });
  }
});
