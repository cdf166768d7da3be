/**
 * What a mail server can do, as its EHLO reply says (RFC 5321 §4.1.1.1).
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";

/** The extensions that the client makes use of. */
export interface Extensions {
  /** Commands may be sent in groups (RFC 2920). */
  readonly pipelining: boolean;
  /** SIZE may be declared (RFC 1870); the largest message in octets, 0 when no limit is named. Absent: not offered. */
  readonly sizeOctets?: number;
  /** BODY=8BITMIME is understood (RFC 6152). */
  readonly eightBitMime: boolean;
  /** UTF-8 in addresses and header is understood (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** TLS may be begun (RFC 3207). */
  readonly startTls: boolean;
  /** The mechanisms of AUTH (RFC 4954 §3) in capitals, in the server's order; empty: not offered. */
  readonly auth: readonly string[];
  /** Delivery status notifications may be asked for (RFC 3461). */
  readonly dsn: boolean;
  /** BDAT is understood (RFC 3030 §2). */
  readonly chunking: boolean;
  /** BODY=BINARYMIME is understood (RFC 3030 §3); of no use without `chunking`. */
  readonly binaryMime: boolean;
  /** REQUIRETLS is understood (RFC 8689). */
  readonly requireTls: boolean;
  /** Most recipients of one transaction (RFC 9422 §4.2); `Infinity` when not said. */
  readonly maxRecipients: number;
  /** Most different domains among them (RFC 9422 §4.3). */
  readonly maxDomains: number;
  /** Most transactions of one connection (RFC 9422 §4.1). */
  readonly maxMails: number;
}

/** What a server without EHLO can do. */
export const NO_EXTENSIONS: Extensions = {
  pipelining: false,
  eightBitMime: false,
  smtpUtf8: false,
  startTls: false,
  auth: [],
  dsn: false,
  chunking: false,
  binaryMime: false,
  requireTls: false,
  maxRecipients: Infinity,
  maxDomains: Infinity,
  maxMails: Infinity,
};

/** Reads an EHLO reply. Never throws: what makes no sense is not offered. */
export function parseExtensions({ lines }: Reply): Extensions {
  const offers = new Map(
    lines.slice(1).map((line) => {
      const [keyword = "", ...parameters] = line.trim().split(/ +/);
      return [keyword.toUpperCase(), parameters] as const;
    }),
  );
  const limits = new Map((offers.get("LIMITS") ?? []).map((text) => {
    const [name = "", value = ""] = text.split("=");
    return [name.toUpperCase(), value] as const;
  }));
  const size = offers.get("SIZE");
  return {
    pipelining: offers.has("PIPELINING"),
    ...(size && { sizeOctets: /^\d{1,15}$/.test(size[0] ?? "") ? Number(size[0]) : 0 }),
    eightBitMime: offers.has("8BITMIME"),
    smtpUtf8: offers.has("SMTPUTF8"),
    startTls: offers.has("STARTTLS"),
    auth: mechanismsOf(lines),
    dsn: offers.has("DSN"),
    chunking: offers.has("CHUNKING"),
    binaryMime: offers.has("BINARYMIME"),
    requireTls: offers.has("REQUIRETLS"),
    maxRecipients: limitOf(limits.get("RCPTMAX")),
    maxDomains: limitOf(limits.get("RCPTDOMAINMAX")),
    maxMails: limitOf(limits.get("MAILMAX")),
  };
}

/**
 * Old servers write `AUTH=LOGIN PLAIN` (a draft of RFC 2554), most of them beside the line of the
 * RFC: what either says is offered.
 */
function mechanismsOf(lines: readonly string[]): string[] {
  const names = lines.slice(1).flatMap((line) =>
    /^AUTH[ =](.*)$/i.exec(line.trim())?.[1]?.toUpperCase().split(/ +/) ?? []
  );
  return [...new Set(names.filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name)))];
}

/** RFC 9422 §3: one to six digits, not 0; anything else is to be ignored. */
function limitOf(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Infinity;
}
