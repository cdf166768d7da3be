/**
 * What cron says of a job's environment, passwords included: `X-Cron-Env: <DB_PASSWORD=secret>`. Whom
 * the mail is for gets it as it came; rules, traces and the journal see the names only.
 *
 * @see do_command.c in the sources of cronie
 * @module
 */

import { Buffer } from "node:buffer";
import { findHeaderEnd, placesOf } from "./header.ts";
import { latin1 } from "./latin1.ts";

/** The field, in lower case. */
export const CRON_ENV = "x-cron-env";

const LF = 0x0a;

/** What stands for a value. */
const HIDDEN = "***";

/** Every job has these, and no secret in them. */
const HARMLESS: ReadonlySet<string> = new Set(["HOME", "LANG", "LOGNAME", "PATH", "SHELL"]);

/** The value of one field without what may be secret; unfolded or not, decoded or not. */
export function redactCronEnv(value: string): string {
  const name = /^[\s<]*([A-Za-z_]\w{0,127})=/.exec(value)?.[1];
  if (name === undefined) return HIDDEN;
  return HARMLESS.has(name) ? value : `<${name}=${HIDDEN}>`;
}

/** Header fields without what may be secret: the same octets where there is nothing. */
export function redactFields(fields: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of placesOf(fields, CRON_ENV)) {
    const [name = "", ...rest] = latin1(fields.subarray(start, end)).split(":");
    const value = rest.join(":");
    const shown = redactCronEnv(value);
    if (shown === value) continue;
    kept.push(fields.subarray(from, start), Buffer.from(`${name}: ${shown}\r\n`, "latin1"));
    from = end;
  }
  return from === 0 ? fields : new Uint8Array(Buffer.concat([...kept, fields.subarray(from)]));
}

/** The same for a message that comes in pieces. */
export async function* redactMessage(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const piece of pieces) {
    if (head === undefined) {
      yield piece;
      continue;
    }
    head = new Uint8Array(Buffer.concat([head, piece]));
    // What a line is can be told when it is whole.
    const end = findHeaderEnd(head.subarray(0, head.lastIndexOf(LF) + 1));
    if (end === null) continue;
    yield redactFields(head.subarray(0, end.fieldsEnd));
    if (end.fieldsEnd < head.length) yield head.subarray(end.fieldsEnd);
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield redactFields(head);
}
