/**
 * A program that has no file descriptors left: it waits, says so now and then, and serves ordinary
 * mail as soon as it has some again.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { until } from "../support/wait.ts";

/** What the program may open: enough to start with, too little for the connections below. */
const DESCRIPTORS = 100;

const CONNECTIONS = 150;

Deno.test("serve outlives the end of its file descriptors, and serves mail afterwards", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(
    passThrough(sink.port, "limits: {connections-per-peer: 500}\nqueue: {first-retry: 1s}"),
    { under: ["/bin/sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$@"`, "sh"] },
  );
  const refusals = () => program.log().match(/cannot accept/g)?.length ?? 0;
  const address = { hostname: "127.0.0.1", port: program.port };
  const conns = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => Deno.connect(address)),
  );
  try {
    // Backed off to 320 ms by then: a log that is not flooded.
    await until(() => refusals() >= 6, { what: "descriptors to run out" });
    assert.match(program.log(), /Too many open files/);
  } finally {
    for (const conn of conns) conn.close();
  }
  assert.match(await sendRaw(program.port, { message: "Subject: after\r\n\r\n" }), /^250 /);
  // It may have been stored, for want of a descriptor for the way on.
  await until(() => sink.mails.length > 0, { what: "the mail at the mail server" });
  assert.equal(sink.mails.length, 1);
  assert.ok(refusals() < 20, `${refusals()} refusals in the log`);
  assert.equal(await program.stop(), 0);
});
