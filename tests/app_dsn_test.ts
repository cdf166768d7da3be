/** Notifications that a notifier asks for, over real sockets on both sides. @module */

import assert from "node:assert/strict";
import { passThrough } from "./support/configuration.ts";
import { latin1 } from "./support/octets.ts";
import { startOwnRelay } from "./support/own_relay.ts";
import { connectRaw } from "./support/raw_client.ts";
import { startRecordingSink } from "./support/recording_sink.ts";
import { until } from "./support/wait.ts";

Deno.test("a notifier that asks for NOTIFY=SUCCESS hears that its mail was handed on", async () => {
  await using sink = startRecordingSink();
  await using relay = await startOwnRelay(passThrough(sink.port));
  using client = await connectRaw(relay.port);
  await client.write(
    "EHLO ci.example\r\nMAIL FROM:<go@example.com> RET=HDRS ENVID=QQ+2B1\r\n" +
      "RCPT TO:<a@x.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;A+2BB@x.example\r\n" +
      "RCPT TO:<b@x.example>\r\nDATA\r\n",
  );
  await client.write("Subject: hello\r\n\r\nbody\r\n.\r\nQUIT\r\n");
  await until(() => sink.mails.length === 2, { what: "the report" });
  const [mail, report] = sink.mails;
  assert.deepEqual(mail?.recipients, ["RCPT TO:<a@x.example>", "RCPT TO:<b@x.example>"]);
  assert.match(report?.mail ?? "", /^MAIL FROM:<>/);
  assert.deepEqual(report?.recipients, ["RCPT TO:<go@example.com>"]);
  const text = latin1(report?.message ?? new Uint8Array());
  assert.match(text, /\r\nOriginal-Envelope-Id: QQ\+1\r\n/);
  assert.match(text, /\r\nOriginal-Recipient: rfc822;A\+B@x\.example\r\n/);
  assert.match(text, /\r\nFinal-Recipient: rfc822; a@x\.example\r\nAction: relayed\r\nStatus: 2\./);
  assert.doesNotMatch(text, /b@x\.example/);
});
