/** What people read in a notice. @module */

import assert from "node:assert/strict";
import { noticeText } from "../../lib/mail/notice_text.ts";
import { mailOf } from "../support/mails.ts";
import { noticeFacts, NOW, recipientOf } from "../support/notices.ts";

Deno.test("noticeText() tells of a failure", () => {
  assert.equal(
    noticeText(noticeFacts()).replaceAll("\r\n", "\n"),
    `This is the mail relay on relay.example.org.

A mail from go@example.com could not be delivered to this recipient, and
is not tried any more. Other recipients, if there were any, are not
concerned.

  bob@example.org (by way of smarthost)
    The mail server said: 550 5.1.1 No such user here

What to do: if an address is wrong, correct it where the mail was
written, and send the mail again. Otherwise show this notice to whoever
looks after the relay: its log knows the mail by the queue id below.

The mail:

  Subject:    Build failed
  Came:       Sun, 22 Nov 2026 18:30:00 +0000 from ci.example.com [127.0.0.1]
  Size:       63 octets
  Message-ID: <1@ci.example.com>
  Queue id:   01JD0000000000000000000000

The second part of this notice is for programs; the third is the mail's
header.
`,
  );
});

Deno.test("noticeText() tells of a delay, and until when the mail is tried", () => {
  const recipients = [recipientOf(), recipientOf({ recipient: "eve@example.org" })];
  const text = noticeText(
    noticeFacts({ about: "delayed", recipients, giveUpAt: NOW + 60_000 }),
  ).replaceAll("\r\n", " ");
  assert.match(text, /is late: it has not reached these recipients yet\./);
  assert.match(text, /tried again until Fri, 27 Nov 2026 18:31:00 \+0000\./);
  assert.match(text, /need not send the mail again\./);
});

Deno.test("noticeText() calls a mail late without a date where none is known", () => {
  assert.match(noticeText(noticeFacts({ about: "delayed" })), /kept safe and tried\s+again\. /);
});

Deno.test("noticeText() tells of what was handed on, and that nothing need be done", () => {
  const text = noticeText(noticeFacts({ about: "relayed" })).replaceAll(/\s+/g, " ");
  assert.match(
    text,
    /A mail from go@example\.com for this recipient has been handed on to the next/,
  );
  assert.match(text, /it will tell you if it cannot\. bob@example\.org \(by way of smarthost\)/);
  assert.match(text, /asked for when the mail was sent; you need not do anything\./);
});

Deno.test("noticeText() tells of what was delivered, and what became of it", () => {
  const { reply: _none, ...kept } = recipientOf({ reason: "discarded on purpose" });
  const facts = noticeFacts({ about: "delivered", recipients: [kept, kept] });
  const text = noticeText(facts).replaceAll(/\s+/g, " ");
  assert.match(text, /has been delivered to these recipients\. /);
  assert.match(text, /What became of it: discarded on purpose /);
});

Deno.test("noticeText() names no address of a peer on a unix socket", () => {
  const session = { peer: "unix", helo: "nas", protocol: "LMTP" } as const;
  const text = noticeText(noticeFacts({ mail: mailOf("\r\n", { session }) }));
  assert.match(text, / from nas by way of a unix socket\r\n/);
});

const ages = [
  { ms: 0, expected: "1 second" },
  { ms: 8_000, expected: "8 seconds" },
  { ms: 59_499, expected: "59 seconds" },
  { ms: 60_000, expected: "1 minute" },
  { ms: 90 * 60_000, expected: "90 minutes" },
  { ms: 4 * 3_600_000, expected: "4 hours" },
  { ms: 5 * 86_400_000 + 120_000, expected: "5 days" },
];

for (const { ms, expected } of ages) {
  Deno.test(`noticeText() says that a mail was given up when it was ${expected} old`, () => {
    const recipients = [recipientOf({ expired: true })];
    const mail = { ...noticeFacts().mail, receivedAt: NOW - ms };
    const text = noticeText(noticeFacts({ mail, recipients })).replaceAll(/\s+/g, " ");
    const said =
      `Given up by this relay when the mail was ${expected} old. The mail server said last`;
    assert.ok(text.includes(` ${said}: 550 5.1.1 `), text);
  });
}

Deno.test("noticeText() gives the reason where no server said anything", () => {
  const { reply: _none, ...recipient } = recipientOf({ reason: "connection refused" });
  const text = noticeText(
    noticeFacts({ recipients: [{ ...recipient, remoteMta: "mx.example.net" }] }),
  );
  assert.ok(text.includes("  bob@example.org (by way of smarthost, mx.example.net)\r\n"));
  assert.ok(text.includes("    The reason: connection refused\r\n"));
});

Deno.test("noticeText() says once that a mail was given up, and why it was not delivered", () => {
  const reason = "given up after 8 s: no connection within 5 s";
  const { reply: _none, ...recipient } = recipientOf({
    reason,
    lastReason: "no connection within 5 s",
    expired: true,
  });
  const mail = { ...noticeFacts().mail, receivedAt: NOW - 8_000 };
  const text = noticeText(noticeFacts({ mail, recipients: [recipient] })).replaceAll(/\s+/g, " ");
  const said = "when the mail was 8 seconds old. The last reason: no connection within 5 s What to";
  assert.ok(text.includes(` Given up by this relay ${said} do: `), text);
});

Deno.test("noticeText() words its own refusals as its own", () => {
  const lines = ["Address is not ASCII, and the mail server does not offer SMTPUTF8"] as const;
  const reply = { code: 553, status: "5.6.7", lines } as const;
  const text = noticeText(noticeFacts({ recipients: [recipientOf({ reply, ownReply: true })] }))
    .replaceAll(/\s+/g, " ");
  assert.ok(text.includes(` This relay did not send it: ${lines[0]} (5.6.7) What to do: `), text);
  assert.doesNotMatch(text, /mail server said/);
});

Deno.test("noticeText() names fifty recipients and counts the others", () => {
  const recipients = Array.from(
    { length: 53 },
    (_, number) => recipientOf({ recipient: `r${number}@example.org` }),
  );
  const text = noticeText(noticeFacts({ recipients }));
  assert.ok(text.includes("  r49@example.org ") && !text.includes("r50@example.org"));
  assert.ok(text.includes("\r\n  ... and 3 more, named in the second part\r\n"));
});

Deno.test("noticeText() tells what is missing, and whose mail it was", () => {
  const session = { peer: "", helo: "", protocol: "SMTP" } as const;
  const text = noticeText(noticeFacts({ mail: mailOf("\r\n", { reversePath: "", session }) }));
  assert.match(text, /^A mail without a sender could not/m);
  assert.match(text, /^ {2}Subject: {4}\(none\)\r$/m);
  assert.match(text, /^ {2}Message-ID: \(none\)\r$/m);
  assert.match(text, /^ {2}Came: .* from this relay itself\r$/m);
});

Deno.test("noticeText() shows a Subject as a person reads it, and no escape in it", () => {
  const mail = mailOf("Subject: =?utf-8?Q?Gr=C3=BCn=1B[2J?=\r\n\r\n");
  assert.match(noticeText(noticeFacts({ mail })), /^ {2}Subject: {4}Grün \[2J\r$/m);
});
