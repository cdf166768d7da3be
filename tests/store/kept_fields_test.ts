/** What the store keeps of cron's environment once a mail has left the queue: no passwords. @module */

import assert from "node:assert/strict";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import { recordRow as rowOf } from "../../lib/store/rows.ts";
import { latin1, octets } from "../support/octets.ts";
import {
  accepted,
  claimOne,
  done,
  mailRow,
  queueIdOf,
  recordRow,
  settlement,
  type TestStore,
  testStore,
} from "../support/stored_mails.ts";

const A = queueIdOf(1);
const CAME = "Subject: x\r\nX-Cron-Env: <HOME=/root>\r\nX-Cron-Env: <PASSWORD=s3cret>\r\n";
const KEPT = "Subject: x\r\nX-Cron-Env: <HOME=/root>\r\nX-Cron-Env: <PASSWORD=***>\r\n";
const BODY = octets("\r\nX-Cron-Env: <A=b>\r\n");

function fieldsIn(store: TestStore): string {
  const [row] = store.sql("SELECT fields FROM texts");
  return row?.fields instanceof Uint8Array ? latin1(row.fields) : "(none)";
}

const keeps = [
  { name: "headers", record: { fields: octets(CAME) }, kept: KEPT },
  { name: "full", record: { fields: octets(CAME), rest: BODY }, kept: KEPT + latin1(BODY) },
];

for (const { name, record, kept } of keeps) {
  Deno.test(`a mail is whole in the queue, and keeps no password in the journal: ${name}`, async () => {
    using store = testStore();
    const { message } = mailRow(A);
    accepted(store.database, A, {
      message: { ...message, fields: octets(CAME), rest: BODY },
      journal: recordRow(A, record),
    });
    const shown = async () => {
      const reader = openReader(store.folder);
      const text = reader.kept(A)?.octets();
      const all = text && await new Response(ReadableStream.from(text)).text();
      reader.close();
      return all;
    };
    assert.equal(await shown(), kept);
    const claimed = claimOne(store);
    assert.equal(latin1(claimed.mail.message.fields), CAME, "it is delivered as it came");
    done(store.database, { kind: "settle", settlement: settlement(claimed.id, A) });
    assert.equal(fieldsIn(store), KEPT);
    assert.equal(await shown(), kept);
  });
}

Deno.test("kept() shows no password of a large mail, which is in a file as it came", async () => {
  using store = testStore();
  done(store.database, {
    kind: "note",
    record: recordRow(A, { state: "delivered", fields: octets(KEPT), inFile: true }),
  });
  await Deno.mkdir(messagesFolder(store.folder), { recursive: true });
  await Deno.writeTextFile(messageFile(store.folder, A), CAME + latin1(BODY));
  const reader = openReader(store.folder);
  const text = reader.kept(A)?.octets();
  assert.ok(text);
  assert.equal(await new Response(ReadableStream.from(text)).text(), KEPT + latin1(BODY));
  reader.close();
});

Deno.test("recordRow() has no password of a mail that never was in the queue", () => {
  const { entry, state, events } = recordRow(A);
  const { message } = mailRow(A);
  const rest = async function* () {
    yield await Promise.resolve(BODY);
  };
  const record = { entry, state, events, message: { ...message, fields: octets(CAME), rest } };
  for (const text of ["headers", "full"] as const) {
    const { fields } = rowOf(record, BODY, { text, now: 1 });
    assert.equal(latin1(fields ?? BODY), KEPT);
  }
});
