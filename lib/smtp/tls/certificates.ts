/**
 * Certificate and key from PEM files: read, looked at, and judged by how long they are valid.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import type { CertificateFiles } from "../../config/types.ts";
import { reasonOf, RelayError } from "../../errors.ts";

/** A certificate with its chain and its key, as read. */
export interface Credentials {
  /** Where they came from. */
  readonly files: CertificateFiles;
  /** The certificate and its chain; PEM. */
  readonly cert: string;
  /** The key; PEM. */
  readonly key: string;
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` shows it. */
  readonly fingerprint: string;
  /** First moment at which it is valid, in ms since the epoch. */
  readonly notBefore: number;
  /** Last moment at which it is valid, in ms since the epoch. */
  readonly notAfter: number;
  /** Whether it is the certificate of an authority, which some clients refuse of a server. */
  readonly authority: boolean;
}

const DAY_MS = 86_400_000;

/** How long before its end a certificate is warned of, in ms. */
const SOON_MS = 14 * DAY_MS;

/** No certificate file is longer, in octets. */
const MAX_OCTETS = 1_048_576;

const KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/**
 * Reads both files.
 *
 * @throws {RelayError} `config-invalid`: which file, what is wrong, how to mend it.
 */
export async function readCredentials(files: CertificateFiles): Promise<Credentials> {
  const { certificateFile, keyFile } = files;
  const cert = await readPem(certificateFile, "certificate");
  const key = await readPem(keyFile, "key");
  if (ENCRYPTED.test(key)) {
    throw invalid(
      keyFile,
      "key",
      "it is encrypted; openssl pkey -in FILE -out NEW writes it in clear",
    );
  }
  if (!KEY.test(key)) {
    throw invalid(
      keyFile,
      "key",
      "no PRIVATE KEY in PEM; openssl pkey -in FILE -out NEW writes one",
    );
  }
  return { files, cert, key, ...factsOf(cert, certificateFile) };
}

/** What says that files have changed; a file that cannot be looked at counts as a state, too. */
export async function stateOf({ certificateFile, keyFile }: CertificateFiles): Promise<string> {
  const states = [certificateFile, keyFile].map(async (path) => {
    try {
      // The time of the change itself shows `chown`, and what keeps size and time, such as `cp -p`.
      const { dev, ino, size, mtime, ctime } = await Deno.stat(path);
      return `${dev}:${ino}:${size}:${mtime?.getTime()}:${ctime?.getTime()}`;
    } catch (error) {
      return reasonOf(error);
    }
  });
  return (await Promise.all(states)).join(" ");
}

/** What the runtime's TLS says against a pair, as an error for the operator. */
export function refusedPair(
  { certificateFile, keyFile }: CertificateFiles,
  cause: unknown,
): RelayError {
  const reason = reasonOf(cause);
  if (cause instanceof Deno.errors.NotCapable) {
    const what = "TLS needs the permission to listen on 127.0.0.1: --allow-net=127.0.0.1";
    return new RelayError("config-invalid", what, { cause });
  }
  const what = /KeyMismatch|inconsistent|consistent/.test(reason)
    ? `the key in ${keyFile} does not belong to the first certificate in ${certificateFile}; the ` +
      "server's own must come first, those that signed it after it"
    : `the certificate in ${certificateFile} with the key in ${keyFile} cannot be used: ${reason}; ` +
      "keys are RSA of 2048 bits or more, ECDSA P-256 or P-384, or Ed25519";
  return new RelayError("config-invalid", `TLS: ${what}`, { cause });
}

/**
 * What the operator should know of a certificate.
 *
 * @param now The present, in ms since the epoch.
 */
export function warningsOf(credentials: Credentials, now: number): readonly string[] {
  const { notBefore, notAfter, authority } = credentials;
  const warnings: string[] = [];
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (now > notAfter) warnings.push(`expired on ${day(notAfter)}; renew it`);
  else if (now < notBefore) warnings.push(`not valid before ${day(notBefore)}; look at the clock`);
  else if (notAfter - now < SOON_MS) warnings.push(`expires on ${day(notAfter)}; renew it`);
  if (authority) {
    warnings.push("is marked as an authority's (CA:TRUE), which some clients refuse of a server");
  }
  return warnings;
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (size > MAX_OCTETS) throw new Error(`it is over ${MAX_OCTETS} octets long`);
    if (!isFile) throw new Error("it is no file");
    return await Deno.readTextFile(path);
  } catch (error) {
    throw invalid(path, what, remedy(error), error);
  }
}

function remedy(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not read it; chmod or chgrp";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this program was not given the permission to read it (--allow-read)";
  }
  return reasonOf(error);
}

function factsOf(cert: string, path: string) {
  const [first] = CERTIFICATE.exec(cert) ?? [];
  if (first === undefined) {
    throw invalid(
      path,
      "certificate",
      "no CERTIFICATE in PEM; openssl x509 -inform der -in FILE -out NEW writes one from DER",
    );
  }
  try {
    const parsed = new X509Certificate(first);
    return {
      fingerprint: parsed.fingerprint256,
      notBefore: Date.parse(parsed.validFrom),
      notAfter: Date.parse(parsed.validTo),
      authority: parsed.ca,
    };
  } catch (error) {
    throw invalid(path, "certificate", `it is damaged: ${reasonOf(error)}`, error);
  }
}

function invalid(path: string, what: string, why: string, cause?: unknown): RelayError {
  return new RelayError("config-invalid", `TLS: cannot read the ${what} ${path}: ${why}`, {
    cause,
  });
}
