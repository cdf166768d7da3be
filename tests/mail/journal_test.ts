/** The states and ends of a mail. @module */

import assert from "node:assert/strict";
import { isMailState, MAIL_STATES, type MailEnd, worseEnd } from "../../lib/mail/journal.ts";

const ends: readonly MailEnd[] = [
  "no-delivery",
  "delivered",
  "refused",
  "bounced",
  "dead-letter",
  "dropped",
];

Deno.test("worseEnd() is the one that an operator should rather see, whatever the order", () => {
  for (const [index, worse] of ends.entries()) {
    for (const better of ends.slice(0, index + 1)) {
      assert.equal(worseEnd(worse, better), worse);
      assert.equal(worseEnd(better, worse), worse);
    }
  }
});

Deno.test("isMailState() knows every state and nothing else", () => {
  assert.deepEqual([...MAIL_STATES], ["open", ...ends]);
  assert.ok(MAIL_STATES.every(isMailState));
  assert.ok(!["", "Open", "toString", "constructor"].some(isMailState));
});
