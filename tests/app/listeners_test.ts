/** What the configuration says of each listener is what that listener does. @module */

import assert from "node:assert/strict";
import { startOwnRelay } from "../support/own_relay.ts";
import { connectRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";

/** A relay with two listeners on free ports; what is said of each is a line of it. */
async function startTwo(first: string, second: string) {
  const sink = startRecordingSink();
  const relay = await startOwnRelay([
    `remote-smtp: 127.0.0.1:${sink.port}`,
    "managers: []",
    "local-smtp:",
    ...[first, second].flatMap((line) => ["- listen: 127.0.0.1:0", `  ${line}`]),
    "",
  ].join("\n"));
  const ports = relay.addresses.map(({ port }) => port);
  const end = async () => {
    await relay[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  };
  return { ports, [Symbol.asyncDispose]: end };
}

/** The replies to commands on a connection of its own. */
async function talk(port: number | undefined, ...commands: readonly string[]) {
  using client = await connectRaw(port ?? 0);
  const replies: string[] = [];
  for (const command of commands) replies.push(await client.say(command) ?? "(closed)");
  return replies;
}

Deno.test("lenient is for the networks of one listener", async () => {
  await using relay = await startTwo("lenient: [127.0.0.0/8]", "lenient: [10.0.0.0/8]");
  const [lenient, strict] = relay.ports;
  const commands = ["EHLO nas", "MAIL FROM:a@example.net"];
  assert.match((await talk(lenient, ...commands))[1] ?? "", /^250 /);
  assert.match((await talk(strict, ...commands))[1] ?? "", /^501 /);
});

Deno.test("xclient is for the networks of one listener", async () => {
  await using relay = await startTwo("xclient: [127.0.0.1]", "xclient: [10.0.0.1]");
  const [believing, other] = relay.ports;
  const commands = ["EHLO front.test", "XCLIENT ADDR=127.0.0.9"];
  const [offer, reply] = await talk(believing, ...commands);
  assert.match(offer ?? "", /\n250[- ]XCLIENT /);
  assert.match(reply ?? "", /^220 /);
  const [none, refusal] = await talk(other, ...commands);
  assert.doesNotMatch(none ?? "", /XCLIENT/);
  assert.match(refusal ?? "", /^502 /);
});

Deno.test("who guesses on one listener is paused on the other with the same users", async () => {
  const auth = "auth: {without-tls: true, users: {nas: secret}}";
  await using relay = await startTwo(auth, auth);
  const [first, second] = relay.ports;
  const wrong = `AUTH PLAIN ${btoa("\0nas\0wrong")}`;
  const right = `AUTH PLAIN ${btoa("\0nas\0secret")}`;
  assert.match((await talk(second, "EHLO nas", right))[1] ?? "", /^235 /);
  const guesses = await talk(first, "EHLO nas", wrong, wrong, wrong, wrong, wrong);
  assert.match(guesses.at(-1) ?? "", /^421 4\.7\.0 /);
  assert.match((await talk(second, "EHLO nas", right))[1] ?? "", /^421 4\.7\.0 /);
});
