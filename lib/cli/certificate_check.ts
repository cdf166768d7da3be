/**
 * The part of `mail2alert check` about certificates: does the key belong to it, and for how long is
 * it valid? That there are certificates in the files is known from reading the configuration.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, type X509Certificate } from "node:crypto";
import { certificatesOf, keyOf } from "../config/pem.ts";
import { listenerName, smarthostName } from "../config/review_smtp.ts";
import type { CertificateFiles, Configuration } from "../config/types.ts";
import { reasonOf } from "../errors.ts";
import { refusedPair } from "../smtp/tls/certificates.ts";

/** What is wrong with a certificate. */
export interface CertificateFinding {
  /** Whether TLS fails already; else it will. */
  readonly severe: boolean;
  /** Which certificate, what is wrong, and what to do. */
  readonly text: string;
}

/** Days before its end from which a certificate is worth a warning. */
const WARNING_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * Looks at every certificate that a configuration names.
 *
 * @param now Milliseconds since the epoch.
 */
export async function examineCertificates(
  { listeners, smarthosts }: Pick<Configuration, "listeners" | "smarthosts">,
  now: number,
): Promise<readonly CertificateFinding[]> {
  const pairs: Pair[] = [];
  for (const listener of listeners) {
    const files = listener.tls?.certificate;
    if (files && files !== "self-signed") {
      pairs.push({ name: listenerName(listener), files, server: true });
    }
  }
  for (const smarthost of smarthosts) {
    const files = smarthost.tls.certificate;
    if (files) pairs.push({ name: smarthostName(smarthost), files, server: false });
  }
  const authorities = smarthosts.flatMap((smarthost) =>
    smarthost.tls.caFile === undefined
      ? []
      : [{ name: smarthostName(smarthost), file: smarthost.tls.caFile }]
  );
  const found = await Promise.all([
    ...pairs.map((pair) => examinePair(pair, now)),
    ...authorities.map(({ name, file }) => examineAuthorities(name, file, now)),
  ]);
  return found.flat();
}

/** A certificate with its key, and whether it is shown as a server's. */
interface Pair {
  readonly name: string;
  readonly files: CertificateFiles;
  readonly server: boolean;
}

async function examinePair(
  { name, files, server }: Pair,
  now: number,
): Promise<readonly CertificateFinding[]> {
  const { certificateFile, keyFile } = files;
  const severe = (text: string) => ({ severe: true, text: `${name}: ${text}` });
  const what = `${name}: the certificate in ${certificateFile}`;
  try {
    const cert = await Deno.readTextFile(certificateFile);
    const key = await Deno.readTextFile(keyFile);
    const chain = certificatesOf(cert);
    const [own] = chain;
    if (own === undefined) return [severe(`${certificateFile}: no certificate any more`)];
    const wrong = mismatch(chain, keyOf(key) ?? "", files) ??
      (server ? unfit({ cert, key }, files) : null);
    if (wrong !== null) return [severe(wrong)];
    const authority = {
      severe: false,
      text: `${what} is marked as an authority's (CA:TRUE), ` +
        "which some clients refuse of a server",
    };
    return [...validity([own], what, now), ...server && own.ca ? [authority] : []];
  } catch (error) {
    return [severe(`${certificateFile} and ${keyFile}: ${reasonOf(error)}`)];
  }
}

/** Whether the key is that of the first certificate, and what else. */
function mismatch(
  chain: readonly X509Certificate[],
  key: string,
  { certificateFile, keyFile }: CertificateFiles,
): string | null {
  const position = chain.findIndex((certificate) => belongs(key, certificate));
  if (position === 0) return null;
  return position > 0
    ? `the certificate of the key is number ${
      position + 1
    } in ${certificateFile}: it must be the ` +
      "first, those that signed it follow"
    : `the key in ${keyFile} does not belong to the certificate in ${certificateFile}: take the ` +
      "key that it was made for";
}

/** Why the runtime's TLS, which knows only some kinds of key, does not take a pair. */
function unfit(pem: { readonly cert: string; readonly key: string }, files: CertificateFiles) {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...pem }).close();
    return null;
  } catch (error) {
    // Without the permission to listen there is nothing to be learnt.
    return error instanceof Deno.errors.NotCapable ? null : refusedPair(files, error).message;
  }
}

async function examineAuthorities(
  name: string,
  file: string,
  now: number,
): Promise<readonly CertificateFinding[]> {
  try {
    const all = certificatesOf(await Deno.readTextFile(file));
    return validity(all, `${name}: the authority in ${file}`, now);
  } catch (error) {
    return [{ severe: true, text: `${name}: ${file}: ${reasonOf(error)}` }];
  }
}

/** Judges by the one that is valid longest: one good authority is enough. */
function validity(
  certificates: readonly X509Certificate[],
  what: string,
  now: number,
): readonly CertificateFinding[] {
  const begins = Math.min(...certificates.map(({ validFrom }) => Date.parse(validFrom)));
  const ends = Math.max(...certificates.map(({ validTo }) => Date.parse(validTo)));
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (now < begins) {
    return [{
      severe: true,
      text: `${what} is valid from ${day(begins)} only: is the clock right?`,
    }];
  }
  if (now > ends) {
    return [{ severe: true, text: `${what} has expired on ${day(ends)}: renew it` }];
  }
  const days = Math.floor((ends - now) / DAY_MS);
  if (days >= WARNING_DAYS) return [];
  return [{ severe: false, text: `${what} expires in ${days} d, on ${day(ends)}: renew it` }];
}

function belongs(key: string, certificate: X509Certificate): boolean {
  // `checkPrivateKey()` is not there on every runtime.
  const own = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
  return certificate.publicKey.export({ type: "spki", format: "der" }).equals(own);
}
