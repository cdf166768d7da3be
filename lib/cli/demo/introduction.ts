/**
 * What the demo says before and after its mails: who is there, how it is configured, and how to
 * send a mail of one's own.
 *
 * @module
 */

import type { Paint } from "../paint.ts";
import type { World } from "./world.ts";

/** The envelope of a mail that the manager `gocd` wants. */
const FROM = "go@example.com";
const TO = "mail2alert@example.com";

/** Who takes part, where each one listens, and the relay's whole configuration. */
export function introduce(world: World, brush: Paint): string {
  const { relayPort, mailPort, gocd, catalogue, configurationText } = world;
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
    `                        ├──▶  GoCD's REST API: ${gocd.url}\n`,
    `                        └──▶  who owns a host: ${catalogue.url}\n`,
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
export function howToSend({ relayPort, store }: World, brush: Paint): string {
  const sample = { port: relayPort, subject: "Stage [billing/119/test/1] failed" };
  return [
    "\n",
    `${brush("Still listening", "bold")} on 127.0.0.1:${relayPort}; Ctrl-C ends it.`,
    " Send it a mail of your own.\n",
    "\n",
    "With swaks:\n",
    ...swaks(sample),
    "With Python:\n",
    ...python(sample),
    `By hand: nc -C 127.0.0.1 ${relayPort}, and once it has greeted you:\n`,
    ...byHand(sample),
    "The pipelines of my-group are shop and billing. billing/test has just passed: if\n",
    'GoCD now says "failed", what will the relay make of it?\n',
    "\n",
    "Until the end, `mail2alert history` and `mail2alert queue list` tell of the\n",
    "mails, when they are given the store of this demo:\n",
    "\n",
    `    --store ${store}\n`,
  ].join("");
}

/** The mail that the operator may send, and where to. */
interface OwnMail {
  readonly port: number;
  readonly subject: string;
}

function swaks({ port, subject }: OwnMail): readonly string[] {
  return indented([
    `swaks --server 127.0.0.1:${port} \\`,
    `  --from ${FROM} --to ${TO} \\`,
    `  --h-Subject '${subject}'`,
  ]);
}

function python({ port, subject }: OwnMail): readonly string[] {
  return indented([
    `python3 -c 'import smtplib; smtplib.SMTP("127.0.0.1", ${port}).sendmail(`,
    `  "${FROM}", "${TO}",`,
    `  "Subject: ${subject}\\r\\n\\r\\nHello\\r\\n")'`,
  ]);
}

/** Not indented: whoever copies it would copy the blanks, and a command begins with its verb. */
function byHand({ subject }: OwnMail): readonly string[] {
  const lines = [
    "EHLO me",
    `MAIL FROM:<${FROM}>`,
    `RCPT TO:<${TO}>`,
    "DATA",
    `Subject: ${subject}`,
    "",
    "Hello",
    ".",
    "QUIT",
  ];
  return ["\n", ...lines.map((line) => `${line}\n`), "\n"];
}

function indented(lines: readonly string[]): readonly string[] {
  return ["\n", ...lines.map((line) => `    ${line}\n`), "\n"];
}
