/**
 * Who may say that it is whom: users, their secrets, and a stop for those who guess.
 *
 * DIAGNOSTICS. Warning: a peer is paused; more logins wait than are let wait. Error: a hash could
 * not be computed.
 *
 * @module
 */

import { reasonOf } from "../../errors.ts";
import { log } from "../../log.ts";
import { type Clock, SYSTEM_CLOCK } from "../deadline.ts";
import { Failures, MAX_FAILURES, WINDOW_MS } from "./failures.ts";
import { HashThread } from "./hash_thread.ts";
import { Logins } from "./logins.ts";
import { Secrets } from "./secrets.ts";

/** What a client claims (RFC 4616); neither part is empty or holds a NUL. */
export interface Credentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** What is said of credentials; `paused`: nobody looked at them, the client may come later. */
export type Verdict = "accepted" | "refused" | "paused";

/** Decides about credentials. */
export interface Authenticator {
  /** Whether the peer has guessed too often lately: it is not asked any more. */
  paused(peer: string): boolean;
  /**
   * Checks credentials; takes as long for an unknown user as for a wrong password. Never rejects.
   *
   * @param peer The peer's address, by which failures are counted.
   * @returns `paused` when this failure was one too many, or the peer was paused before; also when
   * too many logins wait already, or a hash cannot be computed.
   */
  verify(credentials: Credentials, peer: string): Promise<Verdict>;
}

/** What an authenticator needs. */
export interface AuthenticatorOptions {
  /** Name to secret: the password itself, or a hash. */
  readonly users: ReadonlyMap<string, string>;
  /** Where time comes from. */
  readonly clock?: Clock;
  /** Who guesses, as all authenticators of the program count it; a count of its own when absent. */
  readonly failures?: Failures;
}

const logger = log("smtp");

/**
 * Makes the authenticator of some users. One for all listeners with the same users, because it
 * remembers right logins for itself; failures count for all together.
 *
 * @throws {RelayError} `config-invalid` for a secret that `checkSecret` refuses.
 */
export function createAuthenticator(
  { users, clock = SYSTEM_CLOCK, failures = new Failures(clock) }: AuthenticatorOptions,
): Authenticator {
  const secrets = new Secrets(users, new HashThread(clock));
  const logins = new Logins((credentials) => secrets.match(credentials), clock);
  const check = async (credentials: Credentials, peer: string) => {
    try {
      return await logins.check(credentials, () => failures.paused(peer));
    } catch (error) {
      logger.error("cannot check a login", { peer, reason: reasonOf(error) });
      return null;
    }
  };
  return {
    paused: (peer) => failures.paused(peer),
    verify: async (credentials, peer) => {
      if (failures.paused(peer)) return "paused";
      const right = await check(credentials, peer);
      // Whoever sends many guesses at once must not learn of more than the first few.
      if (right === null || failures.paused(peer)) return "paused";
      if (right) return "accepted";
      if (!failures.add(peer)) return "refused";
      const minutes = WINDOW_MS / 60_000;
      logger.warning("peer paused after failed logins", { peer, failures: MAX_FAILURES, minutes });
      return "paused";
    },
  };
}
