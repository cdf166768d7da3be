/**
 * Argon2 and bcrypt, which neither the runtime nor its OpenSSL has. They block their thread for
 * 50 ms to a second: only `hash_worker.ts` imports this file.
 *
 * @module
 */

import { argon2d, argon2i, argon2id, bcrypt } from "hash-wasm";
import type { Argon2Hash, BcryptHash } from "../../mail/password_hash.ts";

/** What to compute. */
export interface HashTask {
  /** The parameters and the salt; of the digest only its length matters. */
  readonly hash: Argon2Hash | BcryptHash;
  /** The password, in UTF-8; at least one octet. */
  readonly password: Uint8Array;
}

/** What came of it. */
export type HashAnswer =
  | { readonly kind: "digest"; readonly digest: Uint8Array }
  | {
    readonly kind: "failed";
    /** Says nothing of the password. */
    readonly reason: string;
  };

/** A worker as it sees itself. */
export interface HashPort {
  /** Called with each task. */
  onmessage: ((event: MessageEvent<HashTask>) => void) | null;
  /** Sends an answer. */
  postMessage(answer: HashAnswer): void;
}

/** bcrypt knows of no more; every program cuts the rest off. */
const BCRYPT_PASSWORD_OCTETS = 72;
/** bcrypt computes 24 octets and writes down one less. */
const BCRYPT_DIGEST_OCTETS = 23;

const ARGON2 = { argon2d, argon2i, argon2id } as const;

/** Answers all that comes to a worker. */
export function serveHashes(port: HashPort): void {
  port.onmessage = async ({ data }) => {
    try {
      port.postMessage({ kind: "digest", digest: await computeDigest(data) });
    } catch (error) {
      port.postMessage({ kind: "failed", reason: String(error) });
    }
  };
}

/** Computes the digest of a password. */
export async function computeDigest({ hash, password }: HashTask): Promise<Uint8Array> {
  if (hash.kind === "bcrypt") {
    const digest = await bcrypt({
      password: password.subarray(0, BCRYPT_PASSWORD_OCTETS),
      salt: hash.salt,
      costFactor: hash.cost,
      outputType: "binary",
    });
    return digest.slice(0, BCRYPT_DIGEST_OCTETS);
  }
  return await ARGON2[hash.kind]({
    password,
    salt: hash.salt,
    memorySize: hash.memoryKib,
    iterations: hash.passes,
    parallelism: hash.lanes,
    hashLength: hash.digest.length,
    outputType: "binary",
  });
}
