/**
 * Mails of the configuration: what an operator writes down, or has saved in a file, as a mail that
 * has come in.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { SampleMail } from "../config/types.ts";
import { findHeaderEnd } from "../mail/header.ts";
import { latin1 } from "../mail/latin1.ts";
import type { Mail, Message } from "../mail/message.ts";
import { Header } from "./mime/header.ts";
import { firstMailbox } from "./mime/mailbox.ts";

/** Reads a file that the configuration names; rejects with an `Error` that says why it cannot. */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/** What a sample does not say by itself. */
export interface SampleOptions {
  /** Reads a sample in a file. */
  readonly readFile: ReadFile;
  /** Whom it is for where it names nobody. */
  readonly to: readonly string[];
  /** When it is received, in ms since the epoch. */
  readonly receivedAt: number;
}

/** Its queue id: no mail of the queue has it. */
const SAMPLE_ID = "00000000000000000000000000";

/**
 * Makes a mail of a sample.
 *
 * @throws {Error} When its file cannot be read.
 */
export async function mailOf(sample: SampleMail, options: SampleOptions): Promise<Mail> {
  const message = messageOf(
    sample.kind === "file" ? await readSaved(sample.path, options.readFile) : write(sample),
  );
  const from = sample.from === undefined
    ? senderIn(message)
    : firstMailbox(sample.from).address || sample.from;
  const written = sample.kind === "file" ? addressIn(message, "to") : undefined;
  const own = sample.to.length > 0 ? sample.to : written === undefined ? [] : [written];
  const forwardPaths = own.length > 0 ? own : options.to.length > 0 ? options.to : [from];
  return {
    queueId: SAMPLE_ID,
    envelope: {
      reversePath: from,
      forwardPaths,
      smtpUtf8: false,
      body: "8BITMIME",
      session: { peer: "127.0.0.1", helo: "localhost", protocol: "ESMTP" },
    },
    message,
    receivedAt: options.receivedAt,
  };
}

/** A file with bare LF at the ends of its lines, and perhaps the line of a mailbox before it. */
async function readSaved(path: string, readFile: ReadFile): Promise<Uint8Array> {
  const text = latin1(await readFile(path));
  return Buffer.from(text.replace(/^From .*\r?\n/, "").replace(/\r?\n/g, "\r\n"), "latin1");
}

function write({ from, to, subject, headers, text }: SampleMail & { kind: "parts" }): Uint8Array {
  const fields: Readonly<Record<string, string | undefined>> = {
    From: from.includes("<") ? from : `<${from}>`,
    ...to.length > 0 && { To: to.map((path) => `<${path}>`).join(", ") },
    Subject: subject,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
  };
  const said = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const all = [
    ...Object.entries(fields).filter(([name]) => !said.has(name.toLowerCase())),
    ...Object.entries(headers),
  ];
  const lines = all.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value.replace(/[\r\n]+/g, " ")}`]
  );
  return new TextEncoder().encode(
    [...lines, "", text.replace(/\r?\n/g, "\r\n"), ""].join("\r\n"),
  );
}

function messageOf(octets: Uint8Array): Message {
  const end = findHeaderEnd(octets)?.fieldsEnd ?? octets.length;
  const rest = octets.subarray(end);
  return {
    octets: octets.length,
    digest: "",
    fields: octets.subarray(0, end),
    async *rest() {
      if (rest.length > 0) yield rest;
    },
  };
}

/** What delivered it says so; a Return-Path without an address is the null reverse-path. */
function senderIn(message: Message): string {
  const isSaved = new Header(message.fields).raw("return-path") !== undefined;
  return addressIn(message, isSaved ? "return-path" : "from") ?? "";
}

function addressIn({ fields }: Message, name: string): string | undefined {
  const { address } = firstMailbox(new Header(fields).raw(name));
  return address === "" ? undefined : address;
}
