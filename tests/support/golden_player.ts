/**
 * Sends a golden mail through a relay of its own and writes down what comes of it. Each mail begins
 * with the same world, so that none depends on those before it.
 *
 * INVARIANTS
 *
 * 1. What differs from run to run (queue id, date, ports, times) is replaced by words.
 * 2. Whatever the golden file says: only `To` and `From` of a mail may change, and those only by
 *    a rewrite. A wrong outcome in any other octet cannot be blessed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { parseConfiguration } from "../../lib/config/load.ts";
import type { Configuration } from "../../lib/config/types.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import { describeOutcome } from "./golden_outcome.ts";
import { latin1 } from "./octets.ts";
import { startOwnRelay } from "./own_relay.ts";
import { connectRaw, type RawClient } from "./raw_client.ts";
import { type RecordedMail, type RecordingSink, startRecordingSink } from "./recording_sink.ts";
import { until } from "./wait.ts";

/** Where the golden mails are, and what they are sent through. */
export interface GoldenPlace {
  /** The folder of the mails. */
  readonly folder: URL;
  /** The configuration file. */
  readonly configuration: URL;
}

/** What a notifier sends. */
interface GoldenMail {
  /** MAIL and RCPT. */
  readonly commands: readonly string[];
  /** The message, one character an octet, CR LF throughout, not dot-stuffed. */
  readonly message: string;
  /** Another mail that is sent before. */
  readonly after?: string;
}

/** What the GoCD server shows: `bank/test` failed when it ran last, `shop/deploy` was cancelled. */
const GOCD = {
  version: "26.1",
  users: [{ name: "olle", password: "pelle", admin: false }],
  groups: {
    "my-group": ["shop", "bank"],
    releases: ["shop-release-1.2", "game-release-2.0"],
    other: ["game"],
  },
  stages: [
    { pipeline: "shop", stage: "build", result: "Passed", counter: 40 },
    { pipeline: "shop", stage: "deploy", result: "Cancelled", counter: 40 },
    { pipeline: "bank", stage: "test", result: "Failed", counter: 117 },
    { pipeline: "shop-release-1.2", stage: "build", result: "Passed", counter: 6 },
    { pipeline: "game-release-2.0", stage: "build", result: "Passed", counter: 2 },
    { pipeline: "game", stage: "build", result: "Passed", counter: 8 },
  ],
} as const;

/** Plays a mail and gives what came of it, as a golden file has it. */
export async function playGolden(name: string, place: GoldenPlace): Promise<string> {
  const mail = await readMail(name, place.folder);
  const earlier = mail.after === undefined ? [] : [await readMail(mail.after, place.folder)];
  const gocd = startGocdServer(GOCD);
  try {
    await using sink = startRecordingSink();
    const configuration = await configurationOf(place.configuration, sink.port, gocd.url);
    const routed: { envelope: Envelope; routing: Routing }[] = [];
    await using relay = await startOwnRelay(configuration, {
      onRouted: ({ envelope }, routing) => routed.push({ envelope, routing }),
    });
    await until(() => hasToldAll(gocd, configuration), { what: "GoCD to be asked" });
    using client = await connectRaw(relay.port);
    assert.match(await client.say("EHLO ci.example.com") ?? "", /^250/);
    for (const other of earlier) assert.match(await send(client, other), /^250 /);
    const before = sink.mails.length;
    const reply = await send(client, mail);
    const last = routed.at(-1);
    assert.ok(last !== undefined, `${name} was not routed: ${reply}`);
    const sent = inOrder(last.routing, sink.mails.slice(before));
    assertOnlyAddressesChange(mail.message, last.routing, sent);
    return describeOutcome({ ...last, reply, sent, gocdUrl: gocd.url });
  } finally {
    await gocd.close();
  }
}

async function readMail(name: string, folder: URL): Promise<GoldenMail> {
  const lines = (await Deno.readTextFile(new URL(`${name}.envelope`, folder))).trim().split("\n");
  const after = lines.find((line) => line.startsWith("AFTER "))?.slice("AFTER ".length);
  const text = latin1(await Deno.readFile(new URL(`${name}.eml`, folder)));
  // SMTP has no unfinished line: a notifier ends the last one, if only to send the dot.
  const message = text.replace(/[^\n]$/, "$&\n").replaceAll("\n", "\r\n");
  const commands = lines.filter((line) => !line.startsWith("AFTER "));
  return after === undefined ? { commands, message } : { commands, message, after };
}

async function configurationOf(file: URL, sinkPort: number, gocd: string): Promise<Configuration> {
  const text = (await Deno.readTextFile(file))
    .replace("local-smtp: localhost:1025", "local-smtp: 127.0.0.1:0")
    .replace("remote-smtp: localhost:8025", `remote-smtp: 127.0.0.1:${sinkPort}`)
    .replaceAll("http://localhost:8080/go", gocd);
  return parseConfiguration("configuration.yaml", text, () => undefined);
}

/** Each manager asks once for the feed, and twice for the dashboard: groups, and what failed. */
function hasToldAll({ requests }: GocdServer, { managers }: Configuration): boolean {
  const asking = managers.filter(({ gocd }) => gocd !== undefined).length;
  const count = (path: string) => requests.filter((request) => request.path === path).length;
  return count("/cctray.xml") >= asking && count("/api/dashboard") >= 2 * asking;
}

/** Sends a mail on an open connection, and gives the reply to the end of data. */
async function send(client: RawClient, { commands, message }: GoldenMail): Promise<string> {
  for (const command of commands) assert.match(await client.say(command) ?? "", /^250 /, command);
  assert.match(await client.say("DATA") ?? "", /^354 /);
  await client.write(`${message.replace(/^\./gm, "..")}.\r\n`);
  return await client.reply() ?? "(closed)";
}

/** Deliveries run side by side; here they stand in the order of the decision. */
function inOrder({ deliveries }: Routing, sent: RecordingSink["mails"]): RecordingSink["mails"] {
  const place = ({ recipients }: RecordedMail) =>
    deliveries.findIndex((delivery) => recipients[0]?.includes(`<${delivery.recipients[0]}>`));
  return sent.toSorted((one, other) => place(one) - place(other));
}

/** Holds invariant 2. A message without the blank line gets one, which is no change of its text. */
function assertOnlyAddressesChange(
  message: string,
  { deliveries }: Routing,
  sent: RecordingSink["mails"],
): void {
  const smarthost = deliveries.filter(({ destination }) => destination === "smarthost");
  assert.equal(sent.length, smarthost.length, "mails that went out");
  for (const [index, { message: octets }] of sent.entries()) {
    const arrived = latin1(octets);
    const received = /^Received: [^]*?\r\n(?![ \t])/.exec(arrived)?.[0] ?? "";
    const text = arrived.slice(received.length);
    if (smarthost[index]?.rewrite === undefined) {
      assert.equal(withoutBlanks(text), withoutBlanks(message));
      if (message.includes("\r\n\r\n")) assert.equal(text, message);
    } else {
      assert.equal(bare(text), bare(message));
    }
  }
}

/** A message without empty lines. */
export function withoutBlanks(text: string): string {
  return text.replace(/(^|\r\n)(\r\n)+/g, "$1");
}

/** A message without the fields that a rewrite may replace, and without empty lines. */
export function bare(text: string): string {
  const end = text.indexOf("\r\n\r\n");
  const fields = end < 0 ? text : text.slice(0, end + 2);
  const rest = end < 0 ? "" : text.slice(end + 2);
  const others = fields.replace(/^(?:To|From)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*/gim, "");
  return withoutBlanks(others + rest);
}
