/**
 * What the demo says before and after its mails: who is there, how it is configured, and how to
 * send a mail of one's own.
 *
 * @module
 */

import type { Paint } from "../paint.ts";
import type { World } from "./world.ts";

/** Who takes part, where each one listens, and the relay's whole configuration. */
export function introduce(world: World, brush: Paint): string {
  const { relayPort, mailPort, gocd, configurationText } = world;
  const relay = `127.0.0.1:${relayPort}`.padEnd(15);
  const configuration = configurationText.trimEnd().split("\n").map((line) => `    ${line}\n`);
  return [
    `${
      brush("mail2alert demo", "bold")
    }: machines report by mail, the relay finds out who must know.\n`,
    "All of this runs in one process, on loopback ports of its own:\n",
    "\n",
    "    notifiers  ──▶  mail2alert       ──▶  mail server\n",
    `                    ${relay}       127.0.0.1:${mailPort}\n`,
    "                        │\n",
    `                        └──▶  GoCD's REST API: ${gocd.url}\n`,
    "\n",
    "The relay's configuration:\n",
    "\n",
    ...configuration.map((line) => brush(line, "dim")),
    "\n",
    "The notifiers begin to send. Times run from the end of a mail to its reply.\n",
    "\n",
  ].join("");
}

/** What to do next, once the demo is over. */
export function whatNext(): string {
  return "\nTo send it mails of your own, keep it running: add --keep to the command.\n";
}

/** How to send a mail to the relay. */
export function howToSend({ relayPort }: World, brush: Paint): string {
  const subject = "Stage [billing/119/test/1] failed";
  const envelope = ["go@example.com", "mail2alert@example.com"] as const;
  return [
    "\n",
    `${brush("Still listening", "bold")} on 127.0.0.1:${relayPort}; Ctrl-C ends it.`,
    " Send it a mail of your own.\n",
    "\n",
    "With swaks:\n",
    ...swaks(relayPort, envelope, subject),
    "With Python:\n",
    ...python(relayPort, envelope, subject),
    `By hand: nc -C 127.0.0.1 ${relayPort}, and once it has greeted you:\n`,
    ...byHand(envelope, subject),
    "GoCD's my-group has the pipelines shop and billing. billing/test has passed just now,\n",
    'so if GoCD says "failed", which event is it?\n',
    "\n",
  ].join("");
}

type FromTo = readonly [from: string, to: string];

function swaks(port: number, [from, to]: FromTo, subject: string): readonly string[] {
  return indented([
    `swaks --server 127.0.0.1:${port} --from ${from} \\`,
    `  --to ${to} --h-Subject '${subject}'`,
    "",
  ]);
}

function python(port: number, [from, to]: FromTo, subject: string): readonly string[] {
  return indented([
    `python3 -c 'import smtplib; smtplib.SMTP("127.0.0.1", ${port}).sendmail(`,
    `  "${from}", "${to}",`,
    `  "Subject: ${subject}\\r\\n\\r\\nHello\\r\\n")'`,
    "",
  ]);
}

function byHand([from, to]: FromTo, subject: string): readonly string[] {
  return indented([
    "EHLO me",
    `MAIL FROM:<${from}>`,
    `RCPT TO:<${to}>`,
    "DATA",
    `Subject: ${subject}`,
    "",
    "Hello",
    ".",
    "QUIT",
    "",
  ]);
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line === "" ? "\n" : `    ${line}\n`);
}
