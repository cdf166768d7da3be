/**
 * `mail2alert explain`: what would happen to a mail in a file, and why; or what did happen to one that
 * came. Asks the REST API for the former, sends nothing.
 *
 * DIAGNOSTICS. Exit 1: the journal knows no such mail. Exit 2: wrong usage or configuration.
 *
 * @module
 */

import { addressParser } from "postal-mime";
import type { Configuration } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { isAddress } from "../mail/address.ts";
import type { Envelope } from "../mail/envelope.ts";
import { fieldValues } from "../mail/header.ts";
import type { Mail, Message } from "../mail/message.ts";
import { newQueueId } from "../mail/queue_id.ts";
import { describeReply } from "../mail/reply.ts";
import { RecentIds } from "../queue/recent_ids.ts";
import { loopReply } from "../queue/refusals.ts";
import { createRouter } from "../routing/router.ts";
import type { Routing } from "../routing/trace.ts";
import { REPLY } from "../smtp/reply.ts";
import { readConfiguration } from "./configuration.ts";
import { explainJournal } from "./explain_journal.ts";
import { explainJson, explainText } from "./explain_text.ts";
import { heldMessage } from "./held_message.ts";
import { readMailFile } from "./mail_file.ts";
import { type PlaceOptions, queueIdOf } from "./store_place.ts";
import type { Terminal } from "./terminal.ts";
import { readMoment } from "./time_option.ts";

/** What the command line says about the envelope, and where the store is. */
export interface ExplainOptions extends PlaceOptions {
  /** The reverse-path. */
  readonly from?: string;
  /** The forward-paths. */
  readonly to?: readonly string[];
  /** When it comes, where that counts: for muted hours and `now`. */
  readonly at?: string;
}

/** A queue id: a ULID, in any case. */
const QUEUE_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/i;

/** How long GoCD may take, in ms: somebody waits, but no mail does. */
const PATIENCE_MS = 20_000;

/**
 * Explains the mail in a file, `-` for stdin, or that of a queue id.
 *
 * @throws {RelayError} `usage` when it cannot be read, is too large, or names nobody it is for;
 * `config-invalid`; `store-failed`: the journal cannot be read.
 */
export async function explain(
  what: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  const known = QUEUE_ID.test(what.trim()) && !await isFile(what);
  if (!known) return await explainFile(what, options, terminal);
  if ([options.from, options.to, options.at].some((given) => given !== undefined)) {
    throw new RelayError(
      "usage",
      "--from, --to and --at are for a mail in a file: of this one the journal knows them",
    );
  }
  return await explainJournal(queueIdOf(what), options, terminal);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // Reading it, should it be meant, says why it cannot be read.
  }
}

async function explainFile(
  file: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  const { configuration } = await readConfiguration(options.config, terminal);
  const maxOctets = configuration.limits.messageSizeOctets;
  const message = await heldMessage(await readMailFile(file, 2 * maxOctets));
  const envelope = envelopeOf(message, options, configuration.hostname);
  const refusal = message.octets > maxOctets
    ? REPLY.messageTooBig
    : loopReply(message, new RecentIds());
  if (refusal !== null) {
    const reply = describeReply(refusal);
    terminal.out(options.json ? refusedJson(envelope, reply) : `refused: ${reply}\n`);
    return 0;
  }
  const now = Date.now();
  const receivedAt = options.at === undefined ? now : readMoment(options.at, "--at", now);
  const mail: Mail = { queueId: newQueueId(now), envelope, message, receivedAt };
  const routing = await routeOnce(mail, configuration);
  terminal.out(
    options.json ? explainJson(envelope, routing) : explainText(envelope, routing, terminal.colour),
  );
  return 0;
}

/** The keys of a mail that is taken, and why it is not. */
function refusedJson({ reversePath, forwardPaths }: Envelope, refused: string): string {
  const envelope = { reversePath, forwardPaths };
  return `${JSON.stringify({ envelope, refused, deliveries: [], trace: null }, null, 2)}\n`;
}

async function routeOnce(mail: Mail, configuration: Configuration): Promise<Routing> {
  const router = createRouter(configuration, { waitMs: PATIENCE_MS });
  try {
    router.start();
    return await router.route(mail, undefined, { dryRun: true });
  } finally {
    await router.close();
  }
}

/** The envelope that the mail most likely came in, where the command line does not say. */
function envelopeOf(
  { fields }: Message,
  { from, to }: ExplainOptions,
  hostname: string,
): Envelope {
  const named = (...names: string[]) =>
    names.flatMap((name) => addressesIn(fieldValues(fields, name)))
      .map((address) => completed(address, hostname));
  const addressees = named("to", "cc", "bcc");
  const forwardPaths = to ?? [...new Set(addressees)];
  if (forwardPaths.length === 0) {
    throw new RelayError(
      "usage",
      "Cannot tell who the mail is for: it names nobody in To, Cc or Bcc; use --to ADDRESS",
    );
  }
  const reversePath = from ??
    (isReport(fields) ? "" : named("return-path", "sender", "from")[0] ?? "");
  return {
    reversePath: reversePath === "" || reversePath === "<>" ? "" : checked("--from", reversePath),
    forwardPaths: forwardPaths.map((address) => checked("--to", address.trim())),
    smtpUtf8: false,
    body: "8BITMIME",
    session: { peer: "127.0.0.1", helo: "explain", protocol: "ESMTP" },
  };
}

/** Who is to hear of no failure says so by an empty path, which no parser takes for an address. */
function isReport(fields: Message["fields"]): boolean {
  return /^\s*<\s*>/.test(fieldValues(fields, "return-path")[0] ?? "");
}

/** Programs of one machine name its users alone; its mail program adds the machine's name. */
function completed(address: string, hostname: string): string {
  const isWhole = address.includes("@") || /^(?:postmaster|<>)$/i.test(address);
  return isWhole ? address : `${address}@${hostname}`;
}

/** What the server would not take in MAIL and RCPT cannot be explained either. */
function checked(option: string, address: string): string {
  if (isAddress(address) || /^postmaster$/i.test(address)) return address;
  const shown = JSON.stringify(address);
  throw new RelayError(
    "usage",
    `Cannot explain a mail with the address ${shown}: name one such as user@example.com with ${option}`,
  );
}

function addressesIn(values: readonly string[]): string[] {
  return values.flatMap((value) => addressParser(value, { flatten: true }))
    // A word alone is taken for a name; where it may be a user's, it is one of the machine.
    .map(({ address, name }) => address || (/^[\w.-]+$/.test(name) ? name : ""))
    .filter((address) => address !== "");
}
