/** The demo's mail server. @module */

import assert from "node:assert/strict";
import { type Arrival, startMailbox } from "../../../lib/cli/demo/mailbox.ts";
import { latin1 } from "../../support/octets.ts";
import { connectRaw } from "../../support/raw_client.ts";

Deno.test("startMailbox() keeps octets, refuses the unknown, and DATA when nobody is left", async () => {
  const arrivals: Arrival[] = [];
  const refused: string[] = [];
  const mailbox = startMailbox({
    unknown: ["gone@example.com"],
    onArrived: (arrival) => void arrivals.push(arrival),
    onRefused: (recipient) => void refused.push(recipient),
  });
  {
    using client = await connectRaw(mailbox.port);
    await client.say("EHLO x");
    await client.say("MAIL FROM:<>");
    assert.equal(await client.say("RCPT TO:<gone@example.com>"), "550 5.1.1 No such user here");
    assert.equal(await client.say("DATA"), "554 5.5.1 No valid recipients");
    await client.say("RCPT TO:<a@example.com>");
    await client.say("DATA");
    assert.equal(await client.say("..\r\n\xff\x00\r\n."), "250 2.0.0 In the mailbox");
  }
  await mailbox.close();
  assert.deepEqual(refused, ["gone@example.com"]);
  assert.deepEqual(arrivals.map(({ recipients }) => recipients), [["a@example.com"]]);
  assert.deepEqual(arrivals.map(({ reversePath }) => reversePath), [""]);
  assert.equal(latin1(arrivals[0]?.message ?? new Uint8Array()), ".\r\n\xff\x00\r\n");
});
