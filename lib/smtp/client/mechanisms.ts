/**
 * The mechanisms by which the client authenticates (RFC 4954, RFC 4422). Pure: what comes in are
 * challenges, what comes out is what to answer; base64 is the business of `authenticate.ts`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

/** What one mechanism says, as text that is sent in UTF-8. */
export interface Mechanism {
  /** Its name in the AUTH command. */
  readonly name: string;
  /** What the client says first, of its own accord; absent: the server begins. */
  readonly initial?: string;
  /** Its answers, in order, to the server's challenges. */
  readonly answers: readonly ((challenge: Uint8Array) => string)[];
}

/** Mechanisms for a password, the preferred one first. */
export const PASSWORD_MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5"] as const;
/** Mechanisms for an access token, the preferred one first. */
export const TOKEN_MECHANISMS = ["OAUTHBEARER", "XOAUTH2"] as const;

/** A user and a secret. */
export interface PasswordCredentials {
  /** The user. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** A user, an access token, and the server that it is shown to. */
export interface TokenCredentials {
  /** The user. */
  readonly user: string;
  /** The access token. */
  readonly token: string;
  /** The server's name. */
  readonly hostname: string;
  /** Its port. */
  readonly port: number;
}

/** PLAIN (RFC 4616), LOGIN (a draft that everybody knows) or CRAM-MD5 (RFC 2195). */
export function passwordMechanism(
  name: typeof PASSWORD_MECHANISMS[number],
  { user, password }: PasswordCredentials,
): Mechanism {
  switch (name) {
    case "PLAIN":
      return { name, initial: `\0${user}\0${password}`, answers: [] };
    case "LOGIN":
      return { name, answers: [() => user, () => password] };
    case "CRAM-MD5":
      return { name, answers: [(challenge) => `${user} ${cramDigest(challenge, password)}`] };
  }
}

/**
 * OAUTHBEARER (RFC 7628) or XOAUTH2 (Google's and Microsoft's form of it). Both tell of a failure
 * in one more challenge, which wants an answer before the server refuses.
 */
export function tokenMechanism(
  name: typeof TOKEN_MECHANISMS[number],
  { user, token, hostname, port }: TokenCredentials,
): Mechanism {
  switch (name) {
    case "XOAUTH2":
      return { name, initial: `user=${user}\x01auth=Bearer ${token}\x01\x01`, answers: [() => ""] };
    case "OAUTHBEARER": {
      // RFC 5801 §4: the two characters that mean something in front.
      const authzid = user.replaceAll("=", "=3D").replaceAll(",", "=2C");
      const server = `host=${hostname}\x01port=${port}`;
      const initial = `n,a=${authzid},\x01${server}\x01auth=Bearer ${token}\x01\x01`;
      return { name, initial, answers: [() => "\x01"] };
    }
  }
}

/** The octets of a challenge; `null` when it is not base64 (RFC 4648 §4) or as long as a reply can be. */
export function challengeOf(text: string): Uint8Array | null {
  if (text.length >= MAX_CHALLENGE) return null;
  const valid = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  return valid ? Buffer.from(text, "base64") : null;
}

/** Where the reply reader cuts texts off, in characters: what has this length is not whole. */
const MAX_CHALLENGE = 480;

function cramDigest(challenge: Uint8Array, password: string): string {
  return createHmac("md5", Buffer.from(password)).update(challenge).digest("hex");
}
