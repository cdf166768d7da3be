/**
 * Parses the arguments of the commands that make an envelope: MAIL and RCPT (RFC 5321 §4.1.1.2,
 * §4.1.1.3). Pure and total.
 *
 * @module
 */

import { parsePath } from "../mail/address.ts";
import type { Command, Dialect } from "./command.ts";
import { type LenientPath, parseLenientPath } from "./lenient_path.ts";
import { malformed, malformedRecipient, refused, refusedRecipient } from "./malformed.ts";
import { mailParameters, recipientParameters, splitParameters } from "./parameters.ts";

const NO_QUIRKS: LenientPath["quirks"] = [];

/** Parses what follows MAIL. */
export function parseMail(argument: string, dialect: Dialect | undefined): Command {
  const text = afterWord(argument, "FROM", dialect);
  if (text === null) return malformed(501, "5.5.4", "Say MAIL FROM:<address>");
  const { path, quirks } = readPath({ argument, text, sender: true }, dialect);
  if (path.kind === "invalid") return malformed(501, "5.1.7", blankOr(text, path.reason));
  if (path.kind === "mailbox" && !path.qualified) {
    return malformed(501, "5.1.7", "Sender needs a domain: <local-part@domain>");
  }
  const raw = splitParameters(path.rest);
  if ("code" in raw) return refused(raw);
  const parameters = mailParameters(raw);
  if ("code" in parameters) return refused(parameters);
  const extended = raw.size > 0;
  const command: Command = path.kind === "null"
    ? { verb: "MAIL", reversePath: "", wide: false, parameters, extended }
    : { verb: "MAIL", reversePath: path.address, wide: !path.ascii, parameters, extended };
  return quirks.length === 0 ? command : { ...command, quirks };
}

/** Parses what follows RCPT. */
export function parseRecipient(argument: string, dialect: Dialect | undefined): Command {
  const text = afterWord(argument, "TO", dialect);
  if (text === null) return malformedRecipient(501, "5.5.4", "Say RCPT TO:<address>");
  const { path, quirks } = readPath({ argument, text, sender: false }, dialect);
  if (path.kind === "invalid") {
    return malformedRecipient(501, "5.1.3", blankOr(text, path.reason));
  }
  if (path.kind === "null") return malformedRecipient(501, "5.1.3", "A recipient must not be <>");
  const raw = splitParameters(path.rest);
  if ("code" in raw) return refusedRecipient(raw);
  const forwardPath = path.address;
  const noted = quirks.length === 0 ? undefined : { quirks };
  if (raw.size === 0) return { verb: "RCPT", forwardPath, wide: !path.ascii, ...noted };
  const dsn = recipientParameters(raw);
  if ("code" in dsn) return refusedRecipient(dsn);
  // An original recipient in UTF-8 needs SMTPUTF8 as well (RFC 6533 §3).
  const wide = !path.ascii || !/^[ -~]*$/.test(dsn.orcpt ?? "");
  return { verb: "RCPT", forwardPath, wide, dsn, ...noted };
}

/** What follows `FROM:` or `TO:`; `null` when that is not there. */
function afterWord(
  argument: string,
  word: "FROM" | "TO",
  dialect: Dialect | undefined,
): string | null {
  const colon = word.length;
  if (argument[colon] === ":" && argument.slice(0, colon).toUpperCase() === word) {
    return argument.slice(colon + 1);
  }
  const loose = dialect?.lenient ? LOOSE[word].exec(argument) : null;
  return loose ? argument.slice(loose[0].length) : null;
}

const LOOSE = { FROM: /^ *FROM *:/i, TO: /^ *TO *:/i } as const;

/** The command's argument, and the part of it that holds the address. */
interface Argument {
  readonly argument: string;
  readonly text: string;
  readonly sender: boolean;
}

function readPath(
  { argument, text, sender }: Argument,
  dialect: Dialect | undefined,
): LenientPath {
  if (!dialect?.lenient) return { path: parsePath(text), quirks: NO_QUIRKS };
  const { path, quirks } = parseLenientPath(text, { hostname: dialect.hostname, sender });
  const colon = argument.length - text.length - 1;
  const before = argument.slice(0, colon).includes(" ");
  if (path.kind === "invalid") return { path, quirks };
  const rest = path.rest.replace(/ {2,}/g, " ");
  const stray = before || rest !== path.rest;
  if (!stray || quirks.includes("stray-blanks")) return { path: { ...path, rest }, quirks };
  return { path: { ...path, rest }, quirks: [...quirks, "stray-blanks"] };
}

/** The most frequent mistake of devices and scripts deserves words of its own. */
function blankOr(text: string, reason: string): string {
  return text[0] === " " ? "There must be no blank between ':' and '<'" : reason;
}
