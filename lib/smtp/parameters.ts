/**
 * The parameters after the address in MAIL FROM: SIZE (RFC 1870), BODY (RFC 6152) and
 * SMTPUTF8 (RFC 6531). RCPT TO knows none yet.
 *
 * @module
 */

import type { Envelope } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";

/** What MAIL FROM may say beyond the address. */
export interface MailParameters {
  /** Announced size of the message in octets; 0 when the client did not say. */
  readonly sizeOctets: number;
  /** What the client says the body is (RFC 6152, RFC 3030). */
  readonly body: Envelope["body"];
  /** Whether addresses or header fields may be UTF-8. */
  readonly smtpUtf8: boolean;
  /** Whether the mail may go on over verified TLS only (RFC 8689). */
  readonly requireTls?: true;
  /** How much a notification returns (RFC 3461 §4.3). */
  readonly ret?: "FULL" | "HDRS";
  /** The envelope identifier, decoded (RFC 3461 §4.4). */
  readonly envid?: string;
}

/** What a MAIL FROM without parameters means. */
export const NO_PARAMETERS: MailParameters = { sizeOctets: 0, body: "7BIT", smtpUtf8: false };

/** The parameters of one command as the client wrote them: keyword in capitals to value. */
export type RawParameters = ReadonlyMap<string, string | undefined>;

const NONE: RawParameters = new Map();
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u{a0}-\u{10ffff}]+))?$/u;

/**
 * Splits ` SIZE=1000 BODY=8BITMIME` into keywords and values.
 *
 * @param text What follows the `>`; empty for no parameters.
 * @returns The parameters, or the reply that refuses them.
 */
export function splitParameters(text: string): RawParameters | Reply {
  if (text === "") return NONE;
  if (!text.startsWith(" ")) return wrong("After the '>' comes a blank, then parameters");
  const parameters = new Map<string, string | undefined>();
  for (const word of text.slice(1).split(" ")) {
    const [whole, keyword, value] = PARAMETER.exec(word) ?? [];
    if (whole === undefined || keyword === undefined) {
      return wrong("Parameters are KEYWORD or KEYWORD=value, one blank before each");
    }
    const name = keyword.toUpperCase();
    if (parameters.has(name)) return wrong("A parameter is given twice");
    parameters.set(name, value);
  }
  return parameters;
}

/** Understands the parameters of MAIL FROM, or says why not. */
export function mailParameters(raw: RawParameters): MailParameters | Reply {
  if (raw.size === 0) return NO_PARAMETERS;
  const parameters = { sizeOctets: 0, body: "7BIT" as MailParameters["body"], smtpUtf8: false };
  for (const [keyword, value] of raw) {
    switch (keyword) {
      case "SIZE":
        // RFC 1870 §3 allows 20 digits: beyond 2^53 the number is inexact, but too large anyway.
        if (!/^\d{1,20}$/.test(value ?? "")) return wrong("SIZE is a number: SIZE=2048");
        parameters.sizeOctets = Number(value);
        break;
      case "BODY": {
        const body = value?.toUpperCase();
        if (body !== "7BIT" && body !== "8BITMIME") return wrong("BODY is 7BIT or 8BITMIME");
        parameters.body = body;
        break;
      }
      case "SMTPUTF8":
        if (value !== undefined) return wrong("SMTPUTF8 takes no value");
        parameters.smtpUtf8 = true;
        break;
      default:
        return unknown("MAIL FROM", "SIZE, BODY and SMTPUTF8");
    }
  }
  return parameters;
}

/** Refuses all parameters of RCPT TO: none is announced. */
export function recipientParameters(raw: RawParameters): Reply | null {
  return raw.size === 0 ? null : unknown("RCPT TO", "none");
}

function wrong(text: string): Reply {
  return { code: 501, status: "5.5.4", lines: [text] };
}

function unknown(command: string, known: string): Reply {
  return {
    code: 555,
    status: "5.5.4",
    lines: [`Parameter of ${command} not recognized; known: ${known}`],
  };
}
