/**
 * Checks calls: that the function exists, and that literals which must be right are right.
 *
 * @module
 */

import type { Fault } from "./check.ts";
import { literalOf } from "./evaluate_call.ts";
import { CALENDAR, FUNCTIONS, METHODS } from "./functions.ts";
import { isTimeZone, readMoment, readSpan } from "./moments.ts";
import { compilePattern } from "./pattern.ts";
import { suggest } from "./suggest.ts";
import type { Call } from "./syntax.ts";

const FREE = [...Object.keys(FUNCTIONS), "has"];
const AFTER_A_DOT = [
  ...Object.keys(METHODS),
  ...Object.keys(CALENDAR),
  "matches",
  "header",
  "all",
  "exists",
  "exists_one",
  "map",
  "filter",
];

/** Finds what is wrong with a call; `null` when nothing is, as far as can be told without types. */
export function checkCall(part: Call): Fault | null {
  const why = part.receiver === null ? checkFree(part) : checkMethod(part);
  return why === null ? null : { at: part.at, why };
}

function checkFree({ name, args }: Call): string | null {
  if (!FREE.includes(name)) {
    return AFTER_A_DOT.includes(name)
      ? `${name}() stands after a value: mail.subject.${name}(…)`
      : `there is no function ${name}()${suggest(name, FREE)}`;
  }
  const literal = literalOf(args[0]);
  if (literal === undefined) return null;
  if (name === "timestamp" && readMoment(literal) === null) {
    return `${JSON.stringify(literal)} is no moment: write it as "2026-11-22T10:00:00Z"`;
  }
  if (name === "duration" && readSpan(literal) === null) {
    return `${JSON.stringify(literal)} is no span of time: write it as "90s", "15m", "1h30m"`;
  }
  return null;
}

function checkMethod({ name, receiver, args }: Call): string | null {
  if (!AFTER_A_DOT.includes(name)) {
    return FREE.includes(name)
      ? `${name}() stands before its value: ${name}(…)`
      : `there is no function ${name}()${suggest(name, AFTER_A_DOT)}`;
  }
  if (name === "matches") return checkPattern(literalOf(args[0]));
  if (name === "header") {
    return receiver?.kind === "name" && receiver.name === "mail"
      ? null
      : `header() belongs to mail: mail.header("X-Name")`;
  }
  if (!Object.hasOwn(CALENDAR, name) || args.length === 0) return null;
  const zone = literalOf(args[0]);
  if (zone === undefined) return `${name}() takes a time zone in quotes, as in "Europe/Berlin"`;
  return isTimeZone(zone) ? null : `there is no time zone ${JSON.stringify(zone)}`;
}

function checkPattern(pattern: string | undefined): string | null {
  if (pattern === undefined) {
    return "matches() takes a pattern in quotes, not one that a mail makes";
  }
  const { kind, ...rest } = compilePattern(pattern);
  return kind === "problem" && "text" in rest ? rest.text : null;
}
