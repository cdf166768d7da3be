/** Holds lib/routing/packs/finding.ts to bounded values, safe links and one form of fingerprint. @module */

import assert from "node:assert/strict";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { httpLink, linesOf, oneLine, reading } from "../../../lib/routing/packs/finding.ts";
import { mailOf } from "../../support/mails.ts";

const mail = viewMail(mailOf("Subject: Disk failed\r\n\r\n one \r\n\r\n\ttwo\r\n \r\nthree"));
const found = {
  severity: "error",
  state: "problem",
  title: "Disk",
  about: ["nas1", "sda"],
} as const;

Deno.test("reading() puts down what was found, and no event that is not known", () => {
  assert.deepEqual(reading("raid", mail, found), {
    fields: {
      source: "raid",
      subject: "Disk failed",
      severity: "error",
      state: "problem",
      title: "Disk",
      fingerprint: "raid:nas1:sda",
    },
  });
  assert.equal(reading("raid", mail, { ...found, event: "FAIL" }).event, "FAIL");
});

Deno.test("reading() leaves out what is empty, also in the fingerprint", () => {
  const details = { host: "", object: undefined, ip: " " };
  const { fields } = reading("raid", mail, { ...found, about: ["", "sda", " "], details });
  assert.deepEqual(Object.keys(fields).filter((name) => name in details), []);
  assert.equal(fields.fingerprint, "raid:sda");
});

Deno.test("reading() lets no detail stand for what it says itself", () => {
  const details = { source: "evil", severity: "info", fingerprint: "evil", subject: "evil" };
  const { fields } = reading("raid", mail, { ...found, details });
  assert.equal(fields.source, "raid");
  assert.equal(fields.severity, "error");
  assert.equal(fields.fingerprint, "raid:nas1:sda");
  assert.equal(fields.subject, "Disk failed");
});

Deno.test("reading() bounds every value and puts it on one line", () => {
  const hostile = `a\r\nBcc: b\u001b[31m\u202e${"x".repeat(100_000)}`;
  const details = { host: hostile, object: hostile };
  const { fields } = reading("raid", mail, { ...found, title: hostile, about: [hostile], details });
  for (const name of ["host", "object", "title", "fingerprint"]) {
    const value = fields[name] ?? "";
    assert.ok(value.length <= 520, name);
    assert.doesNotMatch(value, /[\p{Cc}\u202e]/u);
  }
  assert.match(oneLine(hostile), /^a Bcc: b/);
});

Deno.test("reading() keeps a long link whole", () => {
  const link = `https://example.com/${"x".repeat(1_000)}`;
  assert.equal(reading("raid", mail, { ...found, details: { link } }).fields.link, link);
});

const links = [
  { text: "https://example.com/a?b=c#d", good: true },
  { text: "HTTP://example.com:8080/", good: true },
  { text: "http://[2001:db8::1]/x", good: true },
  { text: `https://example.com/${"x".repeat(1_980)}`, good: true },
  { text: `https://example.com/${"x".repeat(1_981)}`, good: false },
  { text: "ftp://example.com/", good: false },
  { text: "javascript:alert(1)", good: false },
  { text: " https://example.com/", good: false },
  { text: "https://example.com/ x", good: false },
  { text: "https://example.com/\nx", good: false },
  { text: "https://example.com/<script>", good: false },
  { text: 'https://example.com/"x', good: false },
  { text: "https://example.com/{{x}}", good: false },
  { text: "https://ada@example.com/", good: false },
  { text: "https://:secret@example.com/", good: false },
  { text: "https://exämple.com/", good: false },
  { text: "https://", good: false },
  { text: "http://[::1/", good: false },
  { text: "", good: false },
];

for (const { text, good } of links) {
  const shown = JSON.stringify(text.slice(0, 40));
  Deno.test(`httpLink() ${good ? "keeps" : "drops"} ${shown} (${text.length})`, () => {
    assert.equal(httpLink(text), good ? text : undefined);
  });
}

Deno.test("httpLink() has no link of nothing", () => {
  assert.equal(httpLink(undefined), undefined);
});

Deno.test("linesOf() gives the lines that say something", async () => {
  assert.deepEqual(await linesOf(mail), ["one", "two", "three"]);
});
