/**
 * Postfix as the mail server that we use: what it can and cannot do of the extensions that a
 * notifier may ask for.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bodyOf } from "../support/octets.ts";
import { connectRaw } from "../support/raw_client.ts";
import { type SecurePostfix, startSecurePostfix } from "../support/secure_postfix.ts";
import { type SendingRelay, startSendingRelay } from "../support/sending_relay.ts";
import { until } from "../support/wait.ts";

const BODY = ".\r\n..x\r\nGr\xfc\xdfe\r\n";

/** How the relay reaches it. */
function server({ port, caFile }: SecurePostfix): string {
  return `server: "127.0.0.1:${port}", tls: required, tls-ca-file: ${caFile}`;
}

Deno.test("Postfix reports the success that the notifier has asked for, and we do not", async () => {
  await using postfix = await startSecurePostfix({});
  await using relay = await startSendingRelay([server(postfix)]);
  using client = await connectRaw(relay.port);
  const commands = [
    "EHLO notifier.test",
    "MAIL FROM:<ops@example.com> RET=HDRS ENVID=order66",
    "RCPT TO:<b@example.org> NOTIFY=SUCCESS,FAILURE",
    "DATA",
  ];
  for (const command of commands) assert.match(await client.say(command) ?? "", /^[23]/);
  await client.write("Subject: watched\r\n\r\nbody\r\n.\r\n");
  assert.match(await client.reply() ?? "", /^250 2\.0\.0 Accepted as /);
  const reports = () => postfix.mails().filter((mail) => mail.includes("multipart/report"));
  const report = await until(() => reports()[0], { what: "the report" });
  assert.match(report, /\nReporting-MTA: dns; postfix\.test\n/);
  assert.match(report, /\nOriginal-Envelope-Id: order66\n/);
  assert.match(
    report,
    /\nOriginal-Recipient: rfc822;b@example\.org\nAction: (delivered|relayed)\n/,
  );
  assert.equal(reports().length, 1);
  assert.equal(postfix.mails().length, 2);
});

/** Sends a mail with BODY=BINARYMIME in one chunk; gives the reply to it. */
async function sendBinary(relay: SendingRelay, message: string): Promise<string | null> {
  using client = await connectRaw(relay.port);
  const commands = [
    "EHLO notifier.test",
    "MAIL FROM:<a@example.net> BODY=BINARYMIME",
    "RCPT TO:<b@example.org>",
  ];
  for (const command of commands) assert.match(await client.say(command) ?? "", /^2/);
  await client.write(`BDAT ${message.length} LAST\r\n${message}`);
  return await client.reply();
}

Deno.test("Postfix, which knows chunks but no binary mail, gets what only was called so", async () => {
  await using postfix = await startSecurePostfix({});
  await using relay = await startSendingRelay([server(postfix)]);
  const reply = await sendBinary(relay, `Subject: binary\r\n\r\n${BODY}`);
  assert.match(reply ?? "", /^250 2\.0\.0 Accepted as /);
  const mail = await until(() => postfix.mails()[0], { what: "the mail" });
  assert.equal(bodyOf(mail.replaceAll("\n", "\r\n")), BODY);
});

Deno.test("Postfix, which knows chunks but no binary mail, is spared a binary one", async () => {
  await using postfix = await startSecurePostfix({});
  {
    await using relay = await startSendingRelay([server(postfix)]);
    const reply = await sendBinary(relay, "Subject: binary\r\n\r\na\0b\nc\r");
    assert.match(reply ?? "", /^554 5\.6\.3 /);
    assert.deepEqual(relay.reasons(), []);
  }
  const ended = /disconnect from \S+ ehlo=/;
  await until(() => ended.test(postfix.log()), { what: "the session's end in Postfix' log" });
  assert.deepEqual(postfix.mails(), []);
  assert.doesNotMatch(postfix.log(), /client=/);
});
