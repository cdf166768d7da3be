/**
 * Parses one command line of a client (RFC 5321 §4.1.1). Pure and total: nonsense is a command
 * too, which carries the reply that it deserves. What a command may do when is `session.ts`.
 *
 * @module
 */

import type { RecipientDsn } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import { AUTH_REPLY } from "./auth/replies.ts";
import { parseMail, parseRecipient } from "./envelope_commands.ts";
import { isForeignLine } from "./foreign.ts";
import type { Line } from "./line_reader.ts";
import { malformed, refused } from "./malformed.ts";
import type { MailParameters } from "./parameters.ts";
import type { Quirk } from "./quirks.ts";
import { REPLY } from "./reply.ts";
import { parseXclient } from "./xclient.ts";

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

/** Commands of some verbs. */
export type CommandOf<Verb extends Command["verb"]> = Command & { readonly verb: Verb };

/** How a line is to be read. */
export interface Dialect {
  /** Whether what devices do wrong is taken: see `quirks.ts`. */
  readonly lenient: boolean;
  /** The domain that an address without one gets, where `lenient`. */
  readonly hostname: string;
}

/** Verbs of RFC 5321 and its extensions that this server knows of and never offers. */
const NOT_OFFERED = /^(?:EXPN|ETRN|ATRN|TURN|SEND|SOML|SAML)$/;

/** What a client is called that says no name, or none that could be passed on. */
const NO_NAME = "unknown";

/**
 * Parses one command line, without its line end. Never throws.
 *
 * @param line The line.
 * @param dialect How to read it; strictly when absent.
 */
export function parseCommand(line: string, dialect?: Dialect): Command {
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
    case "LHLO":
      return parseHello(verb, argument, dialect);
    case "MAIL":
      return parseMail(argument, dialect);
    case "RCPT":
      return parseRecipient(argument, dialect);
    case "DATA":
    case "RSET":
    case "QUIT":
    case "STARTTLS":
      return argument === "" ? { verb } : malformed(501, "5.5.4", `${verb} takes no argument`);
    default:
      return parseOther(verb, argument, text);
  }
}

/** The commands that few mails need, and what is none. */
function parseOther(verb: string, argument: string, text: string): Command {
  switch (verb) {
    case "BDAT":
      return parseChunk(argument);
    case "AUTH":
      return parseAuth(argument);
    case "XCLIENT":
      return parseXclient(argument);
    case "VRFY":
      return argument === "" ? malformed(501, "5.5.4", "Say VRFY and an address") : { verb };
    case "NOOP":
    case "HELP":
      return { verb };
  }
  if (isForeignLine(text)) return foreignCommand("other-protocol");
  return refused(NOT_OFFERED.test(verb) ? REPLY.notImplemented : REPLY.unknownCommand);
}

/** The command that a session is closed for which is none of SMTP. */
export function foreignCommand(quirk: Quirk | null): Command {
  return { verb: "ABUSE", reply: REPLY.otherProtocol, ...quirk && { quirks: [quirk] } };
}

/** The command that a line is which could not be read as text. */
export function unreadable(line: Exclude<Line, { readonly kind: "line" }>): Command {
  switch (line.kind) {
    case "too-long":
      return refused(REPLY.lineTooLong);
    case "auth-too-long":
      return refused(AUTH_REPLY.lineTooLong);
    case "not-utf8":
      return refused(REPLY.notUtf8);
    case "bare-newline":
      return {
        verb: "ABUSE",
        reply: REPLY.bareNewline,
        ...line.lfAlone && { quirks: ["bare-newline"] },
      };
    case "endless":
      return { verb: "ABUSE", reply: REPLY.endlessLine };
  }
}

/** Refusing a name because it is no known host is forbidden (§4.1.4), so form is all we check. */
function parseHello(
  verb: "EHLO" | "HELO" | "LHLO",
  name: string,
  dialect: Dialect | undefined,
): Command {
  if (/^[!-~]{1,255}$/.test(name)) return { verb, name };
  if (dialect?.lenient) return { verb, name: NO_NAME, quirks: ["hello-without-name"] };
  return malformed(501, "5.5.4", `Say ${verb} and your host name, ASCII without blanks`);
}

function parseChunk(argument: string): Command {
  const [, size, last] = /^(\d{1,15})( LAST)?$/i.exec(argument) ?? [];
  if (size !== undefined) return { verb: "BDAT", octets: Number(size), last: last !== undefined };
  return malformed(501, "5.5.4", "Say BDAT and a number of octets, and LAST with the last chunk");
}

/** The reply must not repeat anything: what stands there may be a password. */
function parseAuth(argument: string): Command {
  const [, name, initial] = /^([A-Z0-9_-]{1,20})(?: ([^ ]+))?$/i.exec(argument) ?? [];
  if (name === undefined) {
    return malformed(501, "5.5.4", "Say AUTH and a mechanism, then at most one initial response");
  }
  const mechanism = name.toUpperCase();
  return initial === undefined ? { verb: "AUTH", mechanism } : { verb: "AUTH", mechanism, initial };
}
