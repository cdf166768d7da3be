/** Mail of GoCD that waits while the rules change and the program restarts: its event stays. @module */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { parseHere } from "../support/configuration.ts";
import { startOwnRelay } from "../support/own_relay.ts";
import { freePort } from "../support/ports.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { sendRaw } from "../support/raw_client.ts";
import { HANG_MS, until } from "../support/wait.ts";

function configurationOf(url: string, smarthost: number, to: string): Configuration {
  return parseHere(`
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthost}
managers:
- name: gocd
  url: ${url}
  messages-we-want: {to: gocd@example.com}
  rules:
  - {actions: ["mailto:${to}"], filter: {events: [BREAKS], function: pipelines.any}}
`);
}

Deno.test("a stage that broke is sent as broken after a restart with other rules", async () => {
  const store = await Deno.makeTempDir({ prefix: "past-event-" });
  await using sink = startRecordingSink();
  const stage = { pipeline: "shop", stage: "build" };
  const server = startGocdServer({
    version: "26.1",
    groups: { g: ["shop"] },
    stages: [{ ...stage, result: "Passed", counter: 7 }],
  });
  try {
    {
      const nowhere = configurationOf(server.url, freePort(), "cat@example.com");
      const lookups = { waitMs: HANG_MS, requestMs: HANG_MS };
      await using relay = await startOwnRelay(nowhere, { store, lookups });
      await until(() => server.requests.some(({ path }) => path === "/cctray.xml"), {
        what: "the history",
      });
      const mail = {
        from: "go@example.com",
        to: ["gocd@example.com"],
        message: "Subject: Stage [shop/8/build/1] failed\r\n\r\nx\r\n",
      };
      assert.match(await sendRaw(relay.port, mail), /^250 .*queued/);
    }
    // By now the server itself says that it has failed before: the mail alone would be FAILS.
    server.setStages([{ ...stage, result: "Failed", counter: 8 }]);
    const changed = configurationOf(server.url, sink.port, "dog@example.com");
    await using _relay = await startOwnRelay(changed, { store });
    await until(() => sink.mails.length > 0, { what: "the mail" });
    assert.deepEqual(sink.mails[0]?.recipients, ["RCPT TO:<dog@example.com>"]);
  } finally {
    await server.close();
    await Deno.remove(store, { recursive: true });
  }
});
