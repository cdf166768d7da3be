/** What a bounce says of several mail servers, and of what none of them said. @module */

import assert from "node:assert/strict";
import { startFaultServer } from "./support/fault_smtp_server.ts";
import { startOwnRelay } from "./support/own_relay.ts";
import { connectRaw } from "./support/raw_client.ts";
import { until } from "./support/wait.ts";

/** A mail to three, one with a name that is not ASCII; one character an octet. */
const DIALOG = "EHLO ci.example\r\nMAIL FROM:<go@example.com> SMTPUTF8\r\n" +
  "RCPT TO:<j\xc3\xbcrgen@x.example>\r\nRCPT TO:<b@x.example>\r\nRCPT TO:<c@x.example>\r\n" +
  "DATA\r\n";

Deno.test("a bounce names the server that spoke, and does not pass its own refusals for the server's", async () => {
  await using absent = startFaultServer({ react: (at) => at === "CONNECT" ? "DROP" : undefined });
  await using present = startFaultServer({
    hostname: "localhost",
    extensions: ["8BITMIME"],
    react: (at, line) =>
      at === "RCPT" && line.includes("b@x.example") ? "550 5.1.1 Nobody here" : undefined,
  });
  await using relay = await startOwnRelay(`
hostname: relay.example
local-smtp: 127.0.0.1:0
remote-smtp: ["127.0.0.1:${absent.port}", "localhost:${present.port}"]
managers: []
`);
  using client = await connectRaw(relay.port);
  await client.write(DIALOG);
  await client.write("Subject: hello\r\n\r\nbody\r\n.\r\nQUIT\r\n");
  await until(() => present.mails.length === 2, { what: "the bounce" });
  const text = present.mails[1]?.message.replaceAll(/\r\n (?! )/g, " ") ?? "";
  const report = text.slice(text.indexOf("Content-Type: message/delivery-status"));
  assert.match(
    report,
    /\r\nFinal-Recipient: utf-8; .*\r\nAction: failed\r\nStatus: 5\.6\.7\r\nRemote-MTA: dns; localhost\r\nDiagnostic-Code: x-mail2alert; localhost:\d+: not sent: Address is not ASCII/,
  );
  assert.match(
    report,
    /\r\nFinal-Recipient: rfc822; b@x\.example\r\nAction: failed\r\nStatus: 5\.1\.1\r\nRemote-MTA: dns; localhost\r\nDiagnostic-Code: smtp; 550 5\.1\.1 Nobody here\r\n/,
  );
});
