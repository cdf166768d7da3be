/** Who sent a mail and what was asked for with it, as operators read it. @module */

import assert from "node:assert/strict";
import { peerText, wishLines } from "../../lib/cli/envelope_text.ts";
import { lifeLines } from "../../lib/cli/life_text.ts";
import { paint } from "../../lib/cli/paint.ts";
import { envelopeOf } from "../support/mails.ts";
import { CAME, journalRecord } from "../support/queued_mails.ts";

const peers = [
  {
    session: { peer: "::1", helo: "ci", protocol: "ESMTPS" },
    expected: "::1, called itself ci, ESMTPS",
  },
  {
    session: { peer: "unix", helo: "nas", protocol: "LMTP" },
    expected: "a unix socket, called itself nas, LMTP",
  },
  {
    session: { peer: "192.0.2.1", helo: "nas", protocol: "ESMTPSA", user: "n\x1b[2J" },
    expected: "192.0.2.1, called itself nas, ESMTPSA, authenticated as n\\u{1b}[2J",
  },
] as const;

for (const { session, expected } of peers) {
  Deno.test(`peerText() says "${expected}"`, () => assert.equal(peerText(session), expected));
}

Deno.test("wishLines() says nothing where nothing was asked for", () => {
  assert.deepEqual(wishLines(envelopeOf({ body: "8BITMIME" })), []);
  assert.deepEqual(wishLines(envelopeOf({ dsn: { recipients: { "a@x": {} } } })), []);
});

Deno.test("wishLines() tells all wishes, those alike in one line", () => {
  const lines = wishLines(envelopeOf({
    body: "BINARYMIME",
    requireTls: true,
    dsn: {
      ret: "FULL",
      envid: "QQ\x1b",
      recipients: {
        "a@x": { notify: ["SUCCESS", "FAILURE"] },
        "b@x": { notify: ["NEVER"], orcpt: "rfc822;B@X" },
        "c@x": { notify: ["SUCCESS", "FAILURE"] },
      },
    },
  }));
  assert.deepEqual(lines, [
    "BODY=BINARYMIME: the message is binary, not lines",
    "REQUIRETLS: verified TLS on all of its way",
    "RET=FULL",
    "ENVID=QQ\\u{1b}",
    "NOTIFY=SUCCESS,FAILURE for a@x, c@x",
    "NOTIFY=NEVER ORCPT=rfc822;B@X for b@x",
  ]);
});

Deno.test("wishLines() names ten wishes and counts the others", () => {
  const recipients = Object.fromEntries(
    Array.from({ length: 13 }, (_, n) => [`${n}@x`, { orcpt: `rfc822;${n}@y` }]),
  );
  const lines = wishLines(envelopeOf({ dsn: { recipients } }));
  assert.deepEqual([lines.length, lines.at(-1)], [11, "and 3 more for others"]);
});

Deno.test("lifeLines() tells what was asked for below the peer, but not of a mail of our own", () => {
  const asked = (peer: string) => {
    const { session } = envelopeOf();
    const envelope = envelopeOf({ dsn: { ret: "HDRS" }, session: { ...session, peer } });
    return lifeLines(null, journalRecord({ envelope }), { now: CAME, brush: paint(false) });
  };
  const at = asked("::1").indexOf("  asked for   RET=HDRS");
  assert.match(asked("::1")[at - 1] ?? "", /^ {2}peer {8}::1/);
  assert.ok(!asked("").some((line) => line.includes("asked for")));
});
