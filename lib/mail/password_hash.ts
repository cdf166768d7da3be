/**
 * Hashes of passwords as configurations hold them, read and judged; computing them is
 * `smtp/auth/`. Pure.
 *
 * @module
 */

/** How the hashes begin that we know. */
const PREFIX = /^\$(?:scrypt|argon2(?:i|d|id)|2[aby])\$/;

/**
 * Whether a text is meant to be a hash: then it is neither a password nor a text with variables,
 * although a `$` stands in it.
 */
export function looksLikeHash(text: string): boolean {
  return PREFIX.test(text);
}
