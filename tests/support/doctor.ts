/**
 * `mail2alert doctor device` at work in this process, and devices that come to it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { parseConfiguration } from "../../lib/config/parse.ts";
import type { ListenerConfig } from "../../lib/config/types.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured_terminal.ts";
import { makeAuthority } from "./certificates.ts";
import { closeQuietly } from "./lost_peer.ts";
import { octets } from "./octets.ts";
import { connectRaw } from "./raw_client.ts";
import { until, within } from "./wait.ts";

/** A doctor at work. */
export interface Doctor {
  /** Where it listens on 127.0.0.1. */
  readonly port: number;
  /** What it has said. */
  readonly terminal: CapturedTerminal;
  /** Its exit code. */
  readonly ended: Promise<number>;
}

/** Runs the command while devices come; gives what it has said. */
export async function consult(
  flags: readonly string[],
  visit: (doctor: Doctor) => Promise<void>,
): Promise<string> {
  const terminal = capturedTerminal();
  const args = ["doctor", "device", "--listen", "127.0.0.1:0", ...flags];
  const ended = runCommandLine(args, terminal);
  const port = await until(
    () => Number(/^Listening on 127\.0\.0\.1:(\d+) /.exec(terminal.stdout())?.[1] ?? 0) || null,
    { what: "the doctor" },
  );
  try {
    await visit({ port, terminal, ended });
  } finally {
    terminal.end();
    assert.equal(await within(ended, { what: "the end of the doctor" }), 0);
  }
  assert.equal(terminal.stderr(), "");
  return terminal.stdout();
}

/** A device that says its lines one after the other, whatever it is told. */
export async function converse(port: number, lines: readonly string[]): Promise<string[]> {
  using client = await connectRaw(port);
  const replies = [client.greeting];
  for (const line of lines) {
    await client.write(line);
    const reply = await client.reply();
    if (reply === null) break;
    replies.push(reply);
  }
  return replies;
}

/** A message, and what comes before it. */
export const MAIL: readonly string[] = [
  "DATA\r\n",
  "From: a\r\nTo: b\r\nDate: c\r\nMessage-ID: d\r\nSubject: e\r\n\r\nx\r\n.\r\n",
];
/** A mail as the standards want it. */
export const STRICT: readonly string[] = [
  "EHLO nas\r\n",
  "MAIL FROM:<a@x>\r\n",
  "RCPT TO:<b@x>\r\n",
  ...MAIL,
  "QUIT\r\n",
];

/** The listener in what was said, as a configuration has it. */
export function proposed(said: string): ListenerConfig {
  const [, snippet] = /\n(local-smtp:\n(?: {2}.*\n)+)/.exec(said) ?? [];
  assert.ok(snippet !== undefined, said);
  const text = `${snippet}remote-smtp: localhost:26\nmanagers: []\n`;
  const surroundings = { readPem: () => ({}) } as unknown as Parameters<
    typeof parseConfiguration
  >[3];
  const environment = (name: string) => name === "DEVICE_PASSWORD" ? "x" : undefined;
  const [listener] = parseConfiguration("snippet", text, environment, surroundings).listeners;
  assert.ok(listener);
  assert.deepEqual(listener.allow, ["127.0.0.1"]);
  return listener;
}

/** Everything that was judged, on one line, blanks single. */
export function judged(said: string): string {
  return (/is gone\n([^]*)/.exec(said)?.[1] ?? "").replace(/\s+/g, " ");
}

/** A device that says STARTTLS, and goes on as `then` says. */
export async function startTls(
  port: number,
  then: (conn: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const buffer = new Uint8Array(4_096);
  for (const line of ["", "EHLO nas\r\n", "STARTTLS\r\n"]) {
    await conn.write(octets(line));
    await within(conn.read(buffer), { what: "a reply" });
  }
  try {
    await then(conn);
  } finally {
    closeQuietly(conn);
  }
}

/** An authority that has signed nothing. */
export async function anyAuthority(): Promise<string> {
  return (await makeAuthority()).certificate;
}
