/**
 * `mail2alert hash`: makes of a password what a configuration may hold instead of it.
 *
 * DIAGNOSTICS. Exit 1: given up. Exit 2: there is no password, or none that can be used.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { type Algorithm, makeHash } from "../smtp/auth/hash_password.ts";
import { type Keyboard, readPassword } from "./password_input.ts";
import type { Terminal } from "./terminal.ts";

/** How to make it. */
export interface HashOptions {
  /** The function; scrypt when absent. */
  readonly algorithm?: Algorithm;
}

/** bcrypt ignores what comes after these. */
const BCRYPT_OCTETS = 72;

/**
 * Reads a password and prints its hash on a line.
 *
 * @throws {RelayError} `usage` for a password that cannot be taken; `aborted` when given up.
 */
export async function hash(
  { algorithm = "scrypt" }: HashOptions,
  terminal: Terminal,
  keyboard: Keyboard = Deno.stdin,
): Promise<number> {
  const password = await readPassword(keyboard, terminal);
  if (algorithm === "bcrypt" && new TextEncoder().encode(password).length > BCRYPT_OCTETS) {
    throw new RelayError(
      "usage",
      `Cannot take the password: bcrypt ignores all but the first ${BCRYPT_OCTETS} octets; ` +
        "take another --algorithm",
    );
  }
  terminal.out(`${await makeHash(password, algorithm)}\n`);
  return 0;
}
