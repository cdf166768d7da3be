/**
 * The whole program between a hostile notifier, a REST API and a mail server: what others say in a
 * mail changes no header field that goes out, no recipient and no request.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mailWith, PLACES, PLAIN, WORDS } from "../support/hostile_mails.ts";
import { fieldNames, hostileConfiguration, ownerAnswer } from "../support/hostile_world.ts";
import { textOf } from "../support/mails.ts";
import { latin1 } from "../support/octets.ts";
import { startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { type RecordedMail, startRecordingSink } from "../support/recording_sink.ts";
import { startRest } from "../support/rest_stage.ts";

/** To whom, and the names of the header fields. */
function outlineOf({ recipients, message }: RecordedMail): string {
  const names = fieldNames(latin1(message)).join(" ");
  return `${recipients.map((command) => command.split(" ")[1]).join(" ")}: ${names}`;
}

Deno.test("serve sends hostile mails as it sends their harmless twins", async () => {
  await using rest = startRest(ownerAnswer);
  await using sink = startRecordingSink();
  const configuration = hostileConfiguration(rest.origin, sink.port);
  await using program = await startProgram(configuration);
  for (const place of PLACES) {
    const outlines = new Set<string>();
    for (const word of [PLAIN, ...WORDS]) {
      const mail = mailWith(place, word);
      const before = sink.mails.length;
      const reply = await sendRaw(program.port, {
        from: mail.envelope.reversePath,
        to: mail.envelope.forwardPaths,
        message: (await textOf(mail)).replace(/\r\n|\r|\n/g, "\r\n").replace(/^\./gm, ".."),
        parameters: "BODY=8BITMIME",
      });
      assert.match(reply, /^250 /, `${JSON.stringify(word)} in ${place.name}`);
      const sent = sink.mails.slice(before);
      assert.ok(sent.some((one) => outlineOf(one).includes("<owner@example.com>")));
      outlines.add(sent.map(outlineOf).sort().join("\n"));
    }
    assert.equal(outlines.size, 1, `${place.name}: ${[...outlines].join("\nor\n")}`);
  }
  const stage = "Subject: Stage [shop/7/build/1] failed\r\n";
  const enormous = [
    `X-Long: ${"x".repeat(1_000_000)}\r\n${stage}\r\nx\r\n`,
    stage + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(3_000),
  ];
  for (const message of enormous) {
    const before = sink.mails.length;
    const mail = { to: ["alerts@example.com"], message, parameters: "BODY=8BITMIME" };
    assert.match(await sendRaw(program.port, mail), /^250 /);
    const sent = sink.mails.slice(before).map(({ recipients }) => recipients.join());
    assert.ok(sent.some((recipients) => recipients.includes("<shop@example.com>")));
  }
  const paths = rest.requests.map(({ url }) => new URL(url).pathname.split("/").length);
  assert.deepEqual([...new Set(paths)], [5]);
  assert.ok(rest.requests.every(({ url }) => url.startsWith(`${rest.origin}/api/`)));
  assert.ok(!rest.requests.some(({ headers }) => headers.has("x-evil")));
  assert.doesNotMatch(JSON.stringify(sink.mails.map(outlineOf)), /victim|bank@|Bcc|X-Evil/);
  assert.equal(await program.stop(), 0);
});
