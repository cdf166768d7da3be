/**
 * A password from stdin: typed twice at a terminal, without showing it, or one line from a pipe.
 *
 * INVARIANT: no message says anything of the password, and the terminal echoes again afterwards.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

/** What of stdin is needed. */
export interface Keyboard {
  /** Reads at least one octet; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Whether somebody types. */
  isTerminal(): boolean;
  /** Whether each key is given as it is pressed, and not shown. */
  setRaw(raw: boolean): void;
}

/** Longest password, in octets: much less than one line of AUTH can carry. */
const MAX_OCTETS = 1_024;

const KEYS = {
  end: [0x0a, 0x0d],
  /** Control-C and Control-D. */
  cancel: [0x03, 0x04],
  erase: [0x08, 0x7f],
  /** Control-U: erases all. */
  clear: [0x15],
} as const satisfies Record<string, readonly number[]>;

/**
 * Reads a password.
 *
 * @throws {RelayError} `usage` when there is none, or none that a client could send, or the two
 * differ; `aborted` when the operator gives up.
 */
export async function readPassword(keyboard: Keyboard, terminal: Terminal): Promise<string> {
  if (!keyboard.isTerminal()) return check(await readLine(keyboard));
  const typed = new TypedLines(keyboard);
  // Raw before anybody can have read the prompt, and in between: no key is ever shown.
  keyboard.setRaw(true);
  try {
    const password = check(await ask("Password: ", typed, terminal));
    const again = await ask("The same again: ", typed, terminal);
    if (decode(again) !== password) throw refuse("the two are not the same");
    return password;
  } finally {
    keyboard.setRaw(false);
  }
}

async function ask(prompt: string, typed: TypedLines, terminal: Terminal): Promise<Uint8Array> {
  terminal.err(prompt);
  try {
    return await typed.next();
  } finally {
    terminal.err("\n");
  }
}

/** Lines as they are typed; what was typed ahead belongs to the next one. */
class TypedLines {
  readonly #keyboard: Keyboard;
  #ahead: number[] = [];

  constructor(keyboard: Keyboard) {
    this.#keyboard = keyboard;
  }

  async next(): Promise<Uint8Array> {
    const line: number[] = [];
    const is = (keys: readonly number[], key: number) => keys.includes(key);
    for (;;) {
      const key = this.#ahead.shift() ?? await this.#read();
      if (key === null || is(KEYS.cancel, key)) {
        throw new RelayError("aborted", "Cannot make a hash: given up");
      }
      if (is(KEYS.end, key)) return Uint8Array.from(line);
      if (is(KEYS.clear, key)) line.length = 0;
      else if (is(KEYS.erase, key)) eraseCharacter(line);
      else if (line.length <= MAX_OCTETS) line.push(key);
    }
  }

  async #read(): Promise<number | null> {
    const buffer = new Uint8Array(256);
    const count = await this.#keyboard.read(buffer);
    this.#ahead = [...buffer.subarray(0, count ?? 0)];
    return this.#ahead.shift() ?? null;
  }
}

/** Of UTF-8, all octets of the last character. */
function eraseCharacter(line: number[]): void {
  let octet = line.pop();
  while (octet !== undefined && (octet & 0xc0) === 0x80) octet = line.pop();
}

/** All of a pipe, without the newline at its end. */
async function readLine(keyboard: Keyboard): Promise<Uint8Array> {
  const octets: number[] = [];
  const buffer = new Uint8Array(MAX_OCTETS);
  for (;;) {
    const count = await keyboard.read(buffer);
    if (count === null || octets.length > MAX_OCTETS + 2) break;
    octets.push(...buffer.subarray(0, count));
  }
  if (octets.at(-1) === 0x0a) octets.pop();
  if (octets.at(-1) === 0x0d) octets.pop();
  if (octets.includes(0x0a)) throw refuse("stdin has more than one line");
  return Uint8Array.from(octets);
}

function check(octets: Uint8Array): string {
  if (octets.length === 0) throw refuse("there is none: type it, or give it as a line on stdin");
  if (octets.length > MAX_OCTETS) throw refuse(`it is longer than ${MAX_OCTETS} octets`);
  const password = decode(octets);
  if (password === null) throw refuse("it is not UTF-8");
  // RFC 8265 §4.2: nor can anybody type them into a device.
  if (/\p{Cc}/u.test(password)) {
    throw refuse("there is a control character in it, such as a tab or an arrow key");
  }
  return password;
}

function decode(octets: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    // The only error of a decoder that is `fatal`: not UTF-8.
    return null;
  }
}

function refuse(why: string): RelayError {
  return new RelayError("usage", `Cannot take the password: ${why}`);
}
