/** Which mail server a notice names. @module */

import assert from "node:assert/strict";
import { noticesFor } from "../../lib/queue/notices.ts";
import { mailOf, restOf } from "../support/mails.ts";

const failure = {
  recipient: "a@x",
  reason: "550 No such user",
  reply: { code: 550, status: "5.1.1", lines: ["No such user"] },
  expired: false,
} as const;

for (const remoteMta of ["mx1.example.net", undefined]) {
  Deno.test(`noticesFor() names the server that spoke, else ${remoteMta ?? "none"}`, async () => {
    const failures = [{ ...failure, server: "mx2.example.net" }, { ...failure, recipient: "c@x" }];
    const { mails } = noticesFor(
      { mail: mailOf("Subject: Build failed\r\n\r\n"), destination: "smarthost" },
      { failures, late: [], delivered: [] },
      {
        hostname: "relay.test",
        onFailure: [],
        newQueueId: () => "id",
        queueNow: 1,
        wallNow: 2,
        ...remoteMta !== undefined && { remoteMta },
      },
    );
    const text = await restOf(mails[0]?.mail.message ?? assert.fail("no notice"));
    assert.deepEqual(
      [...text.matchAll(/^Remote-MTA: dns; (.*)\r$/gm)].map(([, name]) => name),
      ["mx2.example.net", ...remoteMta === undefined ? [] : [remoteMta]],
    );
  });
}
