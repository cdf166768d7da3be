/**
 * One mail on its way to a mail server, and what that server's extensions make of it. Pure:
 * nothing is sent from here.
 *
 * @module
 */

import type { Content } from "../../mail/compose.ts";
import type { DsnRequest, Envelope } from "../../mail/envelope.ts";
import type { Outcome } from "../../mail/outcome.ts";
import type { Reply } from "../../mail/reply.ts";
import type { Dialog } from "./dialog.ts";
import { mailDsn } from "./dsn_parameters.ts";
import type { Extensions } from "./extensions.ts";

/** A mail to hand over. */
export interface Submission {
  /** The reverse-path without angle brackets; empty for the null reverse-path. */
  readonly reversePath: string;
  /** The forward-paths without angle brackets, each once; at least one. */
  readonly recipients: readonly string[];
  /** Whether addresses or header may be UTF-8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** What the notifier declared the body to be (RFC 6152, RFC 3030). */
  readonly body: Envelope["body"];
  /** Whether only verified TLS will do, here and further on (RFC 8689). */
  readonly requireTls?: true;
  /** What to ask for in the way of delivery status notifications (RFC 3461). */
  readonly dsn?: DsnRequest;
  /** The message. */
  readonly content: Content;
}

/** What one transaction with one server will ask. */
export interface Plan {
  /** Recipients that this server cannot be asked for, and why. */
  readonly refused: ReadonlyMap<string, Outcome>;
  /** Recipients of the transaction. */
  readonly recipients: readonly string[];
  /** Recipients over the limits that the server has named; they take another transaction. */
  readonly surplus: readonly string[];
  /** The MAIL command, without CR LF. */
  readonly mailCommand: string;
  /** What to ask for with the recipients (RFC 3461); absent where the server knows nothing of it. */
  readonly dsn?: DsnRequest;
  /** How the message goes out: after DATA, or in chunks (BDAT, RFC 3030). */
  readonly framing: "data" | "chunks";
}

/** What a plan depends on. */
export type Server = Pick<Dialog, "peer" | "extensions" | "secure">;

/**
 * Fits a mail to a server.
 *
 * A mail that was declared as internationalized (SMTPUTF8) and needs nothing of it as it goes out
 * goes without the parameter to a server that does not offer it; one that does is refused. A header
 * in 8 bits that nobody has declared passes, as devices send such.
 *
 * Only binary mail goes out in chunks: DATA saves a round trip and is what every server knows best.
 *
 * A server without 8BITMIME gets 8-bit octets all the same: converting them would break signatures
 * and the promise to pass octets on as they came, and no such server is known to mind.
 */
export function planTransaction(submission: Submission, server: Server): Plan {
  const { extensions } = server;
  const refused = new Map<string, Outcome>();
  const common = refusalOfAll(submission, server);
  const possible = submission.recipients.filter((recipient) => {
    const refusal = common ?? refusalOf(recipient, extensions);
    if (refusal) refused.set(recipient, refusedHere(server.peer, refusal));
    return refusal === undefined;
  });
  const count = countWithin(possible, extensions);
  const recipients = possible.slice(0, count);
  return {
    refused,
    recipients,
    surplus: possible.slice(count),
    mailCommand: mailCommand(submission, recipients, extensions),
    ...(extensions.dsn && submission.dsn && { dsn: submission.dsn }),
    framing: submission.body === "BINARYMIME" ? "chunks" : "data",
  };
}

/** Whether a server takes octets that are no lines (RFC 3030 §3). */
export function takesBinary({ chunking, binaryMime }: Extensions): boolean {
  return chunking && binaryMime;
}

/** The outcome for a recipient whom this server is not asked for. */
function refusedHere(peer: string, reply: Reply): Outcome {
  const reason = `${peer}: not sent: ${reply.lines[0]} (${reply.status})`;
  return { kind: "failed", reason, reply, ownReply: true };
}

function mailCommand(
  { reversePath, smtpUtf8, body, content, dsn, requireTls }: Submission,
  recipients: readonly string[],
  extensions: Extensions,
): string {
  let command = `MAIL FROM:<${reversePath}>`;
  if (extensions.sizeOctets !== undefined) command += ` SIZE=${content.octets}`;
  if (extensions.eightBitMime && body === "8BITMIME") command += " BODY=8BITMIME";
  if (body === "BINARYMIME") command += " BODY=BINARYMIME";
  const utf8 = smtpUtf8 || !isAscii(reversePath) || !recipients.every(isAscii);
  if (extensions.smtpUtf8 && utf8) command += " SMTPUTF8";
  if (requireTls) command += " REQUIRETLS";
  return extensions.dsn && dsn ? command + mailDsn(dsn) : command;
}

/** Why this server cannot be asked for anybody. */
function refusalOfAll(
  { reversePath, content, body, requireTls, smtpUtf8 }: Submission,
  { extensions, secure }: Server,
): Reply | undefined {
  const { sizeOctets } = extensions;
  if (hasControl(reversePath)) return CONTROL_REFUSED;
  if (requireTls && secure !== "verified") return TLS_NEEDED[secure];
  if (requireTls && !extensions.requireTls) return REQUIRETLS_NEEDED;
  if (body === "BINARYMIME" && !takesBinary(extensions)) return BINARY_REFUSED;
  if (sizeOctets && content.octets > sizeOctets) {
    const text = `Message of ${content.octets} octets, the mail server takes ${sizeOctets}`;
    return { code: 552, status: "5.3.4", lines: [text] };
  }
  if (extensions.smtpUtf8) return undefined;
  if (!isAscii(reversePath)) return ADDRESS_REFUSED;
  return smtpUtf8 && !hasAsciiHeader(content) ? HEADER_REFUSED : undefined;
}

/** Why this server cannot be asked for one recipient. */
function refusalOf(recipient: string, { smtpUtf8 }: Extensions): Reply | undefined {
  if (hasControl(recipient)) return CONTROL_REFUSED;
  return smtpUtf8 || isAscii(recipient) ? undefined : ADDRESS_REFUSED;
}

const CONTROL_REFUSED: Reply = {
  code: 553,
  status: "5.1.3",
  lines: ["Address holds a control character"],
};

/** RFC 6531 §3.5: such mail goes back, and is not converted by who stands in between. */
const ADDRESS_REFUSED: Reply = {
  code: 553,
  status: "5.6.7",
  lines: ["Address is not ASCII, and the mail server does not offer SMTPUTF8"],
};
const HEADER_REFUSED: Reply = {
  code: 550,
  status: "5.6.7",
  lines: ["Header of the message is not ASCII, and the mail server does not offer SMTPUTF8"],
};

/** Octets that are no lines, and a server that takes lines only. */
const BINARY_REFUSED: Reply = {
  code: 554,
  status: "5.6.3",
  lines: ["Message holds binary data, and the mail server does not offer BINARYMIME"],
};

/** RFC 8689 §4.2.1 wants these two reported at once: waiting makes no server safe. */
const REQUIRETLS_NEEDED: Reply = {
  code: 550,
  status: "5.7.30",
  lines: ["Message requires TLS all the way, and the mail server does not offer REQUIRETLS"],
};
const TLS_NEEDED: Readonly<Record<"no" | "unverified", Reply>> = {
  no: {
    code: 550,
    status: "5.7.10",
    lines: ["Message requires TLS, and the connection to the mail server is in clear"],
  },
  unverified: {
    code: 550,
    status: "5.7.10",
    lines: ["Message requires TLS, and the certificate of the mail server is not verified"],
  },
};

/** How many of the first recipients RCPTMAX and RCPTDOMAINMAX leave room for (RFC 9422). */
function countWithin(recipients: readonly string[], limits: Extensions): number {
  if (limits.maxDomains === Infinity) return Math.min(recipients.length, limits.maxRecipients);
  const domains = new Set<string>();
  for (const [index, recipient] of recipients.entries()) {
    domains.add(recipient.slice(recipient.lastIndexOf("@") + 1).toLowerCase());
    if (index >= limits.maxRecipients || domains.size > limits.maxDomains) return index;
  }
  return recipients.length;
}

/** Whether everything before the rest of a message is ASCII: its header fields, and what we wrote. */
function hasAsciiHeader({ head }: Content): boolean {
  return head.every((piece) => piece.every((octet) => octet < 0x80));
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** A line end in an address would be a second command, a NUL the end of one: never send them. */
function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
