/**
 * One open dialog with a mail server: what every step of the client needs, and the two things
 * that every step does, asking and reading the answer.
 *
 * @module
 */

import { type ErrorCode, RelayError } from "../../errors.ts";
import type { Outcome } from "../../mail/outcome.ts";
import { describeReply, type Reply } from "../../mail/reply.ts";
import { retryHintMs } from "../../mail/retry_hint.ts";
import type { ClientWire } from "./client_wire.ts";
import type { Extensions } from "./extensions.ts";
import type { ReadOptions, ReplyReader } from "./reply_reader.ts";
import type { ShownCertificate } from "./tls_reason.ts";

/** Longest waits, in milliseconds. The defaults are those of RFC 5321 §4.5.3.2, but for the first and last. */
export interface ClientLimits {
  /** Name lookup and TCP connection. */
  readonly connectMs: number;
  /** The TLS handshake. */
  readonly handshakeMs: number;
  /** The greeting. */
  readonly greetingMs: number;
  /** The reply to EHLO or HELO, and to STARTTLS. */
  readonly helloMs: number;
  /** The reply to AUTH, and to each of its steps. */
  readonly authMs: number;
  /** The reply to MAIL, and to RSET. */
  readonly mailMs: number;
  /** The reply to one RCPT. */
  readonly rcptMs: number;
  /** The reply to DATA. */
  readonly dataMs: number;
  /** One block of the message to be taken. */
  readonly blockMs: number;
  /** The reply to the end of data; long, because giving up may mean a second copy. */
  readonly endMs: number;
  /** The reply to QUIT, which changes nothing any more. */
  readonly quitMs: number;
}

/** What is waited for when nothing else is said. */
export const DEFAULT_LIMITS: ClientLimits = {
  connectMs: 30_000,
  handshakeMs: 30_000,
  greetingMs: 300_000,
  helloMs: 300_000,
  authMs: 300_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  blockMs: 180_000,
  endMs: 600_000,
  quitMs: 2_000,
};

/** An open dialog. */
export interface Dialog {
  /** Name of the server in reasons and logs: `smtp.example.com:25`. */
  readonly peer: string;
  /** The connection. */
  readonly wire: ClientWire;
  /** What reads from it. */
  readonly reader: ReplyReader;
  /** What the server offered. */
  readonly extensions: Extensions;
  /** Whether TLS protects it, and whether the server has shown a certificate that we trust. */
  readonly secure: "no" | "unverified" | "verified";
  /** The certificate that it has shown; absent without TLS, and before Deno 2.9. */
  readonly certificate?: ShownCertificate;
  /** How long to wait. */
  readonly limits: ClientLimits;
  /** Scratch memory for blocks of messages, used by one transaction after the other. */
  readonly buffer: Uint8Array;
}

/**
 * The server ended the dialog with a reply (RFC 5321 §3.8): 421, or a greeting that is no welcome,
 * or a refusal of TLS (`tls-refused`) or of our credentials (`auth-refused`).
 */
export class PeerRefused extends RelayError {
  /** Names the refusal. `reply` is what the server said. */
  constructor(message: string, readonly reply: Reply, code: ErrorCode = "peer-refused") {
    super(code, message);
  }
}

const ENCODER = new TextEncoder();

/** Sends commands, each ending in CR LF, in one write. */
export function sendCommands({ wire, limits }: Dialog, commands: string): Promise<void> {
  wire.limit(limits.blockMs, "progress in writing commands");
  return wire.write(ENCODER.encode(commands));
}

/**
 * Reads the reply to one command.
 *
 * @param dialog The dialog.
 * @param command What it answers, as reasons name it: `RCPT`.
 * @param limitMs Longest wait, in milliseconds.
 * @param options As the reader's.
 * @throws {RelayError} `timeout`, `peer-closed`, `reply-invalid`, or {@link PeerRefused} for 421.
 */
export async function readReply(
  { wire, reader }: Pick<Dialog, "wire" | "reader">,
  command: string,
  limitMs: number,
  options: ReadOptions = {},
): Promise<Reply> {
  wire.limit(limitMs, `reply to ${command}`);
  const reply = await reader.readReply(options).catch((error) => {
    throw error instanceof RelayError && error.code === "peer-closed"
      ? new RelayError(error.code, `${error.message} instead of a reply to ${command}`)
      : error;
  });
  if (reply.code === 421) throw new PeerRefused(answer(command, reply), reply);
  return reply;
}

/** How a reason tells of a reply: `RCPT answered with 450 4.2.0 Busy`. */
export function answer(command: string, reply: Reply): string {
  return `${command} answered with ${describeReply(reply)}`;
}

/** The outcome of a reply that says "not now": what it says of the time to come back counts. */
export function postponed(reason: string, reply: Reply): Outcome {
  const retryAfterMs = retryHintMs(reply.lines.join(" "));
  return { kind: "deferred", reason, reply, ...(retryAfterMs !== null && { retryAfterMs }) };
}

/** A reply that the command cannot have, such as 250 to DATA: the two sides are out of step. */
export function unexpected(command: string, reply: Reply): RelayError {
  return new RelayError("reply-invalid", `${answer(command, reply)}, which makes no sense`);
}
