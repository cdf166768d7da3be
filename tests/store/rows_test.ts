import assert from "node:assert/strict";
import type { Operation } from "../../lib/store/operations.ts";
import { detached, mailRow, packOctets, recordRow, restOf } from "../../lib/store/rows.ts";
import { fleeting } from "../support/fleeting.ts";
import { octetsOf } from "../support/mails.ts";
import { delivered, newMail } from "../support/store_stage.ts";

const BODY = octetsOf("\r\nbody\r\n");
const options = { text: "full", now: 7 } as const;

Deno.test("packOctets() puts the octets of all rows into one piece of memory", () => {
  const mails = [1, 2].map((number) => mailRow(newMail(number), BODY, options));
  const { journal } = newMail(4);
  const operations: Operation[] = [
    { kind: "accept", mails },
    { kind: "counts" },
    { kind: "note", record: recordRow(journal, BODY, options) },
    { kind: "note", record: recordRow(journal, BODY, { text: "none", now: 7 }) },
    {
      kind: "settle",
      settlement: {
        ...delivered({ id: 1, mail: newMail(3).mail }),
        mails: [mailRow(newMail(3), BODY, options)],
      },
    },
  ];
  const before = structuredClone(operations);
  const packed = packOctets(operations);
  assert.deepEqual(operations, before);
  assert.equal(packed.byteLength, 4 * ("Subject: mail 1\r\n".length + BODY.length));
  const [first] = mails;
  assert.ok(first?.message.rest, "a mail of this test has a body");
  assert.equal(first.journal.rest, first.message.rest, "one copy serves queue and journal");
  assert.equal(first.journal.fields, first.message.fields);
  const after = structuredClone(operations, { transfer: [packed] });
  assert.deepEqual(after, before);
  assert.ok(packed.detached, "nothing was copied");
});

Deno.test("recordRow() keeps of the text what the setting says", () => {
  const { journal } = newMail(1);
  const keys = (text: "full" | "headers" | "none", rest: Uint8Array | null = BODY) =>
    Object.keys(recordRow(journal, rest, { text, now: 7 })).slice(4);
  assert.deepEqual(keys("none"), []);
  assert.deepEqual(keys("headers"), ["fields"]);
  assert.deepEqual(keys("full"), ["fields", "rest"]);
  assert.deepEqual(keys("full", null), ["fields", "inFile"]);
});

Deno.test("detached() does not hold on to a large message for the sake of its fields", () => {
  const { journal } = newMail(1);
  const message = { ...newMail(1).mail.message, fields: new Uint8Array(100_000).subarray(0, 50) };
  const row = detached(recordRow({ ...journal, message }, null, { text: "headers", now: 7 }));
  assert.equal(row.fields?.length, 50);
  assert.ok((row.fields?.buffer.byteLength ?? 0) <= 65_536);
});

Deno.test("restOf() gathers what a message of our own yields", async () => {
  const message = {
    ...newMail(1).mail.message,
    rest: () => fleeting(octetsOf("abc"), 2),
  };
  assert.deepEqual(await restOf(message), octetsOf("abc"));
});
