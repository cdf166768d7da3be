import assert from "node:assert/strict";
import { isDestinationAway } from "../../lib/queue/gate.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { A, only, pair, reasonOf } from "../support/smarthost_pair.ts";
import { until } from "../support/wait.ts";

const bodies = [
  { name: "dots", rest: "\r\n.\r\n..\r\n.a\r\n...\r\n" },
  { name: "8-bit octets and NUL", rest: "\r\n\xe4\xff\xfe\0\x80\r\n" },
  { name: "long lines", rest: `\r\n${"y".repeat(500_000)}\r\n.\r\n` },
  { name: "empty lines", rest: "\r\n\r\n\r\n\r\n" },
  { name: "nothing", rest: "" },
  { name: "3 MB with dots everywhere", rest: "\r\n" + ".x\r\n\r\n".repeat(500_000) },
];

for (const { name, rest } of bodies) {
  for (const pieceOctets of [7_777, 65_536, 5_000_000]) {
    Deno.test(`smarthost.deliver() passes on ${name} as it came, in pieces of ${pieceOctets}`, async () => {
      await using it = pair();
      assert.equal(only(await it.deliver([A], { rest, pieceOctets })).kind, "delivered");
      assert.ok(it.server.mails[0]?.message === `Subject: Build failed\r\n${rest}`);
    });
  }
}

Deno.test("smarthost.deliver() completes a last line that lacks its end", async () => {
  await using it = pair();
  await it.deliver([A], { rest: "\r\nlast" });
  assert.equal(it.server.mails[0]?.message, "Subject: Build failed\r\n\r\nlast\r\n");
});

Deno.test("smarthost.deliver() never ends a message that is not whole", async () => {
  await using it = pair();
  const mail = sampleMail();
  const short = { ...mail, message: { ...mail.message, octets: mail.message.octets + 1 } };
  const outcomes = await it.destination.deliver(
    short,
    sampleDelivery(A),
    new AbortController().signal,
  );
  assert.match(reasonOf(only(outcomes)), /message ends after 36 of 37 octets$/);
  assert.equal(isDestinationAway(only(outcomes)), false);
  assert.equal(it.server.mails.length, 0);
});

Deno.test("smarthost.deliver() rejects, and cuts the connection, when reading the message breaks", async () => {
  await using it = pair();
  const mail = sampleMail();
  const broken = {
    ...mail,
    message: {
      ...mail.message,
      rest: () => {
        throw new TypeError("bug");
      },
    },
  };
  const delivering = it.destination.deliver(
    broken,
    sampleDelivery(A),
    new AbortController().signal,
  );
  await assert.rejects(delivering, TypeError);
  await until(() => it.server.open === 0, { what: "the connection to be cut" });
  assert.equal(it.server.mails.length, 0);
  assert.equal(only(await it.deliver([A])).kind, "delivered");
});
