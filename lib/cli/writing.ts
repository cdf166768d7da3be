/**
 * Long outputs, piece by piece: ten thousand mails are never one text in memory.
 *
 * @module
 */

import type { Terminal } from "./terminal.ts";

/** Characters that are gathered before they are written: a system call for each line is dear. */
const GATHER = 65_536;

/** Writes lines to stdout as they come. */
export function writeLines(lines: Iterable<string>, terminal: Terminal): void {
  let gathered = "";
  for (const line of lines) {
    gathered += `${line}\n`;
    if (gathered.length < GATHER) continue;
    terminal.out(gathered);
    gathered = "";
  }
  if (gathered !== "") terminal.out(gathered);
}

/** Writes a JSON array to stdout, each element on a line of its own. */
export function writeArray(values: Iterable<unknown>, terminal: Terminal): void {
  writeLines(arrayLines(values), terminal);
}

function* arrayLines(values: Iterable<unknown>): Generator<string> {
  let last: string | null = null;
  for (const value of values) {
    yield last === null ? "[" : `${last},`;
    last = JSON.stringify(value);
  }
  if (last === null) {
    yield "[]";
    return;
  }
  yield last;
  yield "]";
}

/** Writes a message to stdout, octet by octet as it came, at the pace of whoever reads it. */
export async function writeOctets(
  pieces: AsyncIterable<Uint8Array>,
  terminal: Terminal,
): Promise<void> {
  for await (const piece of pieces) {
    if (!await terminal.outOctets(piece)) return;
  }
}
