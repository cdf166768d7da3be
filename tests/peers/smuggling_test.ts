/**
 * Every known false end of data (CVE-2023-51764 and its kin), from a raw socket through the program
 * to Postfix, which by default takes some of them for the end, to `smtp-sink` and to a recording
 * server: never a second mail, and no bare CR or LF on the way out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { isLostPeer } from "../support/lost_peer.ts";
import { latin1 } from "../support/octets.ts";
import { startPostfix } from "../support/postfix.ts";
import { startProgram } from "../support/program.ts";
import { connectRaw, type RawClient, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { FALSE_ENDINGS } from "../support/smuggling.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { until } from "../support/wait.ts";

/** What follows the false end: a mail of the attacker's own, then the true end of the first. */
const SMUGGLED = [
  "MAIL FROM:<smuggled@example.com>",
  "RCPT TO:<victim@example.org>",
  "DATA",
  "Subject: smuggled",
  "",
  "smuggled",
].join("\r\n");

/** Many attacks differ in nothing but how they are cut into packets. */
const EACH_COUNTS = "duplicates: {window: 0s}";

const cuts: readonly { readonly name: string; readonly cut: (text: string) => string[] }[] = [
  { name: "in one piece", cut: (text) => [text] },
  { name: "octet by octet", cut: (text) => [...text] },
  { name: "cut at random", cut: (text) => text.split(/(?<=[^])/).reduce(joinAtRandom, [""]) },
];

/** A false end and the way it comes. */
interface Attack {
  readonly ending: string;
  readonly cut: (text: string) => string[];
}

/** A mail server and what it took. */
interface Victim extends AsyncDisposable {
  readonly port: number;
  /** What it took, each with its reverse-path somewhere before the message. */
  taken(): string[];
}

const victims: readonly { readonly name: string; readonly start: () => Promise<Victim> }[] = [
  {
    name: "Postfix",
    start: async () => {
      const postfix = await startPostfix();
      return { ...postfix, taken: postfix.mails };
    },
  },
  {
    name: "smtp-sink",
    start: async () => {
      const sink = await startSmtpSink({ dump: true });
      return { ...sink, taken: () => sink.mails().map(({ mail, message }) => mail + message) };
    },
  },
];

for (const { name, start } of victims) {
  Deno.test(`${name} gets one mail at most for each false end of data`, async () => {
    await using victim = await start();
    await using program = await startProgram(passThrough(victim.port, EACH_COUNTS));
    let acknowledged = 0;
    for (const { cut } of cuts) {
      for (const ending of FALSE_ENDINGS) {
        acknowledged += Number(await attack(program.port, { ending, cut }));
        assert.match(await sendRaw(program.port), /^250 /);
        acknowledged += 1;
      }
    }
    const enough = () => victim.taken().length >= acknowledged;
    await until(enough, { what: `${acknowledged} mails`, withinMs: 120_000 });
    const taken = victim.taken();
    assert.ok(taken.every((mail) => !/^(Return-Path: )?<smuggled@/.test(mail)), "smuggled");
    assert.equal(taken.length, acknowledged);
    assert.equal(await program.stop(), 0);
  });
}

for (const { name, cut } of cuts) {
  Deno.test(`no bare CR or LF goes out for any false end of data, ${name}`, async () => {
    await using sink = startRecordingSink();
    await using program = await startProgram(passThrough(sink.port, EACH_COUNTS));
    for (const ending of FALSE_ENDINGS) await attack(program.port, { ending, cut });
    assert.match(await sendRaw(program.port), /^250 /);
    assert.ok(sink.mails.length <= FALSE_ENDINGS.length + 1, `${sink.mails.length} mails`);
    for (const wire of sink.wire()) {
      assert.doesNotMatch(latin1(wire), /(^|[^\r])\n|\r([^\n]|$)/);
      assert.doesNotMatch(latin1(wire), /\r\n\.\r\nMAIL FROM:<smuggled/i);
    }
    assert.equal(await program.stop(), 0);
  });
}

/**
 * One session; the server may take the mail, refuse it or hang up, but it must answer.
 *
 * @returns Whether the mail was acknowledged.
 */
async function attack(port: number, { ending, cut }: Attack): Promise<boolean> {
  using client = await connectRaw(port);
  for (
    const command of ["EHLO x.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@example.org>", "DATA"]
  ) {
    assert.match(await client.say(command) ?? "", /^[23]/);
  }
  const message = `Subject: first\r\n\r\nfirst${ending}${SMUGGLED}\r\n.\r\n`;
  for (const piece of cut(message)) if (!await written(client, piece)) return false;
  const reply = await client.reply();
  assert.ok(reply === null || /^(250|5\d\d|421) /.test(reply), reply ?? "");
  // A server that took the false end now has answers to the smuggled commands as well.
  const goodbye = reply === null ? null : await client.say("QUIT");
  assert.ok(goodbye === null || /^221 /.test(goodbye), JSON.stringify({ ending, goodbye }));
  return reply?.startsWith("250") ?? false;
}

async function written(client: RawClient, piece: string): Promise<boolean> {
  try {
    await client.write(piece);
    return true;
  } catch (error) {
    if (isLostPeer(error)) return false;
    throw error;
  }
}

function joinAtRandom(pieces: string[], octet: string): string[] {
  if (Math.random() < 0.2) return [...pieces, octet];
  return [...pieces.slice(0, -1), (pieces.at(-1) ?? "") + octet];
}
