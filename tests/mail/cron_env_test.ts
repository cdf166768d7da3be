/** Holds lib/mail/cron_env.ts to what it hides and what it leaves as it is. @module */

import assert from "node:assert/strict";
import { redactCronEnv, redactFields, redactMessage } from "../../lib/mail/cron_env.ts";
import { latin1, octets } from "../support/octets.ts";

const values = [
  { value: "<SHELL=/bin/sh>", shown: "<SHELL=/bin/sh>" },
  { value: "<PATH=/usr/bin:/bin>", shown: "<PATH=/usr/bin:/bin>" },
  { value: "<LANG=de_DE.UTF-8>", shown: "<LANG=de_DE.UTF-8>" },
  { value: "<DB_PASSWORD=s3cret>", shown: "<DB_PASSWORD=***>" },
  { value: "<URL=https://u:s3cret@x.example/?a=b>", shown: "<URL=***>" },
  { value: "<home=s3cret>", shown: "<home=***>" },
  { value: "<PATHS=s3cret>", shown: "<PATHS=***>" },
  { value: "API_KEY=s3cret", shown: "<API_KEY=***>" },
  { value: "<EMPTY=>", shown: "<EMPTY=***>" },
  { value: "<s3cret>", shown: "***" },
  { value: "<s3-cret=x>", shown: "***" },
  { value: "", shown: "***" },
];

for (const { value, shown } of values) {
  Deno.test(`redactCronEnv() makes ${shown} of ${value || "nothing"}`, () => {
    assert.equal(redactCronEnv(value), shown);
  });
}

const HARMLESS = "From: a@x.test\r\nX-Cron-Env: <HOME=/root>\r\nX-Cron-Envy: <A=b>\r\n";

Deno.test("redactFields() gives back the same octets where there is nothing to hide", () => {
  for (const text of ["", "Subject: x\r\n", HARMLESS]) {
    const fields = octets(text);
    assert.equal(redactFields(fields), fields);
  }
});

Deno.test("redactFields() hides the values, folded ones too, and leaves all other octets", () => {
  const fields = `${HARMLESS}x-cron-env : <TOKEN=s3cret\r\n s3cret>\r\nSubject: \xfc: s\r\n` +
    "X-CRON-ENV:<A=s3cret>\r\nTo: b@x.test";
  const expected = `${HARMLESS}x-cron-env : <TOKEN=***>\r\nSubject: \xfc: s\r\n` +
    "X-CRON-ENV: <A=***>\r\nTo: b@x.test";
  assert.equal(latin1(redactFields(octets(fields))), expected);
});

const messages = [
  { name: "a body", message: `${HARMLESS}X-Cron-Env: <A=s3cret>\r\n\r\nX-Cron-Env: <A=b>\r\n` },
  { name: "no body", message: `X-Cron-Env: <A=s3cret>\r\n${HARMLESS}` },
  { name: "no blank line", message: "X-Cron-Env: <A=s3cret>\r\nno field\r\nX-Cron-Env: <A=b>\r\n" },
  { name: "nothing in it", message: "" },
];

for (const { name, message } of messages) {
  Deno.test(`redactMessage() reads a message with ${name}, in pieces of any size`, async () => {
    for (const size of [1, 7, 10_000]) {
      let text = "";
      for await (const piece of redactMessage(piecesOf(message, size))) text += latin1(piece);
      assert.equal(text, message.replace("<A=s3cret>", "<A=***>"));
    }
  });
}

async function* piecesOf(message: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < message.length; at += size) {
    yield await Promise.resolve(octets(message.slice(at, at + size)));
  }
}
