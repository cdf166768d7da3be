/**
 * Certificates for tests: an authority of our own, and what it signs. Made in memory, P-256.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A certificate and its key. */
export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** What a certificate says. */
export interface CertificateWishes {
  /** DNS names and addresses that it is for; default `localhost`, `127.0.0.1` and `::1`. */
  readonly names?: readonly string[];
  /** Days from now on which it begins and ends to be valid; default -1 and 30. */
  readonly days?: readonly [number, number];
  /** What time it is now, in milliseconds since the epoch, where that has been read before. */
  readonly now?: number;
}

/** A kind of key, as WebCrypto knows it. */
export type KeyKind = (RsaHashedKeyGenParams | EcKeyGenParams) & { readonly hash: string };

/** A certification authority. */
export interface Authority {
  /** Its certificate; PEM. */
  readonly certificate: string;
  /** Signs a certificate. */
  issue(wishes?: CertificateWishes): Promise<Certificate>;
}

const ALGORITHM: KeyKind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const LOCAL = ["localhost", "127.0.0.1", "::1"];
const DAY_MS = 86_400_000;

/** Makes an authority. */
export async function makeAuthority(name = "Test Authority"): Promise<Authority> {
  const keys = await newKeys();
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity({ days: [-1, 365] }),
    name: `CN=${name}`,
    serialNumber: serial(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    certificate: own.toString("pem"),
    issue: async (wishes = {}) => {
      const theirs = await newKeys();
      const issued = await x509.X509CertificateGenerator.create({
        ...validity(wishes),
        subject: "CN=test server",
        issuer: own.subject,
        serialNumber: serial(),
        signingAlgorithm: ALGORITHM,
        signingKey: keys.privateKey,
        publicKey: theirs.publicKey,
        extensions: extensions(wishes),
      });
      return await inPem(issued, theirs);
    },
  };
}

/** Makes a certificate that nobody has signed but itself. */
export async function selfSigned(
  wishes: CertificateWishes = {},
  kind: KeyKind = ALGORITHM,
): Promise<Certificate> {
  const keys = await newKeys(kind);
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(wishes),
    name: "CN=self",
    serialNumber: serial(),
    signingAlgorithm: kind,
    keys,
    extensions: extensions(wishes),
  });
  return await inPem(own, keys);
}

/** Writes a certificate and its key into a folder, under names of their own. */
export async function writeCertificate(
  folder: string,
  { certificate, key }: Certificate,
  name = "server",
): Promise<{ readonly certificateFile: string; readonly keyFile: string }> {
  const files = {
    certificateFile: `${folder}/${name}.pem`,
    keyFile: `${folder}/${name}.key`,
  };
  await Deno.writeTextFile(files.certificateFile, certificate);
  await Deno.writeTextFile(files.keyFile, key, { mode: 0o600 });
  return files;
}

function newKeys(kind = ALGORITHM): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(kind, true, ["sign", "verify"]);
}

function validity({ days: [from, to] = [-1, 30], now = Date.now() }: CertificateWishes) {
  return { notBefore: new Date(now + from * DAY_MS), notAfter: new Date(now + to * DAY_MS) };
}

function serial(): string {
  return `01${crypto.randomUUID().replaceAll("-", "")}`;
}

function extensions({ names = LOCAL }: CertificateWishes): x509.Extension[] {
  const alternatives = names.map((value) => ({
    type: /^[\d.]+$|:/.test(value) ? "ip" as const : "dns" as const,
    value,
  }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.SubjectAlternativeNameExtension(alternatives),
  ];
}

async function inPem(issued: x509.X509Certificate, keys: CryptoKeyPair): Promise<Certificate> {
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: issued.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}
