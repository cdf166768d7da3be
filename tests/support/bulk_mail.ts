/**
 * Very large mails, sent and taken without ever being in memory whole. All bodies of one kind are the
 * same, so that a digest shows whether one came through.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { closeQuietly } from "./lost_peer.ts";
import { OctetInput, writeAll } from "./octet_input.ts";
import { latin1, octets } from "./octets.ts";
import { type Wait, within } from "./wait.ts";

/** How a mail is sent: after DATA, in one chunk (RFC 3030), or in one chunk that is not text. */
export type BulkKind = "data" | "chunk" | "binary";

/** One mail. */
export interface BulkMail {
  /** Unique: a mail with the same octets would count as one that comes again. */
  readonly id: string;
  /** How it is sent. */
  readonly kind: BulkKind;
  /** Size of its body in octets, rounded up to a block. */
  readonly bodyOctets: number;
}

/** Longest wait for one mail, in ms: slow machines, slow disks, twenty of them at once. */
const LONGEST_MS = 600_000;

const LINE = `${"0123456789abcdef".repeat(4)}\r\n`;
const TEXT = octets(LINE.repeat(1_000));
const BINARY = Uint8Array.from({ length: TEXT.length }, (_, index) => index * 7 % 256);
const CRLF = octets("\r\n");

/** SHA-256 of the body of such a mail, in hexadecimal. */
export function bulkDigest({ kind, bodyOctets }: Omit<BulkMail, "id">): string {
  const hash = createHash("sha256");
  for (let left = blocksOf(bodyOctets); left > 0; left--) hash.update(blockOf(kind));
  return hash.digest("hex");
}

/**
 * Sends a mail over a connection whose greeting has been read, and closes it.
 *
 * @returns The reply that decided.
 */
export async function sendBulk(conn: Deno.Conn, mail: BulkMail): Promise<string> {
  const wait: Wait = { what: `the answer to ${mail.id}`, withinMs: LONGEST_MS };
  try {
    return await within(converse(conn, mail), wait);
  } finally {
    closeQuietly(conn);
  }
}

async function converse(conn: Deno.Conn, { id, kind, bodyOctets }: BulkMail): Promise<string> {
  const input = new OctetInput(conn);
  const header = octets(`Message-ID: <${id}@proof.test>\r\nSubject: bulk ${id}\r\n\r\n`);
  const blocks = blocksOf(bodyOctets);
  const size = header.length + blocks * TEXT.length;
  const chunk = `BDAT ${size} LAST`;
  const commands = [
    "EHLO notifier.test",
    `MAIL FROM:<notifier@proof.test> SIZE=${size}${kind === "binary" ? " BODY=BINARYMIME" : ""}`,
    "RCPT TO:<operator@proof.test>",
  ];
  for (const command of kind === "data" ? [...commands, "DATA"] : commands) {
    await writeAll(conn, octets(`${command}\r\n`));
    const reply = await lastLine(input);
    if (!/^[23]/.test(reply)) return reply;
  }
  if (kind !== "data") await writeAll(conn, octets(`${chunk}\r\n`));
  await writeAll(conn, header);
  const block = blockOf(kind);
  for (let left = blocks; left > 0; left--) await writeAll(conn, block);
  if (kind === "data") await writeAll(conn, octets(".\r\n"));
  return await lastLine(input);
}

async function lastLine(input: OctetInput): Promise<string> {
  for (;;) {
    const line = await input.readUntil(CRLF);
    if (line === null) return "(closed)";
    if (line[3] !== 0x2d) return latin1(line);
  }
}

function blockOf(kind: BulkKind): Uint8Array {
  return kind === "binary" ? BINARY : TEXT;
}

function blocksOf(bodyOctets: number): number {
  return Math.ceil(bodyOctets / TEXT.length);
}
