/** What of a mail a notice gives back. @module */

import assert from "node:assert/strict";
import { composeNotice, type NoticeFacts } from "../../lib/mail/bounce.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { asksForWhole, returnsWhole } from "../../lib/mail/returned.ts";
import { mailOf, octetsOf } from "../support/mails.ts";
import { noticeFacts, readNotice, textOf } from "../support/notices.ts";

const HEADER = "Subject: x\r\n\tfolded\r\n";

/** Facts of a mail that is to go back whole. */
function wholeFacts(text: string, facts: Partial<NoticeFacts> = {}): NoticeFacts {
  return noticeFacts({ mail: mailOf(text), whole: octetsOf(text), ...facts });
}

const askings: readonly { name: string; envelope: Partial<Envelope>; expected: boolean }[] = [
  { name: "RET=FULL", envelope: { dsn: { ret: "FULL" } }, expected: true },
  { name: "RET=HDRS", envelope: { dsn: { ret: "HDRS" } }, expected: false },
  { name: "nothing", envelope: {}, expected: false },
  {
    name: "RET=FULL and REQUIRETLS",
    envelope: { dsn: { ret: "FULL" }, requireTls: true },
    expected: false,
  },
];

for (const { name, envelope, expected } of askings) {
  Deno.test(`asksForWhole() says ${expected} of ${name}`, () => {
    assert.equal(asksForWhole(mailOf(HEADER, envelope)), expected);
  });
}

const bodies = [
  { name: "plain text", body: "a\r\n.b\r\n", whole: true, encoding: "7bit" },
  { name: "controls that mail may hold", body: "\x07\t\x0c\x7f", whole: true, encoding: "7bit" },
  { name: "octets over 127", body: "\xfc\xe2\x82\xac\r\n", whole: true, encoding: "8bit" },
  { name: "a line of 998", body: "x".repeat(998), whole: true, encoding: "7bit" },
  { name: "a line of 999", body: "x".repeat(999), whole: false, encoding: "7bit" },
  { name: "NUL", body: "a\0b", whole: false, encoding: "7bit" },
  { name: "a bare CR", body: "a\rb", whole: false, encoding: "7bit" },
  { name: "a bare LF", body: "a\nb", whole: false, encoding: "7bit" },
];

for (const { name, body, whole, encoding } of bodies) {
  Deno.test(`a notice gives ${whole ? "all" : "the header"} back of a mail with ${name}`, async () => {
    const text = `${HEADER}\r\n${body}`;
    const facts = wholeFacts(text);
    assert.equal(returnsWhole(facts), whole);
    const notice = composeNotice(facts);
    const { given } = await readNotice(notice);
    assert.equal(given, whole ? "message/rfc822" : "text/rfc822-headers");
    const part = textOf(notice).split("Content-Description: ").at(-1) ?? "";
    assert.match(part, new RegExp(`\r\nContent-Transfer-Encoding: ${encoding}\r\n`));
    assert.ok(part.includes(`\r\n\r\n${whole ? text : HEADER}\r\n--`), "octet by octet");
  });
}

const smaller = [
  { name: "a delay", facts: { about: "delayed" as const } },
  { name: "a success", facts: { about: "relayed" as const } },
  { name: "a mail of more than 64 KiB", facts: { whole: octetsOf("x\r\n".repeat(21_846)) } },
  { name: "a mail that is not at hand", facts: { whole: undefined as never } },
  { name: "a mail whose header is more than ASCII", facts: { mail: mailOf("X: \xfc\r\n\r\n") } },
];

for (const { name, facts } of smaller) {
  Deno.test(`a notice gives only the header back of ${name}`, async () => {
    const all = wholeFacts(`${HEADER}\r\nbody`, facts);
    assert.equal(returnsWhole(all), false);
    assert.equal((await readNotice(composeNotice(all))).given, "text/rfc822-headers");
  });
}

Deno.test("a boundary occurs in no mail that goes back whole", async () => {
  const body = "\r\n--=_01JD0000000000000000N0T1CE--\r\n";
  const { header } = await readNotice(composeNotice(wholeFacts(`${HEADER}\r\n${body}`)));
  assert.ok(header.includes(body.trim()));
});

Deno.test("a mail with REQUIRETLS gives nothing back but its Message-ID", async () => {
  const text = "Subject: secret\r\nMessage-ID: <1@x>\r\nX: secret\r\n\r\nsecret\r\n";
  const mail = mailOf(text, { requireTls: true });
  const notice = composeNotice(noticeFacts({ mail }));
  const { header, subject, text: people } = await readNotice(notice);
  assert.equal(header.trim(), "Message-ID: <1@x>");
  assert.equal(subject, "Not delivered");
  assert.match(people, /Subject: +\(not told: the mail asks for safe ways\)/);
  assert.match(people.replaceAll(/\s+/g, " "), /the third is the mail's Message-ID\./);
  assert.doesNotMatch(textOf(notice), /secret/);
  const nameless = composeNotice(
    noticeFacts({ mail: mailOf("A: b\r\n\r\n", { requireTls: true }) }),
  );
  assert.equal((await readNotice(nameless)).header.trim(), "");
});
