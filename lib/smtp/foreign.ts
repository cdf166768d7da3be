/**
 * How other protocols begin: a browser made to send mail for someone else (ALPACA), a scanner, a
 * client that has the wrong port. Pure.
 *
 * @module
 */

import { latin1 } from "../mail/latin1.ts";
import { readOpening } from "./tls/client_hello.ts";

/**
 * Request lines of HTTP and its kin, by method or by version; their header fields, for those whose
 * request line is too long to be read; SSH; Redis, which sends arrays and lengths.
 */
const FOREIGN_LINE =
  /^(?:(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) |[!-~]+ [!-~]+ [A-Z]{3,5}\/\d\.\d$|SSH-|[A-Z][A-Z0-9-]*: |[*$]\d+$)/i;

/** A verb has four letters at least, and a blank or a line end after it. */
const VERB_OCTETS = 5;

/** First octet of a TLS handshake (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 22;
/** How the header of a load balancer begins, in both versions (PROXY protocol, §2). */
const PROXY_HEADER = /^(?:PROXY (?:TCP[46]|UNKNOWN)|\r\n\r\n\0\r\nQUIT\n)/;
/** So much of the first line tells what it is. */
const LINE_OCTETS = 512;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const DELETE = 0x7f;
/** First octet of a byte order mark in UTF-8, which programs on Windows send. */
const BYTE_ORDER_MARK = 0xef;

/**
 * What a session begins with that is none of SMTP; `null`: it may be SMTP.
 *
 * @param octets What has come of it.
 */
export function foreignOpening(
  octets: Uint8Array,
): "tls-at-once" | "proxy-header" | "other-protocol" | null {
  if (isForeignStart(octets)) {
    const [first] = octets;
    const tls = first === TLS_HANDSHAKE || readOpening(octets).kind === "hello";
    return tls ? "tls-at-once" : "other-protocol";
  }
  const text = latin1(octets.subarray(0, LINE_OCTETS));
  if (PROXY_HEADER.test(text)) return "proxy-header";
  const [line = ""] = text.split(/\r?\n/);
  return isForeignLine(line) ? "other-protocol" : null;
}

/** Whether a line that is no command of SMTP belongs to another protocol. */
export function isForeignLine(line: string): boolean {
  return FOREIGN_LINE.test(line);
}

/**
 * Whether a session begins with a binary protocol: TLS, RDP, SOCKS, SMB, PostgreSQL, MQTT, LDAP,
 * AMQP and so on. Such a hello may hold no line end for which one could wait.
 *
 * What a mail client may begin with passes, also when it is wrong: text, an empty line, a blank or
 * a tab, a byte order mark; and control characters behind the verb, which devices put into names.
 *
 * @param octets What has come of the session so far. The answer is the same however that is cut, if
 * it is asked again with all octets until the first line is complete.
 */
export function isForeignStart(octets: Uint8Array): boolean {
  const first = octets[0] ?? LF;
  if (first > DELETE && first !== BYTE_ORDER_MARK) return true;
  for (const octet of octets.subarray(0, VERB_OCTETS)) {
    if (octet === LF) return false;
    if (octet === DELETE || octet < 0x20 && octet !== CR && octet !== TAB) return true;
  }
  return false;
}
