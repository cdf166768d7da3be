/**
 * SMTP smuggling (CVE-2023-51764 and its family) through a real socket: whatever another server
 * might take for the end of data is content here, however it is cut into packets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connectRaw, type RawClient } from "../support/raw_client.ts";
import { hasOnlyPairs, recordingService } from "../support/recording_service.ts";
import { FALSE_ENDINGS } from "../support/smuggling.ts";
import { startTestListener } from "../support/test_listener.ts";

const SMUGGLED = "MAIL FROM:<smuggled@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n" +
  "Subject: smuggled\r\n\r\nsmuggled\r\n.\r\n";

const SPLITS = 500;

for (const ending of FALSE_ENDINGS) {
  Deno.test(`no split of ${JSON.stringify(ending)} makes a second mail`, async () => {
    const service = recordingService();
    await using listener = startTestListener({ service });
    using client = await connectRaw(listener.address.port);
    assert.match(await client.say("EHLO ci.test") ?? "", /^250/);
    for (let split = 0; split < SPLITS; split++) {
      await open(client);
      await writeSplit(client, `body${ending}${SMUGGLED}`, split === 0 ? 1000 : split % 7);
      assert.equal(await client.say("NOOP"), "250 2.0.0 Taken");
      assert.equal(await client.reply(), "250 2.0.0 OK");
    }
    assert.equal(service.mails.length, SPLITS);
    for (const { envelope, text } of service.mails) {
      assert.equal(envelope.reversePath, "a@example.net");
      assert.ok(hasOnlyPairs(text));
      assert.ok(text.includes("MAIL FROM:<smuggled@example.net>\r\n"));
    }
  });

  Deno.test(`${JSON.stringify(ending)} in a message that is too big makes no mail`, async () => {
    const service = recordingService();
    await using listener = startTestListener({ service, limits: { messageSizeOctets: 50 } });
    using client = await connectRaw(listener.address.port);
    assert.match(await client.say("EHLO ci.test") ?? "", /^250/);
    for (let split = 0; split < 20; split++) {
      await open(client);
      await writeSplit(client, `${"x".repeat(60)}${ending}${SMUGGLED}`, split % 7);
      assert.match(await client.say("NOOP") ?? "", /^552 5\.3\.4 /);
      assert.equal(await client.reply(), "250 2.0.0 OK");
    }
    assert.equal(service.mails.length, 0);
  });
}

async function open(client: RawClient): Promise<void> {
  await client.write("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n");
  for (const code of ["250", "250", "354"]) {
    assert.equal((await client.reply())?.slice(0, 3), code);
  }
}

/** Writes text in random pieces: `cuts` of them, or octet by octet when there are so many. */
async function writeSplit(client: RawClient, text: string, cuts: number): Promise<void> {
  const places = cuts >= text.length
    ? Array.from(text, (_, index) => index)
    : Array.from({ length: cuts }, () => Math.floor(Math.random() * text.length));
  const edges = [0, ...places.sort((a, b) => a - b), text.length];
  for (let index = 1; index < edges.length; index++) {
    const piece = text.slice(edges[index - 1], edges[index]);
    if (piece !== "") await client.write(piece);
  }
}
