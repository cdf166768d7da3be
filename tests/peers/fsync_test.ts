/**
 * `strace` as the witness: with `ack: queued` every mail that a notifier was told is queued was on
 * disk before. Each sync is made to take a while longer, so that a reply that does not wait for it
 * shows.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { DURABILITY_CALLS, judgeReplies } from "../support/durable_replies.ts";
import { latin1 } from "../support/octets.ts";
import { type Program, startProgram } from "../support/program.ts";
import { proofMessage, readArrival } from "../support/proof_mail.ts";
import { connectRaw, sendOn, sendRaw } from "../support/raw_client.ts";
import { type RecordingSink, startRecordingSink } from "../support/recording_sink.ts";
import { attachStrace } from "../support/strace.ts";
import { until } from "../support/wait.ts";

const SENDERS = 4;
const MAILS_EACH = 6;
const LARGE_OCTETS = 1_500_000;
/** How much longer each sync takes, in microseconds. */
const SLOW = "fsync,fdatasync:delay_enter=10000";
const QUEUED = /^250 2\.0\.0 .*queued as [0-9A-Z]{26}$/;

function startQueueing(sink: RecordingSink): Promise<Program> {
  return startProgram(passThrough(sink.port, "ack: queued\nstore: {path: store}"));
}

/** Sends mails one after the other, each of another text; gives the replies. */
async function sendSome(port: number, sender: string): Promise<string[]> {
  using client = await connectRaw(port);
  const replies: string[] = [];
  for (let number = 0; number < MAILS_EACH; number++) {
    replies.push(
      await sendOn(client, { message: latin1(proofMessage(`${sender}-${number}`)) }),
    );
  }
  return replies;
}

Deno.test("strace sees every queued mail on disk before its 250", async () => {
  await using sink = startRecordingSink();
  await using program = await startQueueing(sink);
  const store = join(await Deno.realPath(program.folder), "store");
  await using strace = await attachStrace(program.pid, {
    calls: DURABILITY_CALLS,
    inject: [SLOW],
  });
  const senders = Array.from({ length: SENDERS }, (_, number) => `small-${number}`);
  const large = latin1(proofMessage("large", { bodyOctets: LARGE_OCTETS }));
  const replies = await Promise.all([
    sendRaw(program.port, { message: large }),
    ...senders.map((sender) => sendSome(program.port, sender)),
  ]);
  const mails = 1 + SENDERS * MAILS_EACH;
  await until(() => sink.mails.length === mails, { what: "every mail", withinMs: 120_000 });
  const { told, inFiles, faults } = judgeReplies(await strace.stop(), store);
  for (const reply of replies.flat()) assert.match(reply, QUEUED);
  assert.deepEqual(faults, []);
  assert.equal(new Set(told).size, mails);
  assert.deepEqual(inFiles, told.filter((id) => replies[0]?.includes(id)));
  for (const { message } of sink.mails) assert.ok(wholeMail(message));
  assert.equal(await program.stop(), 0);
});

Deno.test("strace fails every sync, and no mail gets a 2xx", async () => {
  await using sink = startRecordingSink();
  await using program = await startQueueing(sink);
  await using strace = await attachStrace(program.pid, {
    calls: ["fsync", "fdatasync"],
    inject: ["fsync,fdatasync:error=EIO"],
  });
  for (
    const message of [proofMessage("small"), proofMessage("large", { bodyOctets: LARGE_OCTETS })]
  ) {
    assert.match(await sendRaw(program.port, { message: latin1(message) }), /^45\d 4\.3\.\d /);
  }
  await strace.stop();
  assert.deepEqual(sink.mails, []);
  await until(async () => QUEUED.test(await sendRaw(program.port)), {
    what: "the store to take mail again",
    withinMs: 120_000,
    everyMs: 200,
  });
  assert.equal(await program.stop(), 0);
});

function wholeMail(message: Uint8Array): boolean {
  const arrival = readArrival(message);
  return arrival.kind === "mail" && arrival.whole;
}
