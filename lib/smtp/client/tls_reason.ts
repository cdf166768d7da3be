/**
 * Why there is no TLS with a mail server, in words that an operator can act on. Pure.
 *
 * @module
 */

/** What a server's certificate says of itself. */
export interface ShownCertificate {
  /** The names and addresses that it is for, as `DNS:mx.example.com, IP Address:192.0.2.1`. */
  readonly names: string;
  /** Who issued it: its common name or organisation. */
  readonly issuer: string;
  /** Whether that is itself. */
  readonly selfSigned: boolean;
  /** The first moment of its validity, in ms since the epoch. */
  readonly validFrom: number;
  /** The last one. */
  readonly validTo: number;
}

/** Why a handshake failed, as far as anybody can tell. */
export class HandshakeFailed extends Error {
  /**
   * Notes a failure.
   *
   * @param cause What the TLS library said.
   * @param certificate What the server has shown; absent where it has not come that far.
   * @param firstOctet The first octet that came from the server; absent when none did.
   */
  constructor(
    cause: unknown,
    readonly certificate: ShownCertificate | undefined,
    readonly firstOctet: number | undefined,
  ) {
    super("TLS handshake failed", { cause });
  }
}

/** What a reason depends on besides the failure. */
export interface HandshakeContext {
  /** The name or address that the certificate must be for. */
  readonly serverName: string;
  /** Whether TLS was to begin with the first octet; else it followed STARTTLS. */
  readonly implicit: boolean;
  /** The file of the authorities that are trusted instead of the built-in ones. */
  readonly caFile?: string | undefined;
  /** Now, in ms since the epoch. */
  readonly now: number;
}

/** Octets in clear where TLS was to begin: the attack of CVE-2021-38371. */
export const INJECTION =
  "the server sent something in clear after its reply to STARTTLS: injection";

const ALERT = 0x15;
const HANDSHAKE = 0x16;

/** Says in plain words why a handshake failed. */
export function handshakeReason(failure: HandshakeFailed, context: HandshakeContext): string {
  const { cause, certificate, firstOctet } = failure;
  const { code = "", message = "" } = (cause ?? {}) as { code?: string; message?: string };
  const text = `${code} ${message}`;
  const inClear = firstOctet === undefined
    ? /InvalidContentType/.test(text)
    : firstOctet !== ALERT && firstOctet !== HANDSHAKE;
  if (inClear) {
    return context.implicit
      ? "the server talks in clear on this port: it may want STARTTLS (tls: required)"
      : INJECTION;
  }
  if (/PROTOCOL_VERSION|ProtocolVersion|DoesNotSupportTls12/.test(text)) {
    return "the server speaks only TLS older than 1.2";
  }
  if (isAboutCertificate(failure)) {
    return `the server's certificate ${certificateReason(text, certificate, context)}`;
  }
  if (message === "" || /ECONNRESET|EPIPE|closed|reset|pipe|unexpected end/i.test(text)) {
    return "the server closed the connection in the TLS handshake";
  }
  return `TLS handshake failed: ${message}`;
}

/** Whether what was wrong is the server's certificate. */
export function isAboutCertificate({ cause }: HandshakeFailed): boolean {
  const { code = "", message = "" } = (cause ?? {}) as { code?: string; message?: string };
  return /CERT|UNABLE_TO_|invalid peer certificate/.test(`${code} ${message}`) &&
    !/^ERR_SSL_.*ALERT/.test(code);
}

function certificateReason(
  text: string,
  certificate: ShownCertificate | undefined,
  { serverName, caFile, now }: HandshakeContext,
): string {
  const expired = /not valid after (\d+)/.exec(text)?.[1];
  const early = /not valid before (\d+)/.exec(text)?.[1];
  const validTo = expired ? Number(expired) * 1000 : certificate?.validTo ?? Infinity;
  const validFrom = early ? Number(early) * 1000 : certificate?.validFrom ?? -Infinity;
  if (validTo < now) return `has expired since ${dateOf(validTo)}`;
  if (validFrom > now) return `is not valid before ${dateOf(validFrom)}`;
  if (/ALTNAME|not valid for name/.test(text)) {
    const names = certificate?.names ?? /only valid for (.*)$/.exec(text)?.[1] ?? "unknown";
    return `is for other names (${clean(names)}), not for ${serverName} ` +
      "(tls-server-name says which name it must have)";
  }
  const remedy = `trusted are ${caFile ?? "the built-in authorities"} (tls-ca-file)`;
  // …_IN_CHAIN is about the authority, which a server may send along, and which always is.
  const selfSigned = certificate?.selfSigned ?? /SELF_SIGNED(?!_CERT_IN_CHAIN)/.test(text);
  if (selfSigned) return `is self-signed; ${remedy}`;
  const issuer = certificate ? `${clean(certificate.issuer)}, ` : "";
  return `was issued by ${issuer}an unknown authority; ${remedy}`;
}

function dateOf(moment: number): string {
  return Number.isFinite(moment) ? new Date(moment).toISOString().slice(0, 16) + "Z" : "?";
}

/** What a server calls itself goes into logs: printable ASCII, and not much of it. */
function clean(text: string): string {
  return text.replace(/[^ -~]/g, "?").slice(0, 200);
}
