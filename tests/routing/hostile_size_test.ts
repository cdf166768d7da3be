/**
 * Mails that are too much of something: nested, long, many. They are routed as the small ones, and no
 * more of them is read than the bounds allow, once. What grew with a power of the size would not end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Mail } from "../../lib/mail/message.ts";
import { mailOf } from "../support/mails.ts";
import { fieldNames, startHostileWorld } from "../support/hostile_world.ts";

/** Octets of a body that are read, and a piece more. */
const BODY_OCTETS = 524_288 + 1_000;

const HEAD = "Message-ID: <1@example.com>\r\nX-Note: -\r\nMIME-Version: 1.0\r\n";
const FROM = "From: nas <nas@example.com>\r\n";
const STAGE = "Subject: Stage [shop/7/build/1] failed\r\n";
/** Octets of a field that a header may just have: the relay takes 1 MiB of one. */
const MEGABYTE = 1_040_000;

const enormous: Readonly<Record<string, () => string>> = {
  "3,000 nested parts": () => {
    const parts = Array.from(
      { length: 3_000 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`,
    );
    return `${HEAD}${FROM}${STAGE}${parts.join("")}\r\ndeep\r\n`;
  },
  "3,000 nested messages": () =>
    `${HEAD}${FROM}${STAGE}${"Content-Type: message/rfc822\r\n\r\n".repeat(3_000)}deep\r\n`,
  "100,000 parts beside each other": () =>
    `${HEAD}${FROM}${STAGE}Content-Type: multipart/mixed; boundary=b\r\n\r\n` +
    `${"--b\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n".repeat(100_000)}--b--\r\n`,
  "a header field of 1 MB": () =>
    `${HEAD}${FROM}${STAGE}X-Long: ${"x".repeat(MEGABYTE)}\r\n\r\nx\r\n`,
  "a folded header field of 1 MB before its subject": () =>
    `${HEAD}X-Long: x\r\n${" y\r\n".repeat(MEGABYTE / 4)}${FROM}${STAGE}\r\nx\r\n`,
  "a header of 100,000 fields": () =>
    `${HEAD}${FROM}${STAGE}${"X-A: b\r\n".repeat(100_000)}\r\nx\r\n`,
  "a display name of 1 MB": () =>
    `${HEAD}From: "${'\\"('.repeat(MEGABYTE / 3)}" <nas@example.com>\r\n${STAGE}\r\nx\r\n`,
  "1 MB of encoded words": () =>
    `${HEAD}From: ${"=?utf-8?B?eA==?= \r\n ".repeat(50_000)}<nas@example.com>\r\n${STAGE}\r\nx\r\n`,
  "80,000 fields before its subject": () =>
    `${HEAD}${
      Array.from({ length: 80_000 }, (_, n) => `X${n}: b\r\n`).join("")
    }${FROM}${STAGE}\r\nx\r\n`,
  "100,000 fields of one name before its subject": () =>
    `${HEAD}${"X-A: b\r\n".repeat(100_000)}${FROM}${STAGE}\r\nx\r\n`,
  "a display name of brackets": () =>
    `${HEAD}From: ${"(<".repeat(MEGABYTE / 2)}nas@example.com>\r\n${STAGE}\r\nx\r\n`,
  "HTML of 200,000 nested elements": () =>
    `${HEAD}${FROM}${STAGE}Content-Type: text/html\r\n\r\n${"<div><b ".repeat(100_000)}x\r\n`,
  "10 MB of base64": () =>
    `${HEAD}${FROM}${STAGE}Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n` +
    `${
      Buffer.alloc(10 * MEGABYTE, "disk full ").toString("base64").replace(/.{76}/g, "$&\r\n")
    }\r\n`,
  "parameters without end": () =>
    `${HEAD}${FROM}${STAGE}Content-Type: text/plain; ${"a*0*=x;".repeat(100_000)}\r\n\r\nx\r\n`,
};

for (const [name, message] of Object.entries(enormous)) {
  Deno.test(`a mail with ${name} is routed as any other`, async () => {
    await using world = startHostileWorld();
    const text = message();
    const read: number[] = [];
    const mail = counted(mailOf(text, { forwardPaths: ["alerts@example.com"] }), read);
    const { rules, recipients, headers, fields } = await world.tell(mail);
    assert.equal(read.length, 1, "the body is read once");
    assert.ok((read[0] ?? 0) <= BODY_OCTETS, `${read[0]} octets`);
    assert.deepEqual(rules.find(([rule]) => rule === "shop"), ["shop", "matched"]);
    assert.ok(recipients.includes("shop@example.com"));
    assert.equal(recipients.includes("bank@example.com"), false);
    assert.equal(fields.pipeline, "shop");
    for (const value of Object.values(fields)) assert.ok(value.length < 20_000);
    // What goes out has the fields that came in, and those of a rewrite.
    const extra = ["From", "To", "Subject", "Content-Transfer-Encoding", "Content-Type"];
    const known = new Set([...fieldNames(text), ...extra]);
    for (const field of headers.flat()) assert.ok(known.has(field), field);
  });
}

/** The same mail; each reading of its body is noted, with the octets that were read. */
function counted(mail: Mail, read: number[]): Mail {
  async function* rest(): AsyncGenerator<Uint8Array> {
    const at = read.push(0) - 1;
    for await (const piece of mail.message.rest()) {
      read[at] = (read[at] ?? 0) + piece.length;
      yield piece;
    }
  }
  return { ...mail, message: { ...mail.message, rest } };
}

Deno.test("a subject of 1 MB is cut, and so is what is made of it", async () => {
  await using world = startHostileWorld();
  const subject = `Cron <root@db1> ${"/bin/job ".repeat(MEGABYTE / 9)}`;
  const mail = mailOf(`${HEAD}${FROM}Subject: ${subject}\r\n\r\nx\r\n`, {
    forwardPaths: ["alerts@example.com"],
  });
  const { fields, routing, recipients } = await world.tell(mail);
  assert.ok(Object.values(fields).every((value) => value.length < 20_000));
  assert.ok(!recipients.includes("bank@example.com"));
  assert.ok(JSON.stringify(routing).length < 500_000);
  assert.ok(routing.deliveries.every(({ rewrite }) => (rewrite?.subject ?? "").length < 20_000));
});
