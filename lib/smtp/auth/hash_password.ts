/**
 * Makes hashes of passwords, and compares passwords with them, off the thread that serves sessions.
 *
 * @module
 */

import { scrypt, timingSafeEqual } from "node:crypto";
import { type PasswordHash, type ScryptHash, writeHash } from "../../mail/password_hash.ts";
import { type HashComputer, HashThread } from "./hash_thread.ts";

/** What `mail2alert hash` makes; the first one when nothing is said. */
export const ALGORITHMS = ["scrypt", "argon2id", "bcrypt"] as const;

/** One of them. */
export type Algorithm = typeof ALGORITHMS[number];

const SALT_OCTETS = 16;
const DIGEST_OCTETS = 32;

/**
 * Whether a password has this hash; in constant time.
 *
 * @throws {Error} When it cannot be computed; says nothing of the password.
 */
export async function hasHash(
  password: string,
  hash: PasswordHash,
  thread: HashComputer,
): Promise<boolean> {
  return timingSafeEqual(await digestOf(password, hash, thread), hash.digest);
}

/**
 * Makes the hash of a password, as {@link readHash} of `mail/password_hash.ts` reads it.
 *
 * @param password At least one character.
 */
export async function makeHash(password: string, algorithm: Algorithm): Promise<string> {
  const hash = parametersOf(algorithm);
  return writeHash({ ...hash, digest: await digestOf(password, hash, new HashThread()) });
}

/** Costs of about a tenth of a second, as OWASP's cheat sheet on password storage has them. */
function parametersOf(algorithm: Algorithm): PasswordHash {
  const octets = {
    salt: crypto.getRandomValues(new Uint8Array(SALT_OCTETS)),
    digest: new Uint8Array(DIGEST_OCTETS),
  };
  switch (algorithm) {
    case "scrypt":
      return { kind: "scrypt", ln: 15, r: 8, p: 1, ...octets };
    case "argon2id":
      return { kind: "argon2id", memoryKib: 19_456, passes: 2, lanes: 1, ...octets };
    case "bcrypt":
      return { kind: "bcrypt", cost: 11, ...octets };
  }
}

function digestOf(text: string, hash: PasswordHash, thread: HashComputer): Promise<Uint8Array> {
  const password = new TextEncoder().encode(text);
  return hash.kind === "scrypt" ? scryptDigest(password, hash) : thread.compute({ hash, password });
}

/** The runtime computes it in a thread of its own. */
function scryptDigest(password: Uint8Array, hash: ScryptHash): Promise<Uint8Array> {
  const { ln, r, p, salt, digest } = hash;
  const N = 2 ** ln;
  // The default of 32 MiB is a little less than ln=15 needs.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, digest.length, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
