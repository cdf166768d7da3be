/** Holds lib/mail/bounce.ts to its invariants. @module */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { composeNotice, mayBounce } from "../../lib/mail/bounce.ts";
import { fieldValue } from "../../lib/mail/header.ts";
import { mailOf, restOf } from "../support/mails.ts";
import { hostileFacts, noticeFacts, readNotice, recipientOf, textOf } from "../support/notices.ts";

const REPORT = "multipart/report; report-type=delivery-status; boundary=x";

const bounceable = [
  { name: "a plain mail", expected: true },
  { name: "a mail of the null reverse-path", reversePath: "", expected: false },
  { name: "a mail of mailer-daemon", reversePath: "mailer-daemon@x.org", expected: false },
  { name: "a mail of MAILER-DAEMON", reversePath: "MAILER-DAEMON@x.org", expected: false },
  { name: "a mail of mailer-daemons", reversePath: "mailer-daemons@x.org", expected: true },
  { name: "a delivery report", type: REPORT, expected: false },
  {
    name: "a delivery report in other words",
    type: 'Multipart/Report;\r\n\tboundary="a;b";\r\n Report-Type = "Delivery-Status"',
    expected: false,
  },
  {
    name: "a read receipt",
    type: "multipart/report; report-type=disposition-notification",
    expected: true,
  },
  {
    name: "a report of a longer name",
    type: `${REPORT.replace("; boundary", "es; boundary")}`,
    expected: true,
  },
  { name: "a report without a type", type: "multipart/report; boundary=x", expected: true },
  {
    name: "a multipart that only has the parameter",
    type: "multipart/mixed; report-type=delivery-status",
    expected: true,
  },
  { name: "what a machine sent by itself", auto: "auto-generated", expected: true },
];

for (
  const { name, reversePath = "cron@x.org", type = "text/plain", auto, expected } of bounceable
) {
  Deno.test(`mayBounce() says ${expected} of ${name}`, () => {
    const more = auto === undefined ? "" : `Auto-Submitted: ${auto}\r\n`;
    assert.equal(
      mayBounce(mailOf(`${more}Content-Type: ${type}\r\n\r\n`, { reversePath })),
      expected,
    );
  });
}

Deno.test("mayBounce() says false of every notice that composeNotice() makes", () => {
  const mail = mailOf("", { reversePath: "somebody@x.org" });
  assert.equal(mayBounce({ ...mail, message: composeNotice(noticeFacts()) }), false);
});

Deno.test("composeNotice() writes the header that RFC 3464 and RFC 3834 ask for", async () => {
  const { fields, subject } = await readNotice(composeNotice(noticeFacts()));
  assert.equal(fields.get("from"), "Mail Delivery System <mailer-daemon@relay.example.org>");
  assert.equal(fields.get("to"), "go@example.com");
  assert.equal(subject, "Not delivered: Build failed");
  assert.equal(fields.get("date"), "Fri, 27 Nov 2026 18:30:00 +0000");
  assert.equal(fields.get("message-id"), "<01JD0000000000000000N0T1CE@relay.example.org>");
  assert.equal(fields.get("in-reply-to"), "<1@ci.example.com>");
  assert.equal(fields.get("references"), "<1@ci.example.com>");
  assert.equal(fields.get("auto-submitted"), "auto-replied");
  assert.equal(fields.get("mime-version"), "1.0");
  assert.match(
    fields.get("content-type") ?? "",
    /^multipart\/report; report-type=delivery-status; *boundary="=_01JD0000000000000000N0T1CE"$/,
  );
});

const subjects = [
  {
    name: "a delay",
    about: "delayed",
    fields: "Subject: x\r\n",
    expected: "Delayed, still being tried: x",
  },
  { name: "no Subject", about: "failed", fields: "", expected: "Not delivered" },
  {
    name: "a Subject in Unicode",
    about: "failed",
    fields: `Subject: ${"\xc3\xbc".repeat(90)}\r\n`,
    expected: `Not delivered: ${"ü".repeat(90)}`,
  },
  {
    name: "a Subject that never decodes",
    about: "failed",
    fields: "Subject: =?utf-8?Q?x\r\n",
    expected: "Not delivered: =?utf-8?Q?x",
  },
  {
    name: "an endless Subject",
    about: "failed",
    fields: `Subject: ${"y".repeat(5_000)}\r\n`,
    expected: `Not delivered: ${"y".repeat(146)} ...`,
  },
] as const;

for (const { name, about, fields, expected } of subjects) {
  Deno.test(`composeNotice() has a Subject for ${name}`, async () => {
    const { subject } = await readNotice(
      composeNotice(noticeFacts({ about, mail: mailOf(`${fields}\r\n`) })),
    );
    assert.equal(subject, expected);
  });
}

Deno.test("composeNotice() answers no Message-ID that would break the field", () => {
  const mail = mailOf("Message-ID: <a b@x>\r\n\r\n");
  const { fields } = composeNotice(noticeFacts({ mail }));
  assert.equal(fieldValue(fields, "in-reply-to"), undefined);
});

Deno.test("composeNotice() goes to everybody who is to be told", () => {
  const { fields } = composeNotice(noticeFacts({ to: ["a@x.org", "ü@x.org"] }));
  assert.equal(fieldValue(fields, "to"), "a@x.org, \xc3\xbc@x.org");
});

Deno.test("composeNotice() gives the mail's header back octet by octet", async () => {
  for (const header of ["A: 1\r\n\tfolded\r\nB:2\r\n", "A: \xff=\x01 \r\nB: 2 \r\n \r\n", ""]) {
    const mail = mailOf("\r\n");
    const fields = Uint8Array.from(header, (character) => character.charCodeAt(0));
    const notice = composeNotice(
      noticeFacts({ mail: { ...mail, message: { ...mail.message, fields } } }),
    );
    const read = await readNotice(notice);
    // postal-mime ends every part in a line end of its own.
    assert.equal(read.header.replace(/\r?\n$/, "").replaceAll(/\r?\n/g, "\r\n"), header);
  }
});

Deno.test("composeNotice() cuts a long header at a line end", async () => {
  const line = `X: ${"y".repeat(95)}\r\n`;
  const notice = composeNotice(noticeFacts({ mail: mailOf(`${line.repeat(2_000)}\r\n`) }));
  const { header } = await readNotice(notice);
  assert.equal(header.trim().split("\n").length, Math.floor(65_536 / line.length));
  const text = textOf(notice);
  assert.match(text, /\r\nContent-Description: How the header of the mail begins\r\n/);
  assert.ok(text.endsWith(`y\r\n\r\n--=_01JD0000000000000000N0T1CE--\r\n`));
});

Deno.test("composeNotice() leaves a clean header as it is, and text in Unicode readable", async () => {
  const clean = "X: 1\r\n\tfolded=\r\n";
  const notice = composeNotice(noticeFacts({ mail: mailOf(`${clean}\r\n`) }));
  assert.ok(textOf(notice).includes(`\r\n\r\n${clean}\r\n--`));
  const mail = mailOf("Subject: Gr\xc3\xbcn\r\n\r\n");
  const { text } = await readNotice(composeNotice(noticeFacts({ mail })));
  assert.match(text, /Subject: {4}Grün/);
});

Deno.test("composeNotice() cuts a header without line ends", () => {
  const fields = new Uint8Array(200_000).fill(0x41);
  const mail = mailOf("\r\n");
  const notice = composeNotice(
    noticeFacts({ mail: { ...mail, message: { ...mail.message, fields } } }),
  );
  assert.ok(notice.octets > 65_536 && notice.octets < 75_000);
});

Deno.test("composeNotice() takes another boundary when the mail knows this one", async () => {
  const mail = mailOf("X: --=_01JD0000000000000000N0T1CE\r\n\r\n");
  const { fields } = await readNotice(composeNotice(noticeFacts({ mail })));
  assert.match(fields.get("content-type") ?? "", /boundary="=_01JD0000000000000000N0T1CE_1"$/);
});

Deno.test("composeNotice() says of its octets what is true", async () => {
  const notice = composeNotice(noticeFacts());
  const text = textOf(notice);
  assert.equal(notice.octets, text.length);
  assert.equal(notice.digest, createHash("sha256").update(text, "latin1").digest("hex"));
  const fields = text.slice(0, notice.fields.length);
  assert.ok(fields.endsWith("\r\n") && !fields.includes("\r\n\r\n"));
  assert.equal(await restOf(notice), text.slice(notice.fields.length));
  assert.ok(text.slice(notice.fields.length).startsWith("\r\n--"));
});

Deno.test("composeNotice() has a bound, whatever a server says to a thousand recipients", () => {
  const reply = { code: 550, lines: Array(2_000).fill("\x1b".repeat(480)) } as never;
  const recipients = Array.from({ length: 1_000 }, () => recipientOf({ reply }));
  assert.ok(composeNotice(noticeFacts({ recipients })).octets < 1_500_000);
});

Deno.test("composeNotice() makes a sound report of whatever hostile facts", async () => {
  await fc.assert(
    fc.asyncProperty(hostileFacts, async (facts) => {
      const notice = composeNotice(facts);
      const text = textOf(notice);
      const utf8To = facts.to.some((address) => address.includes("ö"));
      const lines = text.split("\r\n");
      for (const line of lines) {
        assert.ok(line.length <= 998, "a line is too long");
        assert.match(line, utf8To && line.startsWith("To: ") ? /^[ -~\x80-\xff]*$/ : /^[\t -~]*$/);
      }
      assert.equal(lines.at(-1), "");
      const { groups, subject, text: people } = await readNotice(notice);
      assert.equal(groups.length, 1 + facts.recipients.length);
      for (const group of groups.slice(1)) assert.equal(group.get("Action"), facts.about);
      assert.ok(people.includes(facts.mail.queueId));
      assert.doesNotMatch(`${subject}${people.replaceAll(/\r?\n/g, "")}`, /\p{Cc}|\u202e/u);
      assert.equal(fieldValue(notice.fields, "bcc"), undefined);
    }),
    { numRuns: 200 },
  );
});
