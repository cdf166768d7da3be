/**
 * XCLIENT: a mail server in front of us tells whom it speaks for (Postfix' XCLIENT_README). Pure.
 *
 * @module
 */

import { decodeXtext } from "../mail/xtext.ts";
import type { Command } from "./command.ts";
import { malformed } from "./malformed.ts";

const ATTRIBUTE = /^([A-Z][A-Z0-9_-]*)=(.+)$/i;
const UNKNOWN = /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i;

/**
 * Parses `ADDR=192.0.2.1 NAME=[UNAVAILABLE]`. What a name means, and whether a value is an address,
 * is not asked here.
 */
export function parseXclient(argument: string): Command {
  const attributes = new Map<string, string | null>();
  for (const word of argument.split(" ")) {
    const [, name, value] = ATTRIBUTE.exec(word) ?? [];
    if (name === undefined || value === undefined) {
      return malformed(
        501,
        "5.5.4",
        "Say XCLIENT and attributes, NAME=value, one blank before each",
      );
    }
    const key = name.toUpperCase();
    if (attributes.has(key)) return malformed(501, "5.5.4", "An attribute is given twice");
    const decoded = UNKNOWN.test(value) ? null : decodeXtext(value);
    if (decoded === null && !UNKNOWN.test(value)) {
      return malformed(501, "5.5.4", "Values are xtext without control characters: HELO=a+2Bb");
    }
    attributes.set(key, decoded);
  }
  return { verb: "XCLIENT", attributes };
}
