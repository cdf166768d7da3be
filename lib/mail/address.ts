/**
 * Addresses as RFC 5321 §4.1.2 writes them, with the UTF-8 of RFC 6531 §3.3. Pure: nothing
 * here throws, whatever the text, and nothing refers to the text in its refusals.
 *
 * INVARIANTS
 *
 * 1. The canonical form has a quoted local part only where it must: `"ops"@x` is `ops@x`. So two
 *    spellings of one mailbox are one string, and the last `@` always starts the domain.
 * 2. `parseAddress(formatAddress(a))` gives `a` back, for every `a` that `parseAddress` made.
 *
 * @module
 */

import { isIPv6 } from "node:net";

/** A mailbox taken apart. */
export interface Address {
  /** What it means, without quotes and backslashes; 64 octets at most as written. */
  readonly localPart: string;
  /** Domain or address literal, in the case it was written; empty only for a bare `postmaster`. */
  readonly domain: string;
}

/** What stands between `<` and `>`, and what follows. */
export type Path =
  | {
    /** `<>`, the null reverse-path. */
    readonly kind: "null";
    /** The text after `>`. */
    readonly rest: string;
  }
  | {
    /** A mailbox; a source route before it has been left out (RFC 5321 §4.1.1.3). */
    readonly kind: "mailbox";
    /** The mailbox in canonical form. */
    readonly address: string;
    /** Whether it has a domain; without one it is `postmaster`, in any case. */
    readonly qualified: boolean;
    /** Whether all of it is ASCII, so that SMTPUTF8 is not needed. */
    readonly ascii: boolean;
    /** The text after `>`. */
    readonly rest: string;
  }
  | {
    /** Not a path. */
    readonly kind: "invalid";
    /** What is wrong with it and the right form, for people. */
    readonly reason: string;
  };

const WIDE = "\\u{a0}-\\u{d7ff}\\u{e000}-\\u{10ffff}";
const ATEXT = `[A-Za-z0-9!#$%&'*+/=?^_\`{|}~${WIDE}-]`;
const DOT_STRING = `${ATEXT}+(?:\\.${ATEXT}+)*`;
const QUOTED = `"(?:[ !#-\\[\\]-~${WIDE}]|\\\\[ -~])*"`;

const ROUTE = /@([^@,:<>"\s]+(?:,@[^@,:<>"\s]+)*):/y;
const LOCAL_PART = new RegExp(`${DOT_STRING}|${QUOTED}`, "uy");
const DOMAIN = new RegExp(`\\[[!-Z^-~]*\\]|[A-Za-z0-9_.${WIDE}-]+`, "uy");
const PLAIN_LOCAL_PART = new RegExp(`^${DOT_STRING}$`, "u");
const LABEL = new RegExp(`^[A-Za-z0-9_${WIDE}](?:[A-Za-z0-9_${WIDE}-]*[A-Za-z0-9_${WIDE}])?$`, "u");
// deno-fmt-ignore
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|[01]?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d?\d)$/;

const FORM = "the form is <local-part@domain>";

/**
 * Parses a path at the start of `text`: `<ops@example.org> SIZE=1000`.
 *
 * @returns The mailbox and what follows it, or what is wrong.
 * @see RFC 5321 §4.1.2 (syntax), §4.5.3.1 (sizes)
 */
export function parsePath(text: string): Path {
  if (!text.startsWith("<")) return invalid(`Address must stand in angle brackets: ${FORM}`);
  if (text.startsWith("<>")) return { kind: "null", rest: text.slice(2) };
  const route = matchAt(ROUTE, text, 1);
  if (route !== "" && !route.slice(1, -1).split(",@").every(isDomain)) {
    return invalid("Source route is malformed; it is not used, leave it out");
  }
  const start = 1 + route.length;
  const end = mailboxEnd(text, start);
  if (text[end] !== ">") return invalid(whatIsWrong(text, end));
  const path = text.slice(0, end + 1);
  if (octetsOf(path) > 256) return invalid("Path is longer than 256 octets, brackets included");
  const mailbox = text.slice(start, end);
  const address = takeApart(mailbox);
  if (typeof address === "string") return invalid(address);
  return {
    kind: "mailbox",
    address: formatAddress(address),
    qualified: address.domain !== "",
    // deno-lint-ignore no-control-regex -- all of ASCII is meant
    ascii: /^[\x00-\x7f]*$/.test(path),
    rest: text.slice(end + 1),
  };
}

/** Parses `local-part@domain`, without brackets; `null` when it is no such thing. */
export function parseAddress(text: string): Address | null {
  if (mailboxEnd(text, 0) !== text.length) return null;
  const address = takeApart(text);
  return typeof address === "string" || address.domain === "" ? null : address;
}

/** Writes an address in canonical form: quoted only where it must be. */
export function formatAddress({ localPart, domain }: Address): string {
  const local = PLAIN_LOCAL_PART.test(localPart)
    ? localPart
    : `"${localPart.replace(/["\\]/g, "\\$&")}"`;
  return domain === "" ? local : `${local}@${domain}`;
}

/** Whether `text` is an address that mail can be sent to, such as a `mailto:` action names. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== null && octetsOf(text) <= 254;
}

/** The domain of an address in canonical form, in lower case; empty for `<>` and `postmaster`. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? "" : address.slice(at + 1).toLowerCase();
}

/**
 * Whether two addresses in canonical form name one mailbox: the domain in any case, the local
 * part exactly (RFC 5321 §2.4), but `postmaster` in any case too (§4.5.1).
 */
export function sameAddress(a: string, b: string): boolean {
  return a === b || addressKey(a) === addressKey(b);
}

/** What two addresses have in common exactly if they are {@link sameAddress}: a key for sets. */
export function addressKey(address: string): string {
  const at = address.lastIndexOf("@");
  const local = at < 0 ? address : address.slice(0, at);
  const same = local.toLowerCase() === "postmaster" ? "postmaster" : local;
  return at < 0 ? same : `${same}@${domainOf(address)}`;
}

/** Takes apart what {@link mailboxEnd} found to have the right shape, or says what is wrong. */
function takeApart(mailbox: string): Address | string {
  const local = matchAt(LOCAL_PART, mailbox, 0);
  const domain = mailbox.slice(local.length + 1);
  if (octetsOf(local) > 64) return "Local part is longer than 64 octets";
  if (domain === "" && local.toLowerCase() !== "postmaster") return `Domain is missing: ${FORM}`;
  if (domain !== "" && !isDomain(domain) && !isLiteral(domain)) {
    return domain.startsWith("[")
      ? "Address literal must be [192.0.2.1] or [IPv6:2001:db8::1]"
      : "Domain is malformed: labels of letters, digits and hyphens, joined by single dots";
  }
  const localPart = local.startsWith('"') ? local.slice(1, -1).replace(/\\(.)/g, "$1") : local;
  return { localPart, domain };
}

/** Where the longest thing of the shape of a mailbox ends that begins at `start`. */
function mailboxEnd(text: string, start: number): number {
  const at = start + matchAt(LOCAL_PART, text, start).length;
  if (at === start || text[at] !== "@") return at;
  const domain = matchAt(DOMAIN, text, at + 1);
  return domain === "" ? at : at + 1 + domain.length;
}

function whatIsWrong(text: string, end: number): string {
  if (end >= text.length) return `Address has no closing bracket: ${FORM}`;
  if (text[end] === "@") return `Address has an '@' without a domain, or one too many: ${FORM}`;
  if (text[end] === ".") return 'Local part has a dot too many: quote it, <"a..b"@example.org>';
  return `Address has a character that must be quoted or must not be there: ${FORM}`;
}

function isDomain(domain: string): boolean {
  if (octetsOf(domain) > 255) return false;
  // A label in UTF-8 is longer than the A-label that the limit of 63 is about (RFC 5890 §2.3.2.1).
  return domain.split(".").every((label) =>
    LABEL.test(label) && (label.length <= 63 || octetsOf(label) !== label.length)
  );
}

function isLiteral(domain: string): boolean {
  const inside = /^\[(.*)\]$/.exec(domain)?.[1] ?? "";
  if (!/^IPv6:/i.test(inside)) return IPV4.test(inside);
  return isIPv6(inside.slice(5)) && !inside.includes("%");
}

function matchAt(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? "";
}

function octetsOf(text: string): number {
  let octets = text.length;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    // In UTF-16 a character beyond U+FFFF already counts as two.
    octets += code > 0xffff ? 2 : code > 0x7ff ? 2 : code > 0x7f ? 1 : 0;
  }
  return octets;
}

function invalid(reason: string): Path {
  return { kind: "invalid", reason };
}
