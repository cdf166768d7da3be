/**
 * A client that groups the end of a message with the beginning of the next (RFC 2920 §3.1, RFC 3030
 * §4.2) has for each message the time that it would have had one by one.
 *
 * @module
 */

import assert from "node:assert/strict";
import { clockedVisit } from "../support/clocked_visit.ts";
import { LIMITS } from "../support/test_listener.ts";
import { within } from "../support/wait.ts";

const { idleMs } = LIMITS;

/** No silence yet. */
const PAUSE_MS = idleMs / 4;
/** Together more than three times as long as a message may let itself be waited for. */
const MAILS = 25;

const TRANSACTION = "MAIL FROM:<a@b.c>\r\nRCPT TO:<c@d.e>\r\n";

/** How a client sends: what a message begins with, and what it ends with after a pause. */
const WAYS: Readonly<Record<string, readonly [begins: string, ends: string]>> = {
  "DATA": [`${TRANSACTION}DATA\r\n`, "x: y\r\n\r\nx\r\n.\r\n"],
  "DATA, with half of a message": [`${TRANSACTION}DATA\r\nx: y\r\n`, "\r\nx\r\n.\r\n"],
  "BDAT": [`${TRANSACTION}BDAT 6 LAST\r\nx:`, " y\r\n"],
  "BDAT, two chunks each": [`${TRANSACTION}BDAT 2\r\nx:BDAT 4 LAST\r\n`, " y\r\n"],
};

for (const [name, [begins, ends]] of Object.entries(WAYS)) {
  Deno.test(`a client that groups is served for as long as mails come (${name})`, async () => {
    const visit = clockedVisit();
    const { wire, clock } = visit;
    await visit.say(`EHLO x\r\n${begins}`);
    for (let mails = 1; mails <= MAILS; mails++) {
      clock.advance(PAUSE_MS);
      await visit.say(`${ends}${begins}`);
      assert.equal(visit.taken, mails, wire.written);
    }
    assert.doesNotMatch(wire.written, /^421/m);
    // A message that stops is not waited for longer than one by one.
    clock.advance(idleMs);
    await visit.say("");
    assert.match(wire.written, /^421 4\.4\.2 /m);
    clock.advance(1_000);
    await within(visit.served, { what: "the session to end" });
  });
}
