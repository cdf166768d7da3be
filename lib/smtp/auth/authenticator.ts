/**
 * Who may say that it is whom: users, their secrets, and a stop for those who guess.
 *
 * @module
 */

/** What a client claims (RFC 4616). */
export interface Credentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** What is said of credentials. */
export type Verdict = "accepted" | "refused" | "paused";

/** Decides about credentials. */
export interface Authenticator {
  /** Whether the peer has guessed too often lately: it is not asked any more. */
  paused(peer: string): boolean;
  /**
   * Checks credentials; takes as long for an unknown user as for a wrong password. Never rejects.
   *
   * @param peer The peer's address, by which failures are counted.
   * @returns `paused` when this failure was one too many, or the peer was paused before.
   */
  verify(credentials: Credentials, peer: string): Promise<Verdict>;
}
