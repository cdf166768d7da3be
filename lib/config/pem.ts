/**
 * Certificates and keys in PEM files (RFC 7468): whether they are there, and whether they are what
 * they should be. Whether a key belongs to its certificate, and for how long it is valid, is looked
 * at where it is used, because that may change while the program runs.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { PemKind } from "./readers.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const KEY = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[^-]*-----END \1-----/;
/** How a sequence of over 127 octets begins in DER, which is no UTF-8. */
const DER = /^0\ufffd/;
/** PKCS #8 has a label of its own for encrypted keys, the older forms a header field. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Says what is wrong with the text of a PEM file.
 *
 * @param text What the file holds; never quoted.
 */
export function checkPem(text: string, kind: PemKind): Reading<string> {
  const wrong = kind === "certificate" ? wrongCertificate(text) : wrongKey(text);
  return wrong === null ? value(text) : problem(`${VALUE}: ${wrong}`);
}

/** The certificates of a PEM text that can be read, in their order. */
export function certificatesOf(text: string): readonly X509Certificate[] {
  return (text.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
}

/** The key of a PEM text, with its first and last line; `null` where there is none. */
export function keyOf(text: string): string | null {
  return KEY.exec(text)?.[0] ?? null;
}

function wrongCertificate(text: string): string | null {
  try {
    if (certificatesOf(text).length > 0) return null;
  } catch {
    // What the library says of broken DER helps nobody.
    return "the certificate in it is damaged: copy it again";
  }
  if (DER.test(text)) {
    return "DER: expected PEM; openssl x509 -inform der -in FILE -out NEW writes it so";
  }
  return "no certificate in it: expected PEM, with -----BEGIN CERTIFICATE-----";
}

function wrongKey(text: string): string | null {
  if (ENCRYPTED.test(text)) {
    return "the key in it is encrypted, and nobody is there to type a password: openssl pkey " +
      "-in FILE -out FILE writes it without";
  }
  const block = keyOf(text);
  if (block === null && DER.test(text)) {
    return "DER: expected PEM; openssl pkey -inform der -in FILE -out NEW writes it so";
  }
  if (block === null) return "no key in it: expected PEM, with -----BEGIN PRIVATE KEY-----";
  try {
    createPrivateKey(block);
    return null;
  } catch {
    // As above; and it must not be quoted.
    return "the key in it is damaged: copy it again";
  }
}
