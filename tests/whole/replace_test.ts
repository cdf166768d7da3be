/**
 * `serve --replace`: a new program takes the place of the old one, and no notifier sees it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { isLostPeer } from "../support/lost_peer.ts";
import { latin1 } from "../support/octets.ts";
import { freePort } from "../support/ports.ts";
import { type Program, startProgram } from "../support/program.ts";
import { connectRaw, type RawClient, sendOn, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { until } from "../support/wait.ts";

const RATE_PER_SECOND = 100;
const SECONDS = 10;
const REPLACEMENTS = 4;

function configurationFor(smarthostPort: number, port: number, more = ""): string {
  return passThrough(smarthostPort, more).replace("127.0.0.1:0", `127.0.0.1:${port}`);
}

function message(name: string): string {
  return `Subject: ${name}\r\nFrom: <a@example.net>\r\n\r\nbody of ${name}\r\n`;
}

function namesOf(mails: readonly { readonly message: Uint8Array }[]): string[] {
  return mails.map(({ message }) => /^Subject: (.*)\r$/m.exec(latin1(message))?.[1] ?? "").sort();
}

/** Sends mails at a steady pace, a connection each; says what became of those that were not taken. */
async function sendPaced(port: number, count: number): Promise<string[]> {
  const started = performance.now();
  const sent: Promise<string | null>[] = [];
  for (let number = 0; number < count; number++) {
    const waitMs = started + number * 1_000 / RATE_PER_SECOND - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(
      sendKnockingTwice(port, `mail ${number}`).then(
        (reply) => reply.startsWith("250 ") ? null : `${number}: ${reply}`,
        (error) => `${number}: ${error}`,
      ),
    );
  }
  return (await Promise.all(sent)).filter((failure) => failure !== null);
}

/**
 * Sends a mail. A connection that nobody has accepted when the old process closes its port is reset
 * (`lib/smtp/accept_loop.ts`): who has not even been greeted comes once more, as every notifier does.
 */
async function sendKnockingTwice(port: number, name: string): Promise<string> {
  using client = await greeted(port) ?? await greeted(port);
  return client === null ? "(no greeting)" : await sendOn(client, { message: message(name) });
}

/** A connection with its greeting; `null` where it broke before that. */
async function greeted(port: number): Promise<RawClient | null> {
  try {
    const client = await connectRaw(port);
    if (client.greeting !== "") return client;
    client[Symbol.dispose]();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused || isLostPeer(error)) return null;
    throw error;
  }
}

/** Puts a new program in the place of another, and waits for the end of that. */
async function replace(old: Program, configuration: string, logName: string): Promise<Program> {
  const { folder } = old;
  const flags = ["--replace"];
  const program = await startProgram(configuration, { folder, flags, logName });
  assert.equal(await old.exit(), 0, old.log());
  return program;
}

Deno.test(`serve --replace under ${RATE_PER_SECOND} mails/s refuses, loses and doubles none`, async () => {
  await using sink = startRecordingSink();
  // Whoever was held up sends what is due at once.
  const room = "limits: {connections-per-peer: 2000, connections: 2000}";
  const configuration = configurationFor(sink.port, freePort(), room);
  await using first = await startProgram(configuration);
  await using programs = new AsyncDisposableStack();
  const count = RATE_PER_SECOND * SECONDS;
  const sent = sendPaced(first.port, count);
  let current: Program = first;
  for (let round = 1; round <= REPLACEMENTS; round++) {
    await until(() => sink.mails.length >= count * round / (REPLACEMENTS + 1), {
      what: `the time for replacement ${round}`,
      withinMs: 120_000,
    });
    current = programs.use(await replace(current, configuration, `${round}.log`));
  }
  assert.deepEqual(await sent, []);
  const expected = Array.from({ length: count }, (_, number) => `mail ${number}`).sort();
  assert.deepEqual(namesOf(sink.mails), expected);
  assert.equal(await current.stop(), 0);
});

Deno.test("serve --replace is a plain start where nobody runs", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port), { flags: ["--replace"] });
  assert.match(await sendRaw(program.port), /^250 /);
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --replace takes the queue over", async () => {
  const away = freePort();
  const port = freePort();
  await using sink = startRecordingSink();
  await using old = await startProgram(configurationFor(away, port, "queue: {first-retry: 1s}"));
  for (const name of ["one", "two", "three"]) {
    assert.match(await sendRaw(port, { message: message(name) }), /^250 2\.0\.0 .*queued as /);
  }
  const configuration = configurationFor(sink.port, port, "queue: {first-retry: 1s}");
  await using program = await replace(old, configuration, "next.log");
  await until(() => sink.mails.length >= 3, { what: "the queued mails", withinMs: 120_000 });
  assert.match(await sendRaw(port, { message: message("last") }), /^250 /);
  assert.deepEqual(namesOf(sink.mails), ["last", "one", "three", "two"]);
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --replace lets a session of the old program finish its mail", async () => {
  await using sink = startRecordingSink();
  const configuration = configurationFor(sink.port, freePort());
  await using old = await startProgram(configuration);
  using client = await connectRaw(old.port);
  await client.say("EHLO notifier.test");
  const { folder } = old;
  const flags = ["--replace"];
  await using program = await startProgram(configuration, { folder, flags, logName: "next.log" });
  await until(() => / app stopping /.test(old.log()), { what: "the old program's end" });
  assert.match(await sendOn(client, { message: message("late") }), /^250 /);
  assert.match(await client.say("QUIT") ?? "", /^221 /);
  assert.equal(await old.exit(), 0);
  assert.deepEqual(namesOf(sink.mails), ["late"]);
  assert.equal(await program.stop(), 0);
});
