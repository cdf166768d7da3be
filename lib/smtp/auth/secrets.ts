/**
 * Compares passwords with the configured secrets of users.
 *
 * INVARIANTS
 *
 * 1. A wrong password costs the same work whoever the user is, known or not: one computation for
 *    each kind and cost of secret that is configured. Only who is right is told sooner.
 * 2. Nothing of a secret or a password reaches an error.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { RelayError } from "../../errors.ts";
import {
  checkSecret,
  looksLikeHash,
  type PasswordHash,
  readHash,
} from "../../mail/password_hash.ts";
import type { Credentials } from "./authenticator.ts";
import { hasHash } from "./hash_password.ts";
import type { HashComputer } from "./hash_thread.ts";

/** A secret, read. */
type Secret =
  | { readonly kind: "password"; readonly digest: Uint8Array }
  | { readonly kind: "hash"; readonly hash: PasswordHash };

/** The secrets of all users. */
export class Secrets {
  readonly #key = randomBytes(32);
  readonly #thread: HashComputer;
  readonly #ofUser = new Map<string, Secret>();
  /** A secret of each kind and cost, which stands in where a user has another one or none. */
  readonly #ofCost = new Map<string, Secret>();

  /**
   * Reads the secrets.
   *
   * @throws {RelayError} `config-invalid` for one that {@link checkSecret} refuses.
   */
  constructor(users: ReadonlyMap<string, string>, thread: HashComputer) {
    this.#thread = thread;
    for (const [user, text] of users) {
      const secret = this.#read(user, text);
      this.#ofUser.set(user, secret);
      this.#ofCost.set(costOf(secret), secret);
    }
  }

  /**
   * Whether the password is the user's.
   *
   * @throws {Error} When a hash cannot be computed.
   */
  async match({ user, password }: Credentials): Promise<boolean> {
    const own = this.#ofUser.get(user);
    if (own !== undefined && await this.#matches(password, own)) return true;
    for (const [cost, other] of this.#ofCost) {
      // The same password may be another user's: only the work counts.
      if (own === undefined || cost !== costOf(own)) await this.#matches(password, other);
    }
    return false;
  }

  #read(user: string, text: string): Secret {
    const problem = checkSecret(text);
    if (problem !== null) {
      throw new RelayError("config-invalid", `The secret of the user "${user}": ${problem}`);
    }
    const hash = looksLikeHash(text) ? readHash(text) : null;
    return hash === null || typeof hash === "string"
      ? { kind: "password", digest: this.#digest(text) }
      : { kind: "hash", hash };
  }

  #matches(password: string, secret: Secret): Promise<boolean> {
    if (secret.kind === "hash") return hasHash(password, secret.hash, this.#thread);
    return Promise.resolve(timingSafeEqual(this.#digest(password), secret.digest));
  }

  /** Of equal length whatever the password; what leaks of its comparison tells nothing. */
  #digest(password: string): Uint8Array {
    return createHmac("sha256", this.#key).update(password).digest();
  }
}

/** Secrets with the same word cost the same work. */
function costOf(secret: Secret): string {
  if (secret.kind === "password") return "password";
  const { salt: _salt, digest: _digest, ...parameters } = secret.hash;
  return Object.values(parameters).join(" ");
}
