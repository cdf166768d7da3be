/** What is slow keeps nothing else waiting. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { stage } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

Deno.test("mails for a destination that hangs do not keep others from being routed", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const gate = Promise.withResolvers<Outcome>();
    const hanging = scripted(() => gate.promise);
    const chat = scripted(() => ok);
    const options = { ack: "queued", folder, others: { chat: chat.target } } as const;
    {
      await using before = await stage(hanging.target, { ...options, working: false });
      for (let count = 0; count < 60; count++) await before.send([`${count}@slow`]);
      await before.send(["room@chat"]);
    }
    await using _ = await stage(hanging.target, {
      ...options,
      route: ({ envelope: { forwardPaths: recipients } }) => {
        const destination = recipients[0]?.endsWith("@chat") ? "chat" : "smarthost";
        return Promise.resolve({
          deliveries: [{ destination, recipients }],
          why: {},
          reason: "by its domain",
        });
      },
    });
    await until(() => chat.got.length === 1, { what: "the mail behind sixty others" });
    assert.equal(hanging.got.length, 0);
    gate.resolve(ok);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
