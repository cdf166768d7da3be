/**
 * `mail2alert explain`: what would happen to a mail, and why. Asks the REST API, sends nothing.
 *
 * @module
 */

import { addressParser } from "postal-mime";
import { RelayError } from "../errors.ts";
import type { Envelope } from "../mail/envelope.ts";
import { fieldValues } from "../mail/header.ts";
import type { Mail, Message } from "../mail/message.ts";
import { newQueueId } from "../mail/queue_id.ts";
import { createRouter } from "../routing/router.ts";
import { MessageSpool } from "../store/spool.ts";
import { readConfiguration } from "./configuration.ts";
import { explainText } from "./explain_text.ts";
import type { Terminal } from "./terminal.ts";

/** What the command line says about the envelope. */
export interface ExplainOptions {
  /** The configuration file. */
  readonly config?: string;
  /** The reverse-path. */
  readonly from?: string;
  /** The forward-paths. */
  readonly to?: readonly string[];
  /** JSON instead of text. */
  readonly json?: boolean;
}

/** Explains the mail in `file`; `-` is stdin. */
export async function explain(
  file: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  const { configuration } = await readConfiguration(options.config, terminal);
  const octets = withCrlf(await readMail(file));
  const message = await hold(octets);
  const envelope = envelopeOf(message, options);
  const now = Date.now();
  const mail: Mail = { queueId: newQueueId(now), envelope, message, receivedAt: now };
  const router = createRouter(configuration.managers);
  try {
    router.start();
    const routing = await router.route(mail, undefined, { dryRun: true });
    terminal.out(
      options.json
        ? `${JSON.stringify({ envelope: pathsOf(envelope), ...routing }, null, 2)}\n`
        : explainText(envelope, routing, terminal.colour),
    );
  } finally {
    await router.close();
  }
  return 0;
}

function pathsOf({ reversePath, forwardPaths }: Envelope): object {
  return { reversePath, forwardPaths };
}

async function readMail(file: string): Promise<Uint8Array> {
  try {
    if (file === "-") return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
    return await Deno.readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RelayError("usage", `Cannot read the mail "${file}": ${reason}`);
  }
}

async function hold(octets: Uint8Array): Promise<Message> {
  // All of it stays in memory: it is there already.
  const writer = new MessageSpool("", octets.length).open("explained");
  await writer.write(octets);
  return await writer.finish();
}

/** Files have bare LF as line ends, the wire has CR LF. */
function withCrlf(octets: Uint8Array): Uint8Array {
  const LF = 0x0a;
  const CR = 0x0d;
  const bare = octets.reduce(
    (n, octet, at) => n + Number(octet === LF && octets[at - 1] !== CR),
    0,
  );
  const result = new Uint8Array(octets.length + bare);
  let to = 0;
  octets.forEach((octet, at) => {
    if (octet === LF && octets[at - 1] !== CR) result[to++] = CR;
    result[to++] = octet;
  });
  return result;
}

/** The envelope that the mail most likely came in, where the command line does not say. */
function envelopeOf({ fields }: Message, { from, to }: ExplainOptions): Envelope {
  const first = (...names: string[]) =>
    names.flatMap((name) => addressesIn(fieldValues(fields, name)))[0];
  const addressees = ["to", "cc", "bcc"].flatMap((name) => addressesIn(fieldValues(fields, name)));
  const forwardPaths = to?.flatMap((text) => text.split(",")) ?? [...new Set(addressees)];
  if (forwardPaths.length === 0) {
    throw new RelayError(
      "usage",
      "Cannot tell who the mail is for: it names nobody in To, Cc or Bcc; use --to ADDRESS",
    );
  }
  return {
    reversePath: from ?? first("return-path", "sender", "from") ?? "",
    forwardPaths: forwardPaths.map((address) => address.trim()),
    smtpUtf8: false,
    body: "8BITMIME",
    session: { peer: "127.0.0.1", helo: "explain", protocol: "ESMTP" },
  };
}

function addressesIn(values: readonly string[]): string[] {
  return values.flatMap((value) => addressParser(value, { flatten: true }))
    .flatMap(({ address }) => address ? [address] : []);
}
