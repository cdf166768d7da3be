/**
 * Listeners and mail servers, from the checked shape of the file to their form in
 * `Configuration`: what is absent gets its default.
 *
 * @module
 */

import type { ListenerShape, SmarthostAuthShape, SmarthostShape } from "./shape.ts";
import type {
  CertificateFiles,
  ListenerAuthConfig,
  ListenerConfig,
  ListenerTlsConfig,
  SmarthostAuthConfig,
  SmarthostConfig,
  SmarthostTlsConfig,
} from "./types.ts";

/** Networks that may connect when a listener does not say. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];
/** Every peer. */
const EVERYONE = ["0.0.0.0/0", "::/0"];
/** The port on which TLS comes first (RFC 8314 §3.3). */
const SUBMISSIONS_PORT = 465;

/** Builds one listener. */
export function buildListener(shape: ListenerShape): ListenerConfig {
  const { listen, tls, auth, profile } = shape;
  return {
    ..."unix" in listen
      ? { hostname: "", port: 0, unix: { path: listen.unix, mode: shape.mode } }
      : listen,
    allow: shape.allow ?? LOOPBACK,
    protocol: shape.protocol,
    ...tls && { tls: listenerTls(tls) },
    ...auth && { auth: listenerAuth(auth) },
    lenient: profile === "lenient" ? EVERYONE : shape.lenient ?? [],
    proxy: shape.proxy ?? [],
    xclient: shape.xclient ?? [],
  };
}

/** Builds one mail server. */
export function buildSmarthost(shape: SmarthostShape): SmarthostConfig {
  const { server, auth } = shape;
  return { ...server, tls: smarthostTls(shape), ...auth && { auth: smarthostAuth(auth) } };
}

/** How a connection is protected when the file may not say. */
export function smarthostTlsMode(
  { tls, port, hasAuth }: {
    /** What the file says. */
    readonly tls?: SmarthostTlsConfig["mode"] | undefined;
    /** The server's port. */
    readonly port: number;
    /** Whether credentials will be sent. */
    readonly hasAuth: boolean;
  },
): SmarthostTlsConfig["mode"] {
  return tls ?? (port === SUBMISSIONS_PORT ? "implicit" : hasAuth ? "required" : "none");
}

function listenerTls(tls: NonNullable<ListenerShape["tls"]>): ListenerTlsConfig {
  return {
    mode: tls.mode,
    required: tls.required || tls.mode === "implicit",
    certificate: certificateFiles(tls.certificate, tls.key) ?? "self-signed",
  };
}

function listenerAuth(auth: NonNullable<ListenerShape["auth"]>): ListenerAuthConfig {
  return {
    required: auth.required,
    withoutTls: auth["without-tls"],
    users: new Map(Object.entries(auth.users)),
  };
}

function smarthostTls(shape: SmarthostShape): SmarthostTlsConfig {
  const { server: { port }, tls, auth } = shape;
  const caFile = shape["tls-ca-file"];
  const serverName = shape["tls-server-name"];
  const certificate = certificateFiles(shape["tls-certificate"], shape["tls-key"]);
  return {
    mode: smarthostTlsMode({ tls, port, hasAuth: auth !== undefined }),
    ...caFile !== undefined && { caFile },
    ...serverName !== undefined && { serverName },
    ...certificate && { certificate },
  };
}

function certificateFiles(
  certificateFile: string | undefined,
  keyFile: string | undefined,
): CertificateFiles | undefined {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return { certificateFile, keyFile };
}

/** A password is there unless OAuth is; `contradictions_smtp.ts` sees to it. */
function smarthostAuth(auth: SmarthostAuthShape): SmarthostAuthConfig {
  const { user, oauth, mechanism } = auth;
  if (oauth === undefined) {
    const password = auth.password ?? auth["password-file"] ?? "";
    const named = PASSWORD_MECHANISMS.find((name) => name.toLowerCase() === mechanism);
    return { kind: "password", user, password, ...named && { mechanism: named } };
  }
  const clientSecret = oauth["client-secret"] ?? oauth["client-secret-file"];
  const refreshToken = oauth["refresh-token"] ?? oauth["refresh-token-file"];
  const named = TOKEN_MECHANISMS.find((name) => name.toLowerCase() === mechanism);
  return {
    kind: "oauth",
    user,
    ...named && { mechanism: named },
    token: {
      url: oauth["token-url"],
      clientId: oauth["client-id"],
      ...clientSecret !== undefined && { clientSecret },
      ...refreshToken !== undefined && { refreshToken },
      ...oauth.scope !== undefined && { scope: oauth.scope },
    },
  };
}

const PASSWORD_MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5"] as const;
const TOKEN_MECHANISMS = ["XOAUTH2", "OAUTHBEARER"] as const;
