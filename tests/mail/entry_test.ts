/** What the journal is told of a message. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { journalEntry, messageIdOf, subjectOf } from "../../lib/mail/entry.ts";
import { mailOf, octetsOf } from "../support/mails.ts";

Deno.test("journalEntry() takes what the mail says of itself", () => {
  const mail = mailOf("Subject: =?utf-8?Q?Gr=C3=BCn?=\r\nMessage-ID: <1@x>\r\n\r\nbody");
  assert.deepEqual(journalEntry(mail), {
    queueId: mail.queueId,
    receivedAt: mail.receivedAt,
    envelope: mail.envelope,
    messageId: "<1@x>",
    subject: "Grün",
    octets: mail.message.octets,
  });
});

Deno.test("journalEntry() leaves out what the mail does not say", () => {
  const entry = journalEntry(mailOf("To: x\r\n\r\n"));
  assert.ok(!("subject" in entry) && !("messageId" in entry));
});

Deno.test("subjectOf() ends at 998 characters, and not in one", () => {
  const ascii = octetsOf(`Subject: ${"x".repeat(2_000)}\r\n`);
  assert.equal(subjectOf(ascii)?.length, 998);
  const wide = new TextEncoder().encode(`Subject: ${"x".repeat(997)}😀\r\n`);
  assert.equal(subjectOf(wide), "x".repeat(997));
});

const ids = [
  { name: "one", value: "<a.b@x>", expected: "<a.b@x>" },
  { name: "one with a comment behind it", value: "<a@x> (added by gateway)", expected: "<a@x>" },
  { name: "the first of two", value: "<a@x> <b@x>", expected: "<a@x>" },
  { name: "one without brackets", value: "a@x", expected: "<a@x>" },
  { name: "one with half of the brackets", value: "<a@x", expected: "<a@x>" },
  { name: "one with controls and 8-bit octets", value: "<a\x1b\xff@x>", expected: "<a??@x>" },
  { name: "a folded one", value: "\r\n <a@x>", expected: "<a@x>" },
  { name: "an empty one", value: "", expected: undefined },
  { name: "an endless one", value: `<${"a".repeat(2_000)}@x>`, expected: `<${"a".repeat(997)}` },
];

for (const { name, value, expected } of ids) {
  Deno.test(`messageIdOf() reads ${name}`, () => {
    assert.equal(messageIdOf(octetsOf(`A: 1\r\nMessage-Id: ${value}\r\nB: 2\r\n`)), expected);
  });
}

Deno.test("subjectOf() and messageIdOf() give one short line, whatever the octets", () => {
  fc.assert(
    fc.property(fc.constantFrom("Subject", "Message-ID"), fc.uint8Array(), (name, octets) => {
      const fields = new Uint8Array([...octetsOf(`${name}: `), ...octets]);
      for (const text of [subjectOf(fields) ?? "", messageIdOf(fields) ?? ""]) {
        assert.ok(text.length <= 998);
        assert.doesNotMatch(text, /\p{Cc}/u);
      }
    }),
  );
});
