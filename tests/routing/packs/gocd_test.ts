/** Holds lib/routing/packs/gocd.ts to the mails of every GoCD version. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { gocdPack, readStage } from "../../../lib/routing/packs/gocd.ts";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import type { Reading } from "../../../lib/routing/packs/pack.ts";
import { mailOf } from "../../support/mails.ts";

async function read(message: string): Promise<Reading> {
  return await gocdPack.read(viewMail(mailOf(message))) ?? { fields: {} };
}

const stages = [
  { name: "passed", subject: "Stage [p/1/s/2] passed", event: "PASSES" },
  { name: "failed", subject: "Stage [p/1/s/2] failed", event: "FAILS" },
  { name: "is broken", subject: "Stage [p/1/s/2] is broken", event: "BREAKS" },
  { name: "is fixed", subject: "Stage [p/1/s/2] is fixed", event: "FIXED" },
  { name: "is cancelled", subject: "Stage [p/1/s/2] is cancelled", event: "CANCELLED" },
  { name: "a fold after the bracket", subject: "Stage [p/1/s/2]\r\n  passed", event: "PASSES" },
  { name: "a fold by a tab", subject: "Stage\r\n\t[p/1/s/2] is\r\n\tbroken", event: "BREAKS" },
  { name: "blanks around", subject: "   Stage   [p/1/s/2]    is  fixed   ", event: "FIXED" },
  { name: "an encoded subject", subject: "=?UTF-8?Q?Stage_[p/1/s/2]_passed?=", event: "PASSES" },
  { name: "an unknown verb", subject: "Stage [p/1/s/2] exploded", event: undefined },
  { name: "a verb in other case", subject: "Stage [p/1/s/2] Passed", event: undefined },
  { name: "words after the verb", subject: "Stage [p/1/s/2] passed at last", event: undefined },
  { name: "no verb", subject: "Stage [p/1/s/2]", event: undefined },
];

for (const { name, subject, event } of stages) {
  Deno.test(`gocdPack.read() reads a stage with ${name}`, async () => {
    const { fields, event: found } = await read(`Subject: ${subject}\r\n\r\nbody\r\n`);
    assert.equal(found, event);
    assert.equal(fields.pipeline, "p");
    assert.equal(fields.pipelineCounter, "1");
    assert.equal(fields.stage, "s");
    assert.equal(fields.stageCounter, "2");
    assert.equal(fields.reported, event);
  });
}

const names = [
  "build",
  "a-test-release-x",
  "Pipe_1.2",
  "x".repeat(255),
  "bygg-å",
  "two words",
  "a:b",
];

for (const name of names) {
  Deno.test(`readStage() reads the pipeline "${name.slice(0, 20)}"`, () => {
    assert.equal(readStage(`Stage [${name}/10/dist/1] passed`)?.fields.pipeline, name);
  });
}

const others = [
  "",
  "Re: Stage [p/1/s/2] is broken",
  "Fwd: Stage [p/1/s/2] is broken",
  "[list] Stage [p/1/s/2] is broken",
  "hello Stage [p/1/s/2] is broken",
  "Stage p/1/s/2 is broken",
  "Stage [p/1/s] is broken",
  "Stage [p/1/s/2/3] is broken",
  "Stage [p//s/2] is broken",
  "Stage [p/1/s/2 is broken",
  "Stage[p/1/s/2] is broken",
  "stage [p/1/s/2] is broken",
  `Stage [${"x".repeat(256)}/1/s/2] passed`,
];

for (const subject of others) {
  Deno.test(`gocdPack.read() declines "${subject.slice(0, 40)}"`, async () => {
    assert.deepEqual(await read(`Subject: ${subject}\r\n\r\nbody\r\n`), { fields: {} });
  });
}

const LOW = "message from Go Server at 10.0.0.7";
const administrative = [
  {
    subject: `Low artifacts disk space warning ${LOW}`,
    event: "ARTIFACTS_DISK_LOW",
    server: "10.0.0.7",
  },
  {
    subject: `No artifacts disk space error ${LOW}`,
    event: "ARTIFACTS_DISK_FULL",
    server: "10.0.0.7",
  },
  {
    subject: `Low database disk space warning ${LOW}`,
    event: "DATABASE_DISK_LOW",
    server: "10.0.0.7",
  },
  {
    subject: `No database disk space error ${LOW}`,
    event: "DATABASE_DISK_FULL",
    server: "10.0.0.7",
  },
  {
    subject: "No database disk space error message",
    event: "DATABASE_DISK_FULL",
    server: undefined,
  },
  { subject: "Server Backup Completed Successfully", event: "BACKUP_SUCCEEDED", server: undefined },
  { subject: "Server Backup Failed", event: "BACKUP_FAILED", server: undefined },
  { subject: "Server Backup Failed again", event: undefined, server: undefined },
  { subject: "Re: Server Backup Failed", event: undefined, server: undefined },
];

for (const { subject, event, server } of administrative) {
  Deno.test(`gocdPack.read() finds ${event ?? "nothing"} in "${subject}"`, async () => {
    const reading = await read(`Subject: ${subject}\r\n\r\n`);
    assert.equal(reading.event, event);
    assert.equal(reading.fields.server, server);
    assert.equal(reading.fields.pipeline, undefined);
  });
}

Deno.test("gocdPack.read() knows the test mail by how its body begins", async () => {
  const body = "You received this configuration test email from Go Server:\n\nx";
  assert.equal((await read(`Subject: Go Email Notification\r\n\r\n${body}`)).event, "TEST_MAIL");
});

Deno.test("gocdPack.read() takes no event from a body that quotes a subject", async () => {
  const body = "Stage [p/1/s/2] is broken\r\nSubject: Stage [p/1/s/2] is broken\r\n";
  assert.deepEqual(await read(`To: x\r\n\r\n${body}`), { fields: {} });
  const reading = await read(`Subject: Stage [p/1/s/2] passed\r\n\r\n-- CHECK-INS --\r\n${body}`);
  assert.equal(reading.event, "PASSES");
});

Deno.test("gocdPack.read() never throws, whatever the message", async () => {
  const piece = fc.constantFrom(
    "Stage [",
    "p",
    "/",
    "1",
    "]",
    " ",
    "passed",
    "is broken",
    "\r\n ",
    "å",
  );
  const subject = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((all) => all.join("")),
  );
  await fc.assert(fc.asyncProperty(subject, fc.string(), async (text, body) => {
    const reading = await read(`Subject: ${text}\r\n\r\n${body}`);
    assert.ok(Object.values(reading.fields).every((field) => !/\p{Cc}/u.test(field)));
  }));
});
