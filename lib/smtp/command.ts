/**
 * Parses one command line of a client (RFC 5321 §4.1.1). Pure and total: nonsense is a command
 * too, which carries the reply that it deserves. What a command may do when is `session.ts`.
 *
 * @module
 */

import { parsePath } from "../mail/address.ts";
import type { RecipientDsn } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import type { Line } from "./line_reader.ts";
import {
  type MailParameters,
  mailParameters,
  recipientParameters,
  splitParameters,
} from "./parameters.ts";
import type { Quirk } from "./quirks.ts";
import { REPLY } from "./reply.ts";

/** One command of the client, parsed. What it does that only a lenient server takes: `quirks`. */
export type Command =
  & Readonly<{ quirks?: readonly Quirk[] }>
  & (
    | {
      /** The client says who it is; EHLO also asks for extensions, LHLO is its like in LMTP. */
      readonly verb: "EHLO" | "HELO" | "LHLO";
      /** What it calls itself: printable ASCII without blanks, 1 to 255 octets; not verified. */
      readonly name: string;
    }
    | {
      /** Opens a mail transaction. */
      readonly verb: "MAIL";
      /** The reverse-path in canonical form; empty for `<>`. */
      readonly reversePath: string;
      /** Whether the reverse-path needs SMTPUTF8. */
      readonly wide: boolean;
      /** What the parameters say. */
      readonly parameters: MailParameters;
      /** Whether there were parameters at all: HELO knows none. */
      readonly extended: boolean;
    }
    | {
      /** Adds a recipient to the mail transaction. */
      readonly verb: "RCPT";
      /** The forward-path in canonical form. */
      readonly forwardPath: string;
      /** Whether it needs SMTPUTF8. */
      readonly wide: boolean;
      /** What NOTIFY and ORCPT say; absent: neither was given. */
      readonly dsn?: RecipientDsn;
    }
    | {
      /** A piece of the message follows (RFC 3030 §2). */
      readonly verb: "BDAT";
      /** Its octets. */
      readonly octets: number;
      /** Whether it is the last one. */
      readonly last: boolean;
    }
    | {
      /** Asks to authenticate (RFC 4954 §4). */
      readonly verb: "AUTH";
      /** The mechanism, in capitals. */
      readonly mechanism: string;
      /** The initial response as written; absent: none. */
      readonly initial?: string;
    }
    | {
      /** A mail server in front of us tells whom it speaks for (Postfix' XCLIENT_README). */
      readonly verb: "XCLIENT";
      /** Names in capitals to decoded values; `null` for [UNAVAILABLE] and [TEMPUNAVAIL]. */
      readonly attributes: ReadonlyMap<string, string | null>;
    }
    | {
      /** Commands of which nothing but the verb matters. */
      readonly verb: "DATA" | "RSET" | "NOOP" | "VRFY" | "HELP" | "QUIT" | "STARTTLS";
    }
    | {
      /** The line does not follow the grammar. */
      readonly verb: "MALFORMED";
      /** Whether it was meant to be a recipient: then DATA has "no valid recipients" (§3.3). */
      readonly recipient: boolean;
      /** What to answer. */
      readonly reply: Reply;
    }
    | {
      /** The peer breaks the protocol beyond repair: it gets one reply and is closed. */
      readonly verb: "ABUSE";
      /** The reply. */
      readonly reply: Reply;
    }
  );

/** How a line is to be read. */
export interface Dialect {
  /** Whether what devices do wrong is taken: see `quirks.ts`. */
  readonly lenient: boolean;
  /** The domain that an address without one gets, where `lenient`. */
  readonly hostname: string;
}

/** Verbs of RFC 5321 and its extensions that this server knows of and does not offer. */
const NOT_OFFERED = /^(?:AUTH|STARTTLS|BDAT|EXPN|ETRN|ATRN|TURN|SEND|SOML|SAML)$/;

/**
 * How other protocols begin: a browser made to send mail for someone else (ALPACA). Also the
 * header fields that follow an HTTP request line too long to be read.
 */
const FOREIGN =
  /^(?:(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) |SSH-|[A-Z][A-Z0-9-]*: )/i;

/** Parses one command line, without its CR LF. Never throws. */
export function parseCommand(line: string): Command {
  // RFC 5321 §4.1.1: blanks at the end of a line are to be tolerated.
  let end = line.length;
  while (line[end - 1] === " " || line[end - 1] === "\t") end--;
  const text = line.slice(0, end);
  const blank = text.indexOf(" ");
  const verb = (blank < 0 ? text : text.slice(0, blank)).toUpperCase();
  const argument = blank < 0 ? "" : text.slice(blank + 1);
  switch (verb) {
    case "EHLO":
    case "HELO":
      return parseHello(verb, argument);
    case "MAIL":
      return parseMail(argument);
    case "RCPT":
      return parseRecipient(argument);
    case "DATA":
    case "RSET":
    case "QUIT":
      return argument === "" ? { verb } : malformed(501, "5.5.4", `${verb} takes no argument`);
    case "VRFY":
      return argument === "" ? malformed(501, "5.5.4", "Say VRFY and an address") : { verb };
    case "NOOP":
    case "HELP":
      return { verb };
  }
  if (FOREIGN.test(text)) return { verb: "ABUSE", reply: REPLY.otherProtocol };
  return refused(NOT_OFFERED.test(verb) ? REPLY.notImplemented : REPLY.unknownCommand);
}

/** The command that a line is which could not be read as text. */
export function unreadable(kind: Exclude<Line["kind"], "line">): Command {
  switch (kind) {
    case "too-long":
      return refused(REPLY.lineTooLong);
    case "not-utf8":
      return refused(REPLY.notUtf8);
    case "bare-newline":
      return { verb: "ABUSE", reply: REPLY.bareNewline };
    case "endless":
      return { verb: "ABUSE", reply: REPLY.endlessLine };
  }
}

/** Refusing a name because it is no known host is forbidden (§4.1.4), so form is all we check. */
function parseHello(verb: "EHLO" | "HELO", name: string): Command {
  if (/^[!-~]{1,255}$/.test(name)) return { verb, name };
  return malformed(501, "5.5.4", `Say ${verb} and your host name, ASCII without blanks`);
}

function parseMail(argument: string): Command {
  if (!/^FROM:/i.test(argument)) return malformed(501, "5.5.4", "Say MAIL FROM:<address>");
  const path = parsePath(argument.slice(5));
  if (path.kind === "invalid") return malformed(501, "5.1.7", blankOr(argument, 5, path.reason));
  if (path.kind === "mailbox" && !path.qualified) {
    return malformed(501, "5.1.7", "Sender needs a domain: <local-part@domain>");
  }
  const raw = splitParameters(path.rest);
  if ("code" in raw) return refused(raw);
  const parameters = mailParameters(raw);
  if ("code" in parameters) return refused(parameters);
  const extended = raw.size > 0;
  return path.kind === "null"
    ? { verb: "MAIL", reversePath: "", wide: false, parameters, extended }
    : { verb: "MAIL", reversePath: path.address, wide: !path.ascii, parameters, extended };
}

function parseRecipient(argument: string): Command {
  if (!/^TO:/i.test(argument)) return malformed(501, "5.5.4", "Say RCPT TO:<address>", true);
  const path = parsePath(argument.slice(3));
  if (path.kind === "invalid") {
    return malformed(501, "5.1.3", blankOr(argument, 3, path.reason), true);
  }
  if (path.kind === "null") return malformed(501, "5.1.3", "A recipient must not be <>", true);
  const raw = splitParameters(path.rest);
  const reply = "code" in raw ? raw : recipientParameters(raw);
  if (reply) return refused(reply, true);
  return { verb: "RCPT", forwardPath: path.address, wide: !path.ascii };
}

/** The most frequent mistake of devices and scripts deserves words of its own. */
function blankOr(argument: string, position: number, reason: string): string {
  return argument[position] === " " ? "There must be no blank between ':' and '<'" : reason;
}

function malformed(
  code: number,
  status: NonNullable<Reply["status"]>,
  text: string,
  recipient = false,
): Command {
  return refused({ code, status, lines: [text] }, recipient);
}

function refused(reply: Reply, recipient = false): Command {
  return { verb: "MALFORMED", recipient, reply };
}
