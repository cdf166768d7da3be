/**
 * Sends every mail of packs/ and mails/ through a relay: as it is, cut off, and with noise in it. Each
 * goes through all packs and some rules, and each arrives: once as it came, once with new addresses.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bare, withoutBlanks } from "../support/golden_player.ts";
import { latin1 } from "../support/octets.ts";
import { startOwnRelay } from "../support/own_relay.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { type RecordedMail, startRecordingSink } from "../support/recording_sink.ts";
import { until } from "../support/wait.ts";

const HERE = new URL("./", import.meta.url);
const ALERTS = "alerts@example.com";
/** Notifiers that send at the same time. */
const NOTIFIERS = 6;

/** Each rule tells somebody else. */
const RULES = ["copies", "critical", "builds", "storage", "backup", "archive", "others"];

/** One mail on its way; its reverse-path names it. */
interface Sent {
  readonly name: string;
  readonly message: string;
}

/** What may happen to a mail before we get it; `at` is its place in the corpus. */
const DEFECTS: Readonly<Record<string, (message: string, at: number) => string>> = {
  "as it is": (message) => message,
  "cut off anywhere": (message, at) => message.slice(0, message.length * (1 + at % 9) / 10),
  "with noise in it": (message, at) => noisy(message, [3, 17, 61][at % 3] ?? 3),
};

/** Every so many octets another one; line ends stay, for a bare one is refused. */
function noisy(message: string, step: number): string {
  return [...message].map((octet, at) => {
    const other = String.fromCharCode(octet.charCodeAt(0) ^ (0x80 | at % 64));
    return at % step < step - 1 || /[\r\n]/.test(octet + other) ? octet : other;
  }).join("");
}

function* filesBelow(folder: URL): Iterable<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else if (name.endsWith(".eml")) yield new URL(name, folder);
  }
}

/** With CR LF throughout and a last line that ends. */
function onTheWire(text: string): string {
  return text.replace(/\r$/, "").replace(/\r?\n/g, "\r\n").replace(/[^\n]$/, "$&\r\n");
}

async function readCorpus(): Promise<readonly string[]> {
  const files = ["packs/", "mails/"].flatMap((folder) => [...filesBelow(new URL(folder, HERE))]);
  return await Promise.all(files.map(async (file) => onTheWire(latin1(await Deno.readFile(file)))));
}

function configurationOf(smarthostPort: number): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthostPort}
packs:
- {name: scanner, match: {subject: "^Scan (?<object>\\\\S+) failed"}, event: SCAN_FAILED}
managers:
- name: copies
  type: mail
  also: true
  messages-we-want: {to: ${ALERTS}}
  rules:
  - {when: 'true', actions: ["mailto:copies@example.com"]}
- name: alerts
  type: mail
  rewrite-headers: false
  messages-we-want: {to: ${ALERTS}}
  rules:
  - when: fields.severity == "critical"
    actions: ["mailto:critical@example.com"]
    stop: true
  - when: event in ["BREAKS", "FAILS"]
    actions: ["mailto:builds@example.com"]
  - when: mail.text.contains("disk")
    actions: ["mailto:storage@example.com"]
  - filter: {function: mail.in_subject, args: [backup]}
    actions: ["mailto:backup@example.com"]
  - when: mail.attachments.exists(a, a.name != "")
    actions: ["mailto:archive@example.com"]
  otherwise: ["mailto:others@example.com"]
`;
}

async function sendAll(port: number, all: readonly Sent[]): Promise<void> {
  const waiting = [...all];
  await Promise.all(Array.from({ length: NOTIFIERS }, async () => {
    using client = await connectRaw(port);
    for (let sent = waiting.pop(); sent !== undefined; sent = waiting.pop()) {
      const from = `${sent.name}@fleet.example.com`;
      const message = sent.message.replace(/^\./gm, "..");
      assert.match(await sendOn(client, { from, to: [ALERTS], message }), /^250 /, sent.name);
    }
  }));
}

const corpus = await readCorpus();

for (const [defect, apply] of Object.entries(DEFECTS)) {
  Deno.test(`every mail of the corpus is delivered ${defect}`, async () => {
    assert.ok(corpus.length >= 300, `only ${corpus.length} mails`);
    const all = corpus.map((message, at) => ({
      name: `n${at}`,
      message: onTheWire(apply(message, at)),
    }));
    await using sink = startRecordingSink();
    await using relay = await startOwnRelay(configurationOf(sink.port));
    await sendAll(relay.port, all);
    await until(() => sink.mails.length >= 2 * all.length, { what: "every mail, and its copy" });
    assert.equal(sink.mails.length, 2 * all.length);
    const arrived = Map.groupBy(sink.mails, ({ mail }) => /<(n\d+)@/.exec(mail)?.[1]);
    for (const sent of all) checkArrived(sent, arrived.get(sent.name) ?? []);
    const told = new Set(sink.mails.flatMap(({ recipients }) => recipients.map(localPart)));
    // What is broken is critical to nobody, and may have lost its attachments.
    assert.ok(told.size >= (defect === "as it is" ? RULES.length : 3), [...told].join());
    assert.ok([...told].every((name) => RULES.includes(name)), [...told].join());
  });
}

/** Nothing is added but our `Received`, and a blank line where something else than a field stands. */
function checkArrived({ name, message }: Sent, mails: readonly RecordedMail[]): void {
  assert.equal(mails.length, 2, name);
  const [copy, whole] = mails.toSorted((one, other) => Number(isCopy(other)) - Number(isCopy(one)));
  const [rewritten, kept] = [withoutTrace(copy), withoutTrace(whole)];
  if (isWellFormed(message)) {
    assert.equal(kept, message, name);
    assert.equal(bare(rewritten), bare(message), name);
  } else {
    assert.equal(kept.length, message.length + 2, name);
    assert.equal(withoutBlanks(kept), withoutBlanks(message), name);
    const body = message.indexOf("\r\n\r\n");
    assert.ok(body < 0 || rewritten.endsWith(message.slice(body)), name);
  }
}

/** Whether a message has nothing but fields, up to an empty line or its end. */
function isWellFormed(message: string): boolean {
  return /^(?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*(?:\r\n|$)/.test(message);
}

function isCopy({ recipients }: RecordedMail): boolean {
  return recipients.some((command) => localPart(command) === "copies");
}

function localPart(command: string): string {
  return /^RCPT TO:<(.+?)@example\.com>/.exec(command)?.[1] ?? command;
}

function withoutTrace(mail: RecordedMail | undefined): string {
  assert.ok(mail !== undefined);
  const text = latin1(mail.message);
  const received = /^Received: [^]*?\r\n(?![ \t])/.exec(text)?.[0] ?? "";
  assert.notEqual(received, "");
  return text.slice(received.length);
}
