/**
 * Lines of a dialogue, fit for a terminal and for the eyes of others: nothing in them that a terminal
 * would obey, bounded, passwords hidden. Pure.
 *
 * @module
 */

import { latin1 } from "../../mail/latin1.ts";

/** One line that the device has said. */
export interface ClientLine {
  /** Its first octets, without its end. */
  readonly octets: Uint8Array;
  /** How many it has in all. */
  readonly length: number;
  /** Whether LF alone ended it. */
  readonly lfAlone: boolean;
}

/** What hides a secret. */
const HIDDEN = "(hidden)";

/** So much of a line is shown, in octets. */
export const SHOWN_OCTETS = 256;

const COMMAND =
  /^[ \t]*(?:EHLO|HELO|LHLO|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|VRFY|EXPN|HELP|STARTTLS|XCLIENT|ETRN)(?![A-Z0-9+/=])/i;
const MECHANISM =
  /^(?:PLAIN|LOGIN|CRAM-MD5|DIGEST-MD5|NTLM|GSSAPI|EXTERNAL|ANONYMOUS|XOAUTH2|OAUTHBEARER|SCRAM-SHA-1|SCRAM-SHA-256)$/i;

/** Its first word, in capitals. */
export function verbOf({ octets }: ClientLine): string {
  return /^[ \t]*([A-Z]+)/i.exec(latin1(octets))?.[1]?.toUpperCase() ?? "";
}

/**
 * A line as it is shown.
 *
 * @param secretsMayCome Whether the device has begun to log in: what is no command may be a password.
 */
export function showLine(line: ClientLine, secretsMayCome: boolean): string {
  return `${words(line, secretsMayCome)}${line.lfAlone ? "  (ends with LF alone)" : ""}`;
}

/** A response of a login, of which nothing is shown. */
export function showSecret({ lfAlone }: Pick<ClientLine, "lfAlone">): string {
  return `${HIDDEN}${lfAlone ? "  (ends with LF alone)" : ""}`;
}

/** The mechanism of an AUTH line, if it names one; a password in its place is not repeated. */
export function mechanismOf({ octets }: ClientLine): string | undefined {
  const [, name = ""] = /^[ \t]*AUTH[ \t]+([^ \t]+)/i.exec(latin1(octets)) ?? [];
  return MECHANISM.test(name) ? name.toUpperCase() : undefined;
}

/** Octets as text: what is not printable ASCII as `\xNN`, or by its usual name. */
export function showOctets(octets: Uint8Array): string {
  const named: Readonly<Record<string, string>> = { "\r": "\\r", "\n": "\\n", "\t": "\\t" };
  return latin1(octets).replace(
    /[^ -~]/g,
    (octet) => named[octet] ?? `\\x${octet.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

function words(line: ClientLine, secretsMayCome: boolean): string {
  if (verbOf(line) === "AUTH") {
    const mechanism = mechanismOf(line);
    const more = !/^[ \t]*AUTH(?:[ \t]+[^ \t]+)?[ \t]*$/i.test(latin1(line.octets));
    return `AUTH${mechanism ? ` ${mechanism}` : ""}${more || !mechanism ? ` ${HIDDEN}` : ""}`;
  }
  if (secretsMayCome && !COMMAND.test(latin1(line.octets))) {
    return `${HIDDEN}  (no command: it may be a password)`;
  }
  const shown = showOctets(line.octets.subarray(0, SHOWN_OCTETS));
  if (line.length <= SHOWN_OCTETS) return shown;
  return `${shown} … (${line.length.toLocaleString("en")} octets)`;
}
