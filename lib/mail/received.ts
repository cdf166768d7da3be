/**
 * The `Received` field: our trace in the mail, and how a loop is seen.
 *
 * @module
 */

import { fieldValues } from "./header.ts";
import type { Mail } from "./message.ts";

/** More hops than this is a loop (RFC 5321 §6.3 asks for a large threshold). */
export const MAX_HOPS = 50;

/**
 * Makes our trace field (RFC 5321 §4.4), folded, ending in CR LF.
 *
 * The forward-path is named only when there is one, so that no recipient learns of another, and when
 * it is ASCII: a mail whose recipient was replaced may go where nothing else is understood. Who has
 * authenticated is never named.
 *
 * @param mail The mail; its session's words are made harmless here.
 * @param hostname Our own name.
 */
export function receivedField(mail: Mail, hostname: string): Uint8Array {
  const { session, forwardPaths } = mail.envelope;
  const [path = ""] = forwardPaths;
  const only = forwardPaths.length === 1 && /^[ -~]+$/.test(path) ? `\r\n\tfor <${path}>` : "";
  return new TextEncoder().encode(
    `Received: from ${plain(session.helo)} (${source(session.peer)})\r\n` +
      `\tby ${hostname} (mail2alert) with ${session.protocol} id ${mail.queueId}${only};\r\n` +
      `\t${formatDate(mail.receivedAt)}\r\n`,
  );
}

/** Where it came from, as the clause has it: an address literal, but for who has no address. */
function source(peer: string): string {
  if (peer === "unix") return "unix socket";
  return `[${plain(peer.includes(":") ? `IPv6:${peer}` : peer)}]`;
}

/** A date as RFC 5322 §3.3 writes it, in UTC. */
export function formatDate(time: number): string {
  return new Date(time).toUTCString().replace("GMT", "+0000");
}

/** Keeps what a domain or an address literal may hold; the rest would break the field's grammar. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9.:_\-[\]]/g, "?") || "unknown";
}

/** What the `Received` fields of a message tell about where it has been. */
export interface Hops {
  /** How many servers have passed it on. */
  readonly count: number;
  /** The queue ids that a mail2alert gave it on the way. */
  readonly queueIds: readonly string[];
}

/** Reads the trace of a message that came in. */
export function readHops(fields: Uint8Array): Hops {
  const received = fieldValues(fields, "received");
  const queueIds = received.flatMap((value) => {
    const id = /\(mail2alert\) with \w+ id ([0-9A-HJKMNP-TV-Z]{26})\b/.exec(value)?.[1];
    return id === undefined ? [] : [id];
  });
  return { count: received.length, queueIds };
}
