/** Holds lib/mail/delivery_status.ts to its invariants. @module */

import assert from "node:assert/strict";
import { composeNotice, type NoticeFacts, type NoticeRecipient } from "../../lib/mail/bounce.ts";
import { deliveryStatus, statusOf } from "../../lib/mail/delivery_status.ts";
import { mailOf } from "../support/mails.ts";
import { noticeFacts, NOW, readNotice, recipientOf } from "../support/notices.ts";

/** The report's group of the one recipient. */
async function groupOf(recipient: Partial<NoticeRecipient>, facts: Partial<NoticeFacts> = {}) {
  const notice = composeNotice(noticeFacts({ recipients: [recipientOf(recipient)], ...facts }));
  const { groups } = await readNotice(notice);
  return Object.fromEntries(groups[1] ?? []);
}

Deno.test("deliveryStatus() writes what RFC 3464 asks for, folded at 78 columns", () => {
  const lines = ["User unknown in virtual mailbox table, says the", "server in two lines"] as const;
  const reply = { code: 550, status: "5.1.1", lines } as const;
  const recipients = [recipientOf({ reply, remoteMta: "mx.example.net" })];
  assert.equal(
    deliveryStatus(noticeFacts({ recipients })),
    [
      "Reporting-MTA: dns; relay.example.org",
      "Arrival-Date: Sun, 22 Nov 2026 18:30:00 +0000",
      "X-Mail2alert-Queue-Id: 01JD0000000000000000000000",
      "X-Mail2alert-Sender: rfc822; go@example.com",
      "",
      "Final-Recipient: rfc822; bob@example.org",
      "Action: failed",
      "Status: 5.1.1",
      "Remote-MTA: dns; mx.example.net",
      "Diagnostic-Code: smtp; 550 5.1.1 User unknown in virtual mailbox table, says",
      " the server in two lines",
      "Last-Attempt-Date: Fri, 27 Nov 2026 18:30:00 +0000",
      "",
    ].join("\r\n"),
  );
});

Deno.test("deliveryStatus() says of a delay until when it is tried", async () => {
  const reply = { code: 451, status: "4.7.1", lines: ["Greylisted"] } as const;
  const facts = { about: "delayed", giveUpAt: NOW + 3_600_000 } as const;
  assert.deepEqual(await groupOf({ reply }, facts), {
    "Final-Recipient": "rfc822; bob@example.org",
    "Action": "delayed",
    "Status": "4.7.1",
    "Diagnostic-Code": "smtp; 451 4.7.1 Greylisted",
    "Will-Retry-Until": "Fri, 27 Nov 2026 19:30:00 +0000",
  });
});

/** The mail of RFC 3461 §10.1: Alice's, with what she asks for each of her friends. */
const ALICE = mailOf("Subject: lunch\r\n\r\n", {
  reversePath: "Alice@Pure-Heart.ORG",
  forwardPaths: ["Bob@Big-Bucks.COM", "Carol@Ivory.EDU", "Dana@Ivory.EDU"],
  dsn: {
    ret: "HDRS",
    envid: "QQ314159",
    recipients: {
      "Bob@Big-Bucks.COM": { notify: ["SUCCESS"], orcpt: "rfc822;Bob@Big-Bucks.COM" },
      "Carol@Ivory.EDU": { notify: ["FAILURE"], orcpt: "rfc822;Carol@Ivory.EDU" },
      "Dana@Ivory.EDU": { notify: ["SUCCESS", "FAILURE"], orcpt: "rfc822;Dana@Ivory.EDU" },
    },
  },
});

Deno.test("deliveryStatus() reports as in the examples of RFC 3461: relayed", () => {
  const reply = { code: 250, status: "2.1.5", lines: ["Dana@Ivory.EDU... ok"] } as const;
  const one = { recipient: "Dana@Ivory.EDU", reply, remoteMta: "Bombs.AF.MIL" };
  const recipients = [recipientOf(one)];
  assert.equal(
    deliveryStatus(noticeFacts({ about: "relayed", mail: ALICE, recipients, giveUpAt: NOW })),
    [
      "Original-Envelope-Id: QQ314159",
      "Reporting-MTA: dns; relay.example.org",
      "Arrival-Date: Sun, 22 Nov 2026 18:30:00 +0000",
      "X-Mail2alert-Queue-Id: 01JD0000000000000000000000",
      "X-Mail2alert-Sender: rfc822; Alice@Pure-Heart.ORG",
      "",
      "Original-Recipient: rfc822;Dana@Ivory.EDU",
      "Final-Recipient: rfc822; Dana@Ivory.EDU",
      "Action: relayed",
      "Status: 2.1.5",
      "Remote-MTA: dns; Bombs.AF.MIL",
      "Diagnostic-Code: smtp; 250 2.1.5 Dana@Ivory.EDU... ok",
      "Last-Attempt-Date: Fri, 27 Nov 2026 18:30:00 +0000",
      "",
    ].join("\r\n"),
  );
});

Deno.test("deliveryStatus() reports as in the examples of RFC 3461: failed", async () => {
  const { groups } = await readNotice(composeNotice(noticeFacts({
    mail: ALICE,
    recipients: [recipientOf({ recipient: "Carol@Ivory.EDU" }), recipientOf()],
  })));
  assert.equal(groups[0]?.get("Original-Envelope-Id"), "QQ314159");
  assert.equal(groups[1]?.get("Original-Recipient"), "rfc822;Carol@Ivory.EDU");
  assert.equal(groups[1]?.get("Action"), "failed");
  assert.equal(groups[2]?.get("Original-Recipient"), undefined, "none is made up");
});

Deno.test("deliveryStatus() writes original recipients in ASCII (RFC 6533)", async () => {
  const recipients = { "bob@example.org": { orcpt: "utf-8;jürgen@exämple.org\r\nX: y" } };
  const mail = mailOf("\r\n", { forwardPaths: ["bob@example.org"], dsn: { recipients } });
  const group = await groupOf({}, { mail });
  assert.equal(group["Original-Recipient"], "utf-8;j\\x{FC}rgen@ex\\x{E4}mple.org X: y");
});

Deno.test("deliveryStatus() promises no retry of what has failed", async () => {
  const group = await groupOf({}, { giveUpAt: NOW + 1_000 });
  assert.equal(group["Will-Retry-Until"], undefined);
});

Deno.test("deliveryStatus() claims no last attempt for what has grown too old", async () => {
  const group = await groupOf({ expired: true, reason: "connection refused" });
  assert.equal(group["Last-Attempt-Date"], undefined);
  assert.equal(group["Status"], "5.4.7");
});

Deno.test("deliveryStatus() tells a failure without a reply in a type of our own", async () => {
  const { reply: _none, ...recipient } = recipientOf({ reason: "webhook: HTTP 410" });
  const { groups } = await readNotice(composeNotice(noticeFacts({ recipients: [recipient] })));
  assert.equal(groups[1]?.get("Diagnostic-Code"), "x-mail2alert; webhook: HTTP 410");
});

Deno.test("deliveryStatus() calls no refusal of ours a diagnostic of SMTP", async () => {
  const reply = { code: 554, status: "5.6.3", lines: ["Message holds binary data"] } as const;
  const reason = "mx.example.net:25: not sent: Message holds binary data (5.6.3)";
  const group = await groupOf({ reply, ownReply: true, reason, remoteMta: "mx.example.net" });
  assert.equal(group["Diagnostic-Code"], `x-mail2alert; ${reason}`);
  assert.equal(group["Status"], "5.6.3");
  assert.equal(group["Remote-MTA"], "dns; mx.example.net");
});

const hosts = [
  { remoteMta: "mx.example.net", expected: "dns; mx.example.net" },
  { remoteMta: "192.0.2.1", expected: "dns; [192.0.2.1]" },
  { remoteMta: "2001:db8::1", expected: "dns; [IPv6:2001:db8::1]" },
  { remoteMta: "::ffff:192.0.2.1", expected: "dns; [IPv6:::ffff:192.0.2.1]" },
];

for (const { remoteMta, expected } of hosts) {
  Deno.test(`deliveryStatus() names the mail server ${remoteMta} "${expected}"`, async () => {
    assert.equal((await groupOf({ remoteMta }))["Remote-MTA"], expected);
  });
}

const recipients = [
  { recipient: "bob@example.org", expected: "rfc822; bob@example.org" },
  { recipient: "postmaster", expected: "rfc822; postmaster" },
  { recipient: '"a b"@example.org', expected: 'rfc822; "a b"@example.org' },
  { recipient: "jürgen+x@exämple.org", expected: "utf-8; j\\x{FC}rgen\\x{2B}x@ex\\x{E4}mple.org" },
  { recipient: "😀@example.org", expected: "utf-8; \\x{1F600}@example.org" },
  { recipient: "ops-chat", expected: "x-mail2alert; ops-chat" },
  { recipient: "a@b\r\nAction: x", expected: "x-mail2alert; a@b Action: x" },
];

for (const { recipient, expected } of recipients) {
  Deno.test(`deliveryStatus() names the recipient ${JSON.stringify(recipient)}`, async () => {
    assert.equal((await groupOf({ recipient }))["Final-Recipient"], expected);
  });
}

const diagnostics = [
  { name: "line ends", text: "a\r\nAction: delivered\r\n\r\nb", expected: "a Action: delivered b" },
  { name: "escapes and NUL", text: "\x1b[31mred\0", expected: "?[31mred?" },
  { name: "Unicode", text: "Größe €", expected: "Gr\\x{F6}\\x{DF}e \\x{20AC}" },
  { name: "overrides of direction", text: "a\u202eb", expected: "a?b" },
];

for (const { name, text, expected } of diagnostics) {
  Deno.test(`deliveryStatus() quotes ${name} of a server safely`, async () => {
    const group = await groupOf({ reply: { code: 550, lines: [text] } });
    assert.equal(group["Diagnostic-Code"], `smtp; 550 ${expected}`);
  });
}

Deno.test("deliveryStatus() cuts a reply of a megabyte", async () => {
  const reply = { code: 550, lines: Array(1_000).fill("x".repeat(1_000)) } as never;
  const { "Diagnostic-Code": said = "" } = await groupOf({ reply });
  assert.equal(said.length, 900);
  assert.match(said, /^smtp; 550 x+ \.\.\.$/);
});

const statuses = [
  { about: "failed", reply: { code: 550, status: "5.7.1" }, expected: "5.7.1" },
  { about: "failed", reply: { code: 550 }, expected: "5.0.0" },
  { about: "failed", reply: { code: 450, status: "4.2.2" }, expected: "5.0.0" },
  { about: "failed", reply: { code: 450, status: "4.2.2" }, expired: true, expected: "5.4.7" },
  { about: "failed", expected: "5.0.0" },
  { about: "delayed", reply: { code: 450, status: "4.2.2" }, expected: "4.2.2" },
  { about: "delayed", reply: { code: 450 }, expected: "4.4.7" },
  { about: "delayed", reply: { code: 550, status: "5.1.1" }, expected: "4.4.7" },
  { about: "delayed", expected: "4.4.7" },
  { about: "delayed", expired: true, expected: "4.4.7" },
  { about: "failed", reply: { code: 550, status: "5.1.99999" }, expected: "5.0.0" },
  { about: "relayed", reply: { code: 250, status: "2.1.5" }, expected: "2.1.5" },
  { about: "relayed", reply: { code: 250 }, expected: "2.0.0" },
  { about: "relayed", reply: { code: 250, status: "4.0.0" }, expected: "2.0.0" },
  { about: "delivered", expected: "2.0.0" },
] as const;

for (const { about, expected, ...rest } of statuses) {
  Deno.test(`statusOf() says ${expected} for ${about} ${JSON.stringify(rest)}`, () => {
    const { reply: _usual, ...plain } = recipientOf();
    assert.equal(statusOf({ ...plain, ...rest } as NoticeRecipient, about), expected);
  });
}
