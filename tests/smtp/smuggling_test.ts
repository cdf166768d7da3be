/**
 * SMTP smuggling (CVE-2023-51764 and its family) through a real socket, in clear, after STARTTLS and
 * over TLS: whatever another server might take for the end of data is content here, however it is
 * cut into packets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connectOver, type Transport, TRANSPORTS } from "../support/dialog_transport.ts";
import { openFileTls } from "../support/file_tls.ts";
import { type RawClient, rawClient } from "../support/raw_client.ts";
import { hasOnlyPairs, recordingService } from "../support/recording_service.ts";
import { FALSE_ENDINGS } from "../support/smuggling.ts";
import { startTestListener, type TestListener } from "../support/test_listener.ts";

const SMUGGLED = "MAIL FROM:<smuggled@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n" +
  "Subject: smuggled\r\n\r\nsmuggled\r\n.\r\n";

/** How often each is cut anew; over TLS every piece is a record, and nothing else is different. */
const SPLITS = { plain: 500, starttls: 30, implicit: 30 } as const;

const { tls: server, ca } = await openFileTls();

for (const transport of TRANSPORTS) {
  for (const ending of FALSE_ENDINGS) {
    const name = `${JSON.stringify(ending)} (${transport})`;

    Deno.test(`no split of ${name} makes a second mail`, async () => {
      const service = recordingService();
      await using listener = startTestListener({ service, ...tlsFor(transport) });
      using client = await connect(listener, transport);
      for (let split = 0; split < SPLITS[transport]; split++) {
        await open(client);
        await writeSplit(client, `body${ending}${SMUGGLED}`, split === 0 ? 1000 : split % 7);
        assert.equal(await client.say("NOOP"), "250 2.0.0 Taken");
        assert.equal(await client.reply(), "250 2.0.0 OK");
      }
      assert.equal(service.mails.length, SPLITS[transport]);
      for (const { envelope, text } of service.mails) {
        assert.equal(envelope.reversePath, "a@example.net");
        assert.ok(hasOnlyPairs(text));
        assert.ok(text.includes("MAIL FROM:<smuggled@example.net>\r\n"));
      }
    });

    Deno.test(`${name} in a message that is too big makes no mail`, async () => {
      const service = recordingService();
      const limits = { messageSizeOctets: 50 };
      await using listener = startTestListener({ service, limits, ...tlsFor(transport) });
      using client = await connect(listener, transport);
      for (let split = 0; split < 20; split++) {
        await open(client);
        await writeSplit(client, `${"x".repeat(60)}${ending}${SMUGGLED}`, split % 7);
        assert.match(await client.say("NOOP") ?? "", /^552 5\.3\.4 /);
        assert.equal(await client.reply(), "250 2.0.0 OK");
      }
      assert.equal(service.mails.length, 0);
    });
  }
}

function tlsFor(transport: Transport) {
  if (transport === "plain") return {};
  return { tls: { server, mode: transport, required: false } };
}

async function connect({ address }: TestListener, transport: Transport): Promise<RawClient> {
  const { conn, said } = await connectOver(transport, address.port, { ca });
  if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
  const client = rawClient(conn);
  if (said === "") await client.reply();
  assert.match(await client.say("EHLO ci.test") ?? "", /^250/);
  return client;
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
