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
  if (!/^FROM:/i.test(argument)) return malformed(501, "5.5.4", "Say MAIL FROM:<address>");
  const { path, quirks } = readPath(argument.slice(5), dialect, true);
  if (path.kind === "invalid") return malformed(501, "5.1.7", blankOr(argument, 5, path.reason));
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
  if (!/^TO:/i.test(argument)) return malformedRecipient(501, "5.5.4", "Say RCPT TO:<address>");
  const { path, quirks } = readPath(argument.slice(3), dialect, false);
  if (path.kind === "invalid") {
    return malformedRecipient(501, "5.1.3", blankOr(argument, 3, path.reason));
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

function readPath(text: string, dialect: Dialect | undefined, sender: boolean): LenientPath {
  return dialect?.lenient
    ? parseLenientPath(text, { hostname: dialect.hostname, sender })
    : { path: parsePath(text), quirks: NO_QUIRKS };
}

/** The most frequent mistake of devices and scripts deserves words of its own. */
function blankOr(argument: string, position: number, reason: string): string {
  return argument[position] === " " ? "There must be no blank between ':' and '<'" : reason;
}
