/**
 * A certificate for first steps, signed by nobody but itself: made once, and kept. Clients that check
 * certificates must be told to trust its file, or its fingerprint.
 *
 * @module
 */

import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { CertificateFiles } from "../../config/types.ts";
import { reasonOf, RelayError } from "../../errors.ts";
import { log } from "../../log.ts";
import { type Credentials, readCredentials } from "./certificates.ts";

/** What the certificate is for, and where it is kept. */
export interface SelfSignedOptions {
  /** Folder of both files, made when it is not there. */
  readonly folder: string;
  /** The name of this server, which the certificate bears beside `localhost` and the loopback addresses. */
  readonly hostname: string;
  /** The present, in ms since the epoch. */
  readonly now: number;
}

const YEARS = 10;
const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Longest common name: RFC 5280 appendix A.1, `ub-common-name`. */
const COMMON_NAME_CHARACTERS = 64;

const logger = log("tls");

/**
 * Gives the certificate that is kept in the folder; makes another one when there is none, or it is
 * damaged, expired or for another name.
 *
 * @throws {RelayError} `config-invalid` when the folder cannot be written.
 */
export async function keepSelfSigned(options: SelfSignedOptions): Promise<CertificateFiles> {
  const files = {
    certificateFile: join(options.folder, "self-signed.pem"),
    keyFile: join(options.folder, "self-signed.key"),
  };
  if (!await areGood(files, options)) await make(files, options);
  return files;
}

async function areGood(files: CertificateFiles, options: SelfSignedOptions): Promise<boolean> {
  try {
    return serves(await readCredentials(files), options);
  } catch (error) {
    logger.debug("no self-signed certificate yet", { error: reasonOf(error) });
    return false;
  }
}

/** Whether what is kept is a pair, valid, and for this name. */
function serves(
  { cert, key, notBefore, notAfter }: Credentials,
  options: SelfSignedOptions,
): boolean {
  const { hostname, now } = options;
  if (now < notBefore || now > notAfter) return false;
  const certificate = new X509Certificate(cert);
  return certificate.checkHost(hostname.toLowerCase()) !== undefined &&
    inPem(certificate.publicKey) === inPem(createPublicKey(key));
}

function inPem(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

async function make(files: CertificateFiles, options: SelfSignedOptions): Promise<void> {
  const { certificate, key, fingerprint } = await generate(options);
  try {
    await Deno.mkdir(options.folder, { recursive: true });
    await replace(files.keyFile, key, 0o600);
    await replace(files.certificateFile, certificate, 0o644);
  } catch (error) {
    throw new RelayError(
      "config-invalid",
      `TLS: cannot keep a self-signed certificate in ${options.folder}: ${reasonOf(error)}; ` +
        "let this user write there, or name certificate and key files",
      { cause: error },
    );
  }
  logger.info("self-signed certificate made", {
    hostname: options.hostname,
    file: files.certificateFile,
    sha256: fingerprint,
  });
}

/** Both or the file before: a crash in between leaves files that are no pair, and made anew. */
async function replace(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(temporary, text, { mode, createNew: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    // What is in the way of removing it was in the way of writing it, and is told by that error.
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** The library is loaded only now: that takes 80 ms, which nobody else should pay. */
async function generate({ hostname, now }: SelfSignedOptions) {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = [...new Set([hostname.toLowerCase(), "localhost"])];
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [hostname.slice(0, COMMON_NAME_CHARACTERS)] }],
    // A positive number of at most 20 octets (RFC 5280 §4.1.2.2).
    serialNumber: `01${crypto.randomUUID().replaceAll("-", "")}`,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + YEARS * 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns" as const, value })),
        ...["127.0.0.1", "::1"].map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  const certificate = own.toString("pem");
  return {
    certificate,
    key: x509.PemConverter.encode(
      await crypto.subtle.exportKey("pkcs8", keys.privateKey),
      "PRIVATE KEY",
    ),
    fingerprint: new X509Certificate(certificate).fingerprint256,
  };
}
