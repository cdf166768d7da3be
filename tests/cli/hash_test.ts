/** `mail2alert hash`, from a pipe and at a keyboard. @module */

import assert from "node:assert/strict";
import { hash, type HashOptions } from "../../lib/cli/hash.ts";
import type { Keyboard } from "../../lib/cli/password_input.ts";
import { RelayError } from "../../lib/errors.ts";
import { readHash } from "../../lib/mail/password_hash.ts";
import { hasHash } from "../../lib/smtp/auth/hash_password.ts";
import { HashThread } from "../../lib/smtp/auth/hash_thread.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";

/** Gives pieces, one for each read; knows whether the terminal is raw. */
function keyboard(pieces: readonly (string | Uint8Array)[], terminal: boolean) {
  const rest = pieces.map((piece) =>
    typeof piece === "string" ? new TextEncoder().encode(piece) : piece
  );
  const modes: boolean[] = [];
  const fake: Keyboard = {
    read: (buffer) => {
      const piece = rest.shift();
      if (piece === undefined) return Promise.resolve(null);
      buffer.set(piece.subarray(0, buffer.length));
      if (piece.length > buffer.length) rest.unshift(piece.subarray(buffer.length));
      return Promise.resolve(Math.min(piece.length, buffer.length));
    },
    isTerminal: () => terminal,
    setRaw: (raw) => modes.push(raw),
  };
  return { fake, modes };
}

interface Said {
  readonly pieces: readonly (string | Uint8Array)[];
  readonly typed?: boolean;
  readonly options?: HashOptions;
}

async function run({ pieces, typed = false, options = {} }: Said) {
  const terminal = capturedTerminal();
  const { fake, modes } = keyboard(pieces, typed);
  let failure: unknown = null;
  const code = await hash(options, terminal, fake).catch((error) => {
    failure = error;
    return null;
  });
  return { code, failure, modes, out: terminal.stdout(), err: terminal.stderr() };
}

/** Whether the line on stdout is a hash of the password. */
async function isHashOf(out: string, password: string): Promise<boolean> {
  assert.match(out, /^\$\S+\n$/);
  const read = readHash(out.trim());
  return typeof read !== "string" && await hasHash(password, read, new HashThread());
}

const piped = [
  { name: "a line", pieces: ["sëcret\n"], password: "sëcret" },
  { name: "a line without its newline", pieces: ["secret"], password: "secret" },
  { name: "a line with CR LF", pieces: ["secret\r\n"], password: "secret" },
  { name: "blanks, which belong to it", pieces: [" a b \n"], password: " a b " },
  { name: "pieces of a line", pieces: ["se", "cr", "et", "\n"], password: "secret" },
  { name: "1,024 octets", pieces: ["x".repeat(1_024), "\n"], password: "x".repeat(1_024) },
];

for (const { name, pieces, password } of piped) {
  Deno.test(`hash takes ${name} from a pipe`, async () => {
    const { code, out, err, modes } = await run({ pieces });
    assert.deepEqual([code, err, modes], [0, "", []]);
    assert.ok(await isHashOf(out, password));
  });
}

for (const algorithm of ["scrypt", "argon2id", "bcrypt"] as const) {
  Deno.test(`hash --algorithm ${algorithm}`, async () => {
    const { out } = await run({ pieces: ["secret\n"], options: { algorithm } });
    assert.ok(out.startsWith(algorithm === "bcrypt" ? "$2b$" : `$${algorithm}$`), out);
    assert.ok(await isHashOf(out, "secret"));
  });
}

const typed = [
  { name: "the same twice", pieces: ["secret\r", "secret\r"], password: "secret" },
  { name: "key by key", pieces: [..."a\ra\r"], password: "a" },
  { name: "both at once, as if pasted", pieces: ["ab\nab\n"], password: "ab" },
  { name: "with corrections", pieces: ["x\x08é\x7fsx\x7f\r", "s\r"], password: "s" },
  { name: "with more corrections than characters", pieces: ["\x7f\x7fs\r", "s\r"], password: "s" },
  { name: "begun again", pieces: ["nonsense\x15s\r", "s\r"], password: "s" },
];

for (const { name, pieces, password } of typed) {
  Deno.test(`hash takes a password typed ${name}`, async () => {
    const { code, out, err, modes } = await run({ pieces, typed: true });
    assert.deepEqual([code, err], [0, "Password: \nThe same again: \n"]);
    assert.deepEqual(modes, [true, false]);
    assert.ok(await isHashOf(out, password));
  });
}

const refused: readonly (Said & { readonly says: RegExp })[] = [
  { pieces: [], says: /there is none: type it, or give it as a line on stdin$/ },
  { pieces: ["\n"], says: /there is none/ },
  { pieces: ["c4n4ry\nc4n4ry\n"], says: /more than one line/ },
  { pieces: ["c4n4ry\n\n"], says: /more than one line/ },
  { pieces: ["c4n4\try"], says: /control character/ },
  { pieces: ["c4n4ry\0"], says: /control character/ },
  { pieces: [Uint8Array.of(0x70, 0xe4)], says: /not UTF-8/ },
  { pieces: ["c4n4ry".padEnd(1_025, "x")], says: /longer than 1024 octets/ },
  { pieces: Array(1_000).fill("c4n4ry".repeat(200)), says: /longer than 1024 octets/ },
  {
    pieces: [`c4n4ry${"x".repeat(67)}\n`],
    options: { algorithm: "bcrypt" },
    says: /bcrypt ignores all but the first 72 octets; take another --algorithm/,
  },
  { typed: true, pieces: ["c4n4ry\r", "c4n4rx\r"], says: /the two are not the same/ },
  { typed: true, pieces: ["\r"], says: /there is none/ },
  { typed: true, pieces: ["c4n4ry\x1b[A\r"], says: /control character/ },
  { typed: true, pieces: ["c4n4ry".repeat(200), "\r"], says: /longer than 1024 octets/ },
];

for (const { says, ...said } of refused) {
  Deno.test(`hash refuses ${JSON.stringify(said).slice(0, 60)}: ${says.source}`, async () => {
    const { failure, out, err, modes } = await run(said);
    assert.ok(failure instanceof RelayError && failure.code === "usage", String(failure));
    assert.match(failure.message, /^Cannot take the password: /);
    assert.match(failure.message, says);
    assert.equal(out, "");
    assert.doesNotMatch(failure.message + err, /c4n4r/);
    assert.notEqual(modes.at(-1), true);
  });
}

Deno.test("hash does not read a pipe without end to its end", async () => {
  let reads = 0;
  const endless: Keyboard = {
    read: (buffer) => {
      assert.ok(++reads < 100);
      return Promise.resolve(buffer.fill(0x78).length);
    },
    isTerminal: () => false,
    setRaw: () => {},
  };
  await assert.rejects(hash({}, capturedTerminal(), endless), /longer than 1024 octets/);
});

for (const pieces of [["c4n4ry\x03"], ["\x04"], ["c4n4ry"], ["a\r", "\x03"]]) {
  Deno.test(`hash ends when given up: ${JSON.stringify(pieces)}`, async () => {
    const { failure, out, err, modes } = await run({ pieces, typed: true });
    assert.ok(failure instanceof RelayError && failure.code === "aborted", String(failure));
    assert.doesNotMatch(failure.message + err + out, /c4n4r/);
    assert.equal(modes.at(-1), false);
  });
}

Deno.test("hash takes 72 octets for bcrypt", async () => {
  const password = "é".repeat(36);
  const { out } = await run({ pieces: [password], options: { algorithm: "bcrypt" } });
  assert.ok(await isHashOf(out, password));
});
