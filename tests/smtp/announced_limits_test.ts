/**
 * Every limit that EHLO announces is the one that is enforced: read from the reply as our own client
 * reads it, kept to the last, then exceeded by one. In clear, after STARTTLS, and over TLS.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseExtensions } from "../../lib/smtp/client/extensions.ts";
import type { ListenOptions } from "../../lib/smtp/listener.ts";
import { connectOver, type Transport, TRANSPORTS } from "../support/dialog_transport.ts";
import { openFileTls } from "../support/file_tls.ts";
import { type RawClient, rawClient } from "../support/raw_client.ts";
import { startTestListener } from "../support/test_listener.ts";

const LIMITS = { messageSizeOctets: 70_000, recipients: 3, mailsPerConnection: 2 };

const { tls: server, ca } = await openFileTls();

for (const transport of TRANSPORTS) {
  Deno.test(`SIZE, RCPTMAX and MAILMAX are what is enforced (${transport})`, async () => {
    if (transport === "plain") return await tryLimits(transport, {});
    await tryLimits(transport, { tls: { server, mode: transport, required: false } });
  });
}

async function tryLimits(
  transport: Transport,
  options: Partial<Pick<ListenOptions, "tls">>,
): Promise<void> {
  await using listener = startTestListener({ limits: LIMITS, ...options });
  const { conn, said } = await connectOver(transport, listener.address.port, { ca });
  using client = rawClient(conn);
  if (said === "") await client.reply();
  const { sizeOctets = 0, maxRecipients, maxMails } = await announced(client);
  assert.deepEqual({ sizeOctets, maxRecipients, maxMails }, {
    sizeOctets: LIMITS.messageSizeOctets,
    maxRecipients: LIMITS.recipients,
    maxMails: LIMITS.mailsPerConnection,
  });
  assert.match(await declare(client, sizeOctets + 1), /^552 5\.3\.4 /);
  assert.match(await declare(client, sizeOctets), /^250 /);
  for (let count = 0; count < maxRecipients; count++) {
    assert.match(await client.say(`RCPT TO:<r${count}@example.org>`) ?? "", /^250 /);
  }
  assert.match(await client.say("RCPT TO:<one@example.org>") ?? "", /^452 4\.5\.3 /);
  assert.match(await sendMessage(client, sizeOctets), /^250 /);
  assert.match(await declare(client, 0), /^250 /);
  await client.say("RCPT TO:<r@example.org>");
  assert.match(await sendMessage(client, sizeOctets + 1), /^552 5\.3\.4 /);
  assert.equal(maxMails, 2);
  assert.match(await declare(client, 0), /^421 4\.7\.0 Too many mails/);
}

async function announced(client: RawClient): Promise<ReturnType<typeof parseExtensions>> {
  const reply = await client.say("EHLO notifier.test") ?? "";
  const [first = "", ...rest] = reply.split("\n").map((line) => line.slice(4));
  return parseExtensions({ code: 250, lines: [first, ...rest] });
}

async function declare(client: RawClient, octets: number): Promise<string> {
  return await client.say(`MAIL FROM:<a@example.net> SIZE=${octets}`) ?? "(closed)";
}

/** A message of exactly so many octets. */
async function sendMessage(client: RawClient, octets: number): Promise<string> {
  assert.match(await client.say("DATA") ?? "", /^354 /);
  await client.write(`${"x".repeat(octets - 2)}\r\n.\r\n`);
  return await client.reply() ?? "(closed)";
}
