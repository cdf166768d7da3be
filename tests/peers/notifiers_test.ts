/**
 * Programs of others as notifiers: their mails come out at the mail server as they went in, and
 * nothing but CR LF ends a line on the way out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { passThrough } from "../support/configuration.ts";
import { bodyOf, latin1, octets } from "../support/octets.ts";
import { type Program, startProgram } from "../support/program.ts";
import {
  type RecordedMail,
  type RecordingSink,
  startRecordingSink,
} from "../support/recording_sink.ts";
import { runTool } from "../support/tools.ts";

/** The program between a notifier and a recording mail server. */
interface Relay {
  readonly program: Program;
  readonly sink: RecordingSink;
}

async function relaying(use: (relay: Relay) => Promise<void>): Promise<void> {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  await use({ program, sink });
  for (const wire of sink.wire()) assert.doesNotMatch(latin1(wire), /[^\r]\n|\r[^\n]/);
  assert.equal(await program.stop(), 0);
}

/** Where swaks sends, and for how long it waits for a reply, in s: half a minute when not told. */
function swaksTo({ port }: Program): string[] {
  return ["--server", `127.0.0.1:${port}`, "--timeout", "120"];
}

/** One octet of every value that may stand in a line, and lines that begin with dots. */
const BINARY_BODY = `${
  latin1(Uint8Array.from({ length: 255 }, (_, index) => index + 1)).replace(/[\r\n]/g, "")
}\r\n.\r\n..\r\n.end\r\n`;

const swaks: readonly {
  readonly name: string;
  readonly args: readonly string[];
  /** The message, where swaks does not make its own. */
  readonly message?: string;
  readonly check: (mail: RecordedMail, message: string) => void;
}[] = [
  {
    name: "a plain mail",
    args: ["--body", "first\n.second\n"],
    check: (_mail, message) => assert.match(bodyOf(message), /^first\r\n\.second\r\n/),
  },
  {
    name: "pipelined commands",
    args: ["--pipeline", "--body", "pipelined\n"],
    check: (_mail, message) => assert.match(bodyOf(message), /^pipelined\r\n/),
  },
  {
    name: "several recipients",
    args: ["-t", "b@example.org,c@example.org,d@example.com"],
    check: ({ recipients }) =>
      assert.deepEqual(recipients.map((command) => command.replace(/^RCPT TO:| .*$/gi, "")), [
        "<b@example.org>",
        "<c@example.org>",
        "<d@example.com>",
      ]),
  },
  {
    name: "a message without Date",
    args: [],
    message: "Subject: no date\r\nFrom: <a@example.net>\r\n\r\nbody\r\n",
    check: (_mail, message) => {
      assert.doesNotMatch(message.replace(/^Received:.*\r\n([ \t].*\r\n)*/i, ""), /^Date:/im);
      assert.match(message, /\r\nSubject: no date\r\nFrom: <a@example\.net>\r\n\r\nbody\r\n$/);
    },
  },
  {
    name: "8-bit octets and dots",
    args: [],
    message: `Subject: 8-bit\r\n\r\n${BINARY_BODY}`,
    check: (_mail, message) => assert.equal(bodyOf(message), BINARY_BODY),
  },
];

for (const { name, args, message, check } of swaks) {
  Deno.test(`swaks sends ${name}`, () =>
    relaying(async ({ program, sink }) => {
      const to = args.includes("-t") ? [] : ["-t", "b@example.org"];
      const path = join(program.folder, "message.eml");
      // swaks wants LF in the file, says CR LF on the wire, and ends the last line itself.
      await Deno.writeFile(path, octets(message?.replaceAll("\r\n", "\n").trimEnd() ?? ""));
      const given = message === undefined ? [] : ["--data", `@${path}`];
      const server = [...swaksTo(program), "-f", "a@example.net"];
      const { code, stdout } = await runTool("swaks", [...server, ...to, ...args, ...given]);
      assert.equal(code, 0, stdout);
      const [mail] = sink.mails;
      assert.ok(mail !== undefined && sink.mails.length === 1, `${sink.mails.length} mails`);
      check(mail, latin1(mail.message));
    }));
}

Deno.test("swaks sends an attachment that comes out octet by octet", () =>
  relaying(async ({ program, sink }) => {
    const attachment = crypto.getRandomValues(new Uint8Array(60_000));
    const path = join(program.folder, "attachment.bin");
    await Deno.writeFile(path, attachment);
    const server = swaksTo(program);
    const addresses = ["-f", "a@example.net", "-t", "b@example.org"];
    const { code, stdout } = await runTool("swaks", [
      ...server,
      ...addresses,
      "--attach",
      `@${path}`,
    ]);
    assert.equal(code, 0, stdout);
    const message = latin1(sink.mails[0]?.message ?? new Uint8Array());
    const [, base64 = ""] = /base64\r\n\r\n([A-Za-z0-9+\/=\r\n]+)\r\n--/i.exec(message) ?? [];
    const decoded = octets(atob(base64.replaceAll("\r\n", "")));
    assert.equal(digest(decoded), digest(attachment));
  }));

const smtplib = [
  { kind: "plain", name: "lines that begin with dots", count: 1 },
  { kind: "eight-bit", name: "8-bit octets with BODY=8BITMIME", count: 1 },
  { kind: "smtputf8", name: "internationalised addresses with SMTPUTF8", count: 1 },
  { kind: "many", name: "200 mails on one connection", count: 200 },
] as const;

for (const { kind, name, count } of smtplib) {
  Deno.test(`smtplib sends ${name}`, () =>
    relaying(async ({ program, sink }) => {
      const script = fileURLToPath(new URL("python/smtplib_notifier.py", import.meta.url));
      const { code, stdout, stderr } = await runTool("python3", [script, `${program.port}`, kind]);
      assert.equal(code, 0, stderr);
      const sent = stdout.trim().split("\n").map((line) => JSON.parse(line).sha256);
      assert.equal(sent.length, count);
      assert.deepEqual(sink.mails.map(digestOfBody), sent);
    }));
}

Deno.test("smtp-source sends 500 mails to 5 recipients each over 10 sessions", () =>
  relaying(async ({ program, sink }) => {
    const load = ["-c", "-m", "500", "-s", "10", "-r", "5", "-l", "4000"];
    const addresses = ["-f", "a@example.net", "-t", "b@example.org"];
    const server = `127.0.0.1:${program.port}`;
    const { code, stderr } = await runTool("smtp-source", [...load, ...addresses, server]);
    assert.equal(code, 0, stderr);
    assert.equal(sink.mails.length, 500);
    assert.ok(sink.mails.every(({ recipients }) => recipients.length === 5));
  }));

Deno.test("smtp-source sends 500 mails over sessions that it keeps", () =>
  relaying(async ({ program, sink }) => {
    const load = ["-c", "-d", "-m", "500", "-s", "10", "-l", "4000"];
    const addresses = ["-f", "a@example.net", "-t", "b@example.org"];
    const server = `127.0.0.1:${program.port}`;
    const { code, stderr } = await runTool("smtp-source", [...load, ...addresses, server]);
    assert.equal(code, 0, stderr);
    assert.equal(sink.mails.length, 500);
  }));

function digestOfBody({ message }: RecordedMail): string {
  return digest(octets(bodyOf(latin1(message))));
}

function digest(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
