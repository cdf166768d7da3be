/**
 * Why a handshake failed, in words for the operator: what the peer offered, and what would help.
 *
 * @module
 */

import { QUIRKS } from "../quirks.ts";
import { type ClientHello, TLS_1_2, versionName } from "./client_hello.ts";

/** What is known of a handshake that failed. */
export interface FailureFacts {
  /** What the runtime's TLS says. */
  readonly error: string;
  /** What the peer said first, where it could be read. */
  readonly hello?: ClientHello | undefined;
  /** Whether the peer had closed its side. */
  readonly peerGone: boolean;
}

/** Causes that the runtime's words give away: pattern, and reason. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /alert: (UnknownCA|BadCertificate|CertificateUnknown|UnsupportedCertificate|DecryptError)/,
    "the peer does not trust our certificate; give it one that an authority has signed whom the " +
    "peer knows (with the whole chain in the file), or tell the peer to trust it",
  ],
  [
    /alert: CertificateExpired/,
    "the peer says that our certificate is expired or not yet valid; renew it, or set the peer's clock",
  ],
  [
    /alert: CertificateRevoked/,
    "the peer says that our certificate is revoked; get another one",
  ],
  [
    /alert: Unrecogni[sz]edName/,
    "the peer says that our certificate is for another name; issue it for the name that the peer " +
    "calls us by",
  ],
  [
    /alert: (ProtocolVersion|HandshakeFailure|InsufficientSecurity|InappropriateFallback)/,
    "the peer refuses what we offer (TLS 1.2 and 1.3 with modern ciphers); look for an update of it, or " +
    QUIRKS["old-tls"].remedy,
  ],
  [
    /NoCipherSuitesInCommon|NoKxGroupsInCommon|NoSignatureSchemesInCommon|NamedGroupsExtensionRequired|SignatureAlgorithmsExtensionRequired|EcPointsExtensionRequired|UncompressedEcPointsRequired/,
    "no cipher, curve or signature in common; the peer's TLS is old, or our certificate has a key " +
    "of a kind that it does not know: try an RSA certificate of 2048 bits, or " +
    QUIRKS["old-tls"].remedy,
  ],
  [/fatal alert/, "the peer broke off"],
  [/corrupt|inappropriate|misbehav|decrypt|MissingData/i, "the peer does not speak TLS properly"],
];

/** Whether the peer is too old to try. */
export function isTooOld({ newest }: ClientHello): boolean {
  return newest < TLS_1_2;
}

/** What to say of a peer that is too old. */
export function tooOld({ newest }: ClientHello): string {
  const offer = newest === 0 ? "no version of TLS that is known" : `${versionName(newest)} at most`;
  return `the peer offers ${offer}; this relay speaks 1.2 and 1.3: ${QUIRKS["old-tls"].remedy}`;
}

/** Says why a handshake failed; the runtime's own words follow in brackets. */
export function explainFailure({ error, hello, peerGone }: FailureFacts): string {
  const cause = CAUSES.find(([pattern]) => pattern.test(error))?.[1];
  const wanted = hello?.serverName === undefined ? "" : ` (it calls us ${hello.serverName})`;
  if (cause !== undefined) return `${cause}${wanted} [${error}]`;
  if (peerGone) return `the peer went away during the handshake${wanted}`;
  return `the handshake failed${wanted} [${error}]`;
}
