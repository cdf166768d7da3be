/**
 * The part of the configuration after parsing that is about SMTP: listeners and mail servers.
 * Others import it by way of `types.ts`.
 *
 * @module
 */

/** One address to listen on, and how its peers are served. */
export interface ListenerConfig {
  /** Name or address to bind: `127.0.0.1`, `::1`, `localhost`, `0.0.0.0`; empty for a unix socket. */
  readonly hostname: string;
  /** Port, 0 to 65535; 0 takes a free one, also where there is none. */
  readonly port: number;
  /** The unix socket to listen on instead. */
  readonly unix?: UnixSocketConfig;
  /** Networks whose peers may connect, as addresses or CIDR; default: loopback only. */
  readonly allow: readonly string[];
  /** What is spoken; LMTP (RFC 2033) answers for each recipient. */
  readonly protocol: "smtp" | "lmtp";
  /** TLS (key `tls`); absent: none is offered. */
  readonly tls?: ListenerTlsConfig;
  /** Authentication (key `auth`); absent: none is offered. */
  readonly auth?: ListenerAuthConfig;
  /** Networks whose peers are served leniently; all of them for `profile: lenient`. */
  readonly lenient: readonly string[];
  /** Networks of load balancers that begin each connection with a PROXY header. */
  readonly proxy: readonly string[];
  /** Networks of mail servers that may say XCLIENT. */
  readonly xclient: readonly string[];
}

/** A unix socket to listen on; its peers count as local, whatever `allow` says. */
export interface UnixSocketConfig {
  /** The file. */
  readonly path: string;
  /** Its mode, such as `0o660`. */
  readonly mode: number;
}

/** TLS of one listener. */
export interface ListenerTlsConfig {
  /** Whether the peer asks for it (STARTTLS, RFC 3207) or begins with it (RFC 8314). */
  readonly mode: "starttls" | "implicit";
  /** Whether mail in clear is refused (530); always so with `implicit`. */
  readonly required: boolean;
  /** Where the certificate is; PEM. */
  readonly certificate: CertificateFiles | "self-signed";
}

/** A certificate with its chain, and its key, as PEM files; read again when they change. */
export interface CertificateFiles {
  /** The certificate, then those that signed it. */
  readonly certificateFile: string;
  /** Its key, PKCS #8, PKCS #1 or SEC 1, not encrypted. */
  readonly keyFile: string;
}

/** Authentication of one listener (RFC 4954). */
export interface ListenerAuthConfig {
  /** Whether peers within `allow` must authenticate too; those outside must in any case. */
  readonly required: boolean;
  /** Whether it is offered in clear. */
  readonly withoutTls: boolean;
  /** Name to secret: the password itself, or a hash that `mail2alert hash` has made. */
  readonly users: ReadonlyMap<string, string>;
}

/** One outbound mail server. */
export interface SmarthostConfig {
  /** Name or address. */
  readonly hostname: string;
  /** Port, 1 to 65535. */
  readonly port: number;
  /** How the connection is protected. */
  readonly tls: SmarthostTlsConfig;
  /** Who we say we are; absent: nobody. */
  readonly auth?: SmarthostAuthConfig;
}

/** TLS towards a mail server. */
export interface SmarthostTlsConfig {
  /**
   * `none`: in clear. `opportunistic`: STARTTLS where it is offered, whoever holds the certificate.
   * `required`: STARTTLS, verified, or no mail. `implicit`: TLS from the first octet, verified.
   */
  readonly mode: "none" | "opportunistic" | "required" | "implicit";
  /** PEM file of the authorities that are trusted instead of the built-in ones. */
  readonly caFile?: string;
  /** The name that the certificate must have; the server's own when absent. */
  readonly serverName?: string;
  /** The certificate that we show. */
  readonly certificate?: CertificateFiles;
}

/** How we authenticate towards a mail server. */
export type SmarthostAuthConfig =
  | {
    readonly kind: "password";
    /** The user. */
    readonly user: string;
    /** The password. */
    readonly password: string;
    /** The mechanism to use; absent: the best that is offered. */
    readonly mechanism?: "PLAIN" | "LOGIN" | "CRAM-MD5";
  }
  | {
    readonly kind: "oauth";
    /** The user. */
    readonly user: string;
    /** The mechanism to use; absent: the one that is offered. */
    readonly mechanism?: "XOAUTH2" | "OAUTHBEARER";
    /** Where the access token comes from. */
    readonly token: OAuthConfig;
  };

/** How access tokens are had (RFC 6749): with a refresh token, else with client credentials. */
export interface OAuthConfig {
  /** The token endpoint. */
  readonly url: string;
  /** Who asks. */
  readonly clientId: string;
  /** Its secret; absent for a public client. */
  readonly clientSecret?: string;
  /** The refresh token (§6); absent: client credentials (§4.4). */
  readonly refreshToken?: string;
  /** The scope to ask for. */
  readonly scope?: string;
}
