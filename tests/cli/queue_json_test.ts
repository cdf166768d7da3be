/** Queue and journal for programs: names and units are a promise. @module */

import assert from "node:assert/strict";
import { mailValue, recordValue } from "../../lib/cli/queue_json.ts";
import { writeArray } from "../../lib/cli/writing.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { envelopeOf } from "../support/mails.ts";
import { CAME, journalRecord, LIFE, queuedDelivery, queuedMail } from "../support/queued_mails.ts";

const WAITING = {
  destination: "smarthost",
  recipients: ["cat@example.com"],
  state: "waiting",
  attempts: 4,
  nextTryAt: "2026-11-22T21:42:05.000Z",
  nextTryInMs: 725_000,
  reason: "mx.example.com:25: 451 4.3.0 try later",
};

Deno.test("mailValue() names everything that is known of a queued mail", () => {
  const mail = queuedMail({ deliveries: [queuedDelivery(), queuedDelivery({ state: "dead" })] });
  assert.deepEqual(mailValue(mail, CAME + 3 * 3_600_000), {
    queueId: "01JD0000000000000000000000",
    state: "waiting",
    receivedAt: "2026-11-22T18:30:00.000Z",
    ageMs: 10_800_000,
    octets: 2_048,
    reversePath: "go@example.com",
    forwardPaths: ["mail2alert@example.com"],
    subject: "Stage [up42/1/test/1] is broken",
    nextTryAt: "2026-11-22T21:42:05.000Z",
    nextTryInMs: 725_000,
    deliveries: [WAITING, { ...WAITING, state: "dead", nextTryAt: null, nextTryInMs: null }],
  });
});

Deno.test("mailValue() says null where nothing is known", () => {
  const { subject: _, ...mail } = queuedMail({ deliveries: [], receivedAt: NaN, state: "damaged" });
  const value = mailValue(mail, CAME);
  assert.equal(JSON.parse(JSON.stringify(value)).ageMs, null);
  assert.deepEqual(
    [value.subject, value.receivedAt, value.nextTryAt, value.nextTryInMs],
    [null, null, null, null],
  );
});

Deno.test("recordValue() names everything that is known of a mail, its events with their moments", () => {
  const { messageId: _, ...record } = journalRecord({ events: LIFE.slice(2, 3) });
  assert.deepEqual(recordValue(record), {
    queueId: "01JD0000000000000000000000",
    state: "delivered",
    receivedAt: "2026-11-22T18:30:00.000Z",
    octets: 2_048,
    reversePath: "go@example.com",
    forwardPaths: ["mail2alert@example.com"],
    subject: "Stage [up42/1/test/1] is broken",
    messageId: null,
    smtpUtf8: false,
    body: "7BIT",
    requireTls: false,
    dsn: null,
    peer: "127.0.0.1",
    helo: "ci.example.com",
    protocol: "ESMTP",
    user: null,
    events: [{
      kind: "answered",
      at: "2026-11-22T18:30:00.040Z",
      reply: "250 2.0.0 queued as 01JD",
      tookMs: 1_240,
    }],
  });
});

Deno.test("recordValue() tells what was asked for with a mail, and who asked", () => {
  const envelope = envelopeOf({
    body: "BINARYMIME",
    requireTls: true,
    dsn: {
      ret: "HDRS",
      recipients: { "a@x": { notify: ["NEVER"] }, "b@x": { orcpt: "rfc822;B@X" } },
    },
    session: { peer: "unix", helo: "nas", protocol: "LMTPSA", user: "nas-1" },
  });
  const { body, requireTls, dsn, peer, protocol, user } = recordValue(journalRecord({ envelope }));
  assert.deepEqual({ body, requireTls, dsn, peer, protocol, user }, {
    body: "BINARYMIME",
    requireTls: true,
    dsn: {
      ret: "HDRS",
      envid: null,
      recipients: [
        { recipient: "a@x", notify: ["NEVER"], orcpt: null },
        { recipient: "b@x", notify: [], orcpt: "rfc822;B@X" },
      ],
    },
    peer: "unix",
    protocol: "LMTPSA",
    user: "nas-1",
  });
});

for (const values of [[], [1], [{ a: "\n" }, { b: 2 }, { c: 3 }]]) {
  Deno.test(`writeArray() writes ${values.length} elements as JSON, each on a line`, () => {
    const terminal = capturedTerminal();
    writeArray(values, terminal);
    assert.deepEqual(JSON.parse(terminal.stdout()), values);
    const lines = values.length === 0 ? 1 : values.length + 2;
    assert.equal(terminal.stdout().split("\n").length, lines + 1);
  });
}

Deno.test("writeArray() writes much in pieces", () => {
  const sizes: number[] = [];
  const terminal = { ...capturedTerminal(), out: (text: string) => void sizes.push(text.length) };
  writeArray(Array.from({ length: 10_000 }, () => "x".repeat(100)), terminal);
  assert.ok(sizes.length > 5 && sizes.length < 100, `${sizes.length} pieces`);
  assert.ok(sizes.every((size) => size < 70_000));
});
