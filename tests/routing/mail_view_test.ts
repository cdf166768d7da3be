/** Holds lib/routing/mail_view.ts to its bounds, and to reading no more than it is asked for. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { viewMail } from "../../lib/routing/mail_view.ts";
import { mailOf } from "../support/mails.ts";

Deno.test("viewMail() shows what the header says, decoded and on one line", () => {
  const view = viewMail(mailOf(
    "From: =?utf-8?q?M=C3=BCller?= <m@example.com>\r\n" +
      "SUBJECT : one\r\n\t=?utf-8?b?dHfDtg==?=\r\nX-A: 1\r\nx-a: 2\r\n" +
      "X-Bad: =?utf-8?q?a=0D=0AB:_c?=\r\n\r\nbody\r\n",
    { reversePath: "bounce@example.com" },
  ));
  assert.equal(view.subject, "one twö");
  assert.deepEqual(view.from, { name: "Müller", address: "m@example.com" });
  assert.equal(view.reversePath, "bounce@example.com");
  assert.equal(view.header("x-A"), "1");
  assert.equal(view.header("X-Bad"), "a B: c");
  assert.equal(view.header("X-None"), undefined);
});

Deno.test("viewMail() has no subject where the mail has none", () => {
  const view = viewMail(mailOf("To: x@example.com\r\n\r\nbody"));
  assert.equal(view.subject, undefined);
  assert.deepEqual(view.from, { name: "", address: "" });
});

Deno.test("facts() has everything, the text only when it is asked for", async () => {
  const octets = "Subject: s\r\nX-A: 1\r\nX-a: 2\r\n\r\none\r\ntwo\r\n";
  const view = viewMail(mailOf(octets, { forwardPaths: ["a@example.com", "b@example.com"] }));
  const facts = await view.facts({ text: false });
  assert.deepEqual(facts.recipients, ["a@example.com", "b@example.com"]);
  assert.deepEqual(facts.headers.get("x-a"), ["1", "2"]);
  assert.deepEqual([facts.id, facts.reversePath, facts.subject, facts.size, facts.text], [
    "01JD0000000000000000000000",
    "go@example.com",
    "s",
    octets.length,
    "",
  ]);
  assert.equal((await view.facts({ text: true })).text, "one\ntwo\n");
});

Deno.test("viewMail() does not touch the body before text() is called, and reads it once", async () => {
  const mail = mailOf("Subject: s\r\n\r\nbody");
  let reads = 0;
  const rest = () => {
    reads++;
    return mail.message.rest();
  };
  const view = viewMail({ ...mail, message: { ...mail.message, rest } });
  assert.equal(view.header("subject"), "s");
  await view.facts({ text: false });
  assert.equal(reads, 0);
  assert.equal(await view.text(), "body");
  await view.facts({ text: true });
  assert.equal(reads, 1);
});

Deno.test("text() is empty when the body cannot be read, and facts() says why", async () => {
  const mail = mailOf("Subject: s\r\n\r\nbody");
  const rest = () => {
    throw new Error("disk\n failed");
  };
  const view = viewMail({ ...mail, message: { ...mail.message, rest } });
  assert.equal(await view.text(), "");
  assert.equal((await view.facts({ text: true })).bodyUnread, "disk failed");
  assert.equal((await view.facts({ text: false })).bodyUnread, undefined);
  assert.equal((await viewMail(mail).facts({ text: true })).bodyUnread, undefined);
});

Deno.test("facts() says that the text goes on, but not because of what is attached", async () => {
  const cut = async (octets: string) =>
    (await viewMail(mailOf(`Subject: s\r\n${octets}`)).facts({ text: true })).textCut;
  assert.equal(await cut(`\r\n${"x".repeat(65_536)}`), false);
  assert.equal(await cut(`\r\n${"x".repeat(65_537)}`), true);
  const long = "Content-Transfer-Encoding: base64\r\n\r\n";
  assert.equal(await cut(`${long}${"eA".repeat(40_000)}`), false);
  assert.equal(await cut(`${long}${"====".repeat(140_000)}eA==`), true);
  const mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nshort\r\n--b\r\n";
  const file = `Content-Type: application/pdf\r\n\r\n${"x".repeat(600_000)}`;
  assert.equal(await cut(mixed + file), false);
  const html = "Content-Type: text/html\r\n\r\n";
  assert.equal(await cut(`${html}<p>${"x ".repeat(33_000)}`), true);
  assert.equal(await cut(`${html}<p>short`), false);
});

Deno.test("a header of a megabyte is read as far as the bounds go", async () => {
  const many = viewMail(mailOf("X: y\r\n".repeat(170_000) + "Y: z\r\n\r\nbody"));
  assert.equal((await many.facts({ text: false })).headers.get("x")?.length, 1_000);
  assert.equal(many.header("y"), undefined);
  const hidden = viewMail(
    mailOf(`${"X: y\r\n".repeat(170_000)}Subject: s\r\nSubject: t\r\n\r\nbody`),
  );
  assert.equal(hidden.subject, "s");
  const behind = viewMail(mailOf(`X: ${"y".repeat(1_000_000)}\r\nSubject: s\r\n\r\nbody`));
  assert.equal(behind.subject, "s");
  const long = viewMail(mailOf(`Subject: s\r\nX: ${"y".repeat(1_000_000)}\r\n\r\nbody`));
  assert.equal(long.subject, "s");
  assert.equal(long.header("x"), "y".repeat(8_192));
  assert.equal(await long.text(), "body");
});

const TYPED = "Subject: s\r\nContent-Type:";
const hostile = {
  "3,000 nested parts": `${TYPED} multipart/mixed; boundary=b0\r\n\r\n` +
    Array.from(
      { length: 3_000 },
      (_, at) => `--b${at}\r\nContent-Type: multipart/mixed; boundary=b${at + 1}\r\n\r\n`,
    ).join(""),
  "100,000 boundary lines": `${TYPED} multipart/mixed; boundary=b\r\n\r\n` +
    "--b\r\n".repeat(100_000),
  "5,000 attachments": `${TYPED} multipart/mixed; boundary=b\r\n\r\n` +
    "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(5_000),
  "10 MB of base64": `${TYPED} text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
    "QUJD\r\n".repeat(1_700_000),
  "messages in messages": `${TYPED} message/rfc822\r\n\r\n` +
    "Content-Type: message/rfc822\r\n\r\n".repeat(10_000),
  "tags in tags": `${TYPED} text/html\r\n\r\n` + "<div>".repeat(100_000),
  "styles without end": `${TYPED} text/html\r\n\r\n` + "<style>".repeat(70_000),
  "encoded words without end": "Subject: " + "=?utf-8?q?".repeat(20_000) + "\r\n\r\nbody",
  "parameters without end": `${TYPED} text/plain` + '; a="'.repeat(50_000) + "\r\n\r\nbody",
};

for (const [name, octets] of Object.entries(hostile)) {
  Deno.test(`viewMail() reads ${name} within its bounds`, async () => {
    const view = viewMail(mailOf(octets));
    const facts = await view.facts({ text: true });
    assert.ok((view.subject ?? "").length <= 8_192);
    assert.ok(facts.text.length <= 65_536);
    assert.ok(facts.attachments.length <= 200);
  });
}

Deno.test("viewMail() reads any octets, and leaves no control character but LF and TAB", async () => {
  const piece = fc.constantFrom(
    "\r\n",
    "--b",
    "--",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Type: text/html\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Subject: ",
    "=?utf-8?b?/w==?=",
    "=0D",
    "<p>",
    "\x00\x1b\x85\xff",
  );
  const octets = fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 });
  await fc.assert(fc.asyncProperty(octets, async (pieces) => {
    const view = viewMail(mailOf(pieces.join("")));
    const facts = await view.facts({ text: true });
    assert.ok(!/[^\P{Cc}\n\t]/u.test(facts.text));
    const values = [...facts.headers.values()].flat();
    for (const line of [facts.subject, ...values, view.from.name, view.from.address]) {
      assert.ok(!/\p{Cc}/u.test(line), JSON.stringify(line));
    }
  }));
});
