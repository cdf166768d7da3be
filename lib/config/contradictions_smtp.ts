/**
 * What the keys of listeners and mail servers mean together, where each alone is right.
 *
 * @module
 */

import { smarthostTlsMode } from "./build_smtp.ts";
import { type Endpoint, readEndpoint } from "./endpoint.ts";
import { isLoopback, isOwnListener } from "./loop.ts";
import type { Problem } from "./problems.ts";
import { isUnixSocket } from "./socket.ts";
import { exclusive, itemsOf, repeated, textOf } from "./_tree.ts";
import type { SmarthostTlsConfig } from "./types.ts";
import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

type Path = Problem["path"];

const TLS_MODES = ["none", "opportunistic", "required", "implicit"] as const;
const TLS_KEYS = ["tls-ca-file", "tls-server-name", "tls-certificate", "tls-key"];
const VERIFYING_KEYS = ["tls-ca-file", "tls-server-name"];
const TOKEN_MECHANISMS = ["xoauth2", "oauthbearer"];
const PASSWORD_MECHANISMS = ["plain", "login", "cram-md5"];

/** Finds what contradicts itself among the listeners and the mail servers of a tree. */
export function inSmtp(tree: YamlMapping): readonly Problem[] {
  const local = tree["local-smtp"];
  const listeners = isList(local) ? local : [local];
  const texts = listeners.map((item) => textOf(item, "listen"));
  const endpoints = texts.map((text) => text === undefined ? null : readEndpoint(text, 0))
    .flatMap((reading) => reading?.kind === "value" ? [reading.value] : []);
  return [
    ...inSmarthosts(tree["remote-smtp"], endpoints),
    ...repeated(texts.map((text) => text?.endsWith(":0") ? undefined : text)).map((index) => ({
      path: ["local-smtp", index],
      text: "this listener is in the list already: remove one of the two",
    })),
    ...itemsOf(local).flatMap((item, index) =>
      isMapping(item) ? inListener(item, ["local-smtp", index]) : []
    ),
  ];
}

function inListener(listener: YamlMapping, path: Path): readonly Problem[] {
  const at = (key: string, text: string): Problem => ({ path: [...path, key], text });
  const has = (key: string) => Object.hasOwn(listener, key);
  const listen = textOf(listener.listen) ?? "";
  const found: Problem[] = [...exclusive(listener, [["lenient", "profile"]], path)];
  if (!isUnixSocket(listen)) {
    if (has("mode")) found.push(at("mode", "only for a unix socket: remove it"));
    const endpoint = readEndpoint(listen, 0);
    const port = endpoint.kind === "value" ? endpoint.value.port : 0;
    if (listener.protocol === "lmtp" && port === 25) {
      found.push(at("protocol", "LMTP must not be on port 25 (RFC 2033 §5): take another port"));
    }
  } else if (has("allow")) {
    found.push(
      at("allow", "not for a unix socket, whose mode says who may connect: use mode instead"),
    );
  }
  const { tls, auth } = listener;
  if (isMapping(tls)) found.push(...inCertificate(tls, [...path, "tls"]));
  if (isMapping(auth)) {
    if (!has("tls") && auth["without-tls"] !== "true") {
      found.push(
        at(
          "auth",
          "without TLS nobody could ever authenticate: add tls, or without-tls: true to take " +
            "passwords in clear",
        ),
      );
    }
    found.push(...inUsers(auth.users, [...path, "auth", "users"]));
  }
  return found;
}

function inCertificate(tls: YamlMapping, path: Path): readonly Problem[] {
  const has = (key: string) => Object.hasOwn(tls, key);
  if (tls["self-signed"] === "true") {
    return ["certificate", "key"].filter(has).map((key) => ({
      path: [...path, key],
      text: "not together with self-signed: remove one of the two",
    }));
  }
  if (!has("certificate") && !has("key")) {
    return [{ path, text: "no certificate: add certificate and key, or self-signed: true" }];
  }
  return inPair(tls, ["certificate", "key"], path);
}

/** A certificate without its key, or the reverse. */
function inPair(
  mapping: YamlMapping,
  [certificate, key]: readonly [string, string],
  path: Path,
): readonly Problem[] {
  const [hasCertificate, hasKey] = [certificate, key].map((name) => Object.hasOwn(mapping, name));
  if (hasCertificate === hasKey) return [];
  return [
    hasCertificate
      ? { path: [...path, certificate], text: `a certificate without its key: add ${key}` }
      : { path: [...path, key], text: `a key without its certificate: add ${certificate}` },
  ];
}

function inUsers(users: YamlValue | undefined, path: Path): readonly Problem[] {
  if (!isMapping(users)) return [];
  return Object.entries(users).flatMap(([name, secret]): readonly Problem[] => {
    const at = [...path, name];
    const wrong = /\p{Cc}/u.test(name) ? "a control character in it" : name === "" ? "empty" : null;
    return [
      ...wrong === null ? [] : [{ path: at, text: `the user name is no good: ${wrong}` }],
      ...isMapping(secret) ? exclusive(secret, [["password-file", "password"]], at) : [],
    ];
  });
}

function inSmarthosts(
  remote: YamlValue | undefined,
  listeners: readonly Endpoint[],
): readonly Problem[] {
  if (!isList(remote)) return inSmarthost(remote, ["remote-smtp"], listeners);
  const servers = remote.map((item) => endpointOf(item))
    .map((server) => server && `${server.hostname.toLowerCase()} ${server.port}`);
  return [
    ...remote.flatMap((item, index) => inSmarthost(item, ["remote-smtp", index], listeners)),
    ...repeated(servers).map((index) => ({
      path: ["remote-smtp", index],
      text: "this mail server is in the list already: remove one of the two",
    })),
  ];
}

function inSmarthost(
  item: YamlValue | undefined,
  path: Path,
  listeners: readonly Endpoint[],
): readonly Problem[] {
  const server = endpointOf(item);
  const own = server !== undefined && listeners.some((other) => isOwnListener(server, other));
  const where = isMapping(item) ? [...path, "server"] : path;
  const found: Problem[] = own
    ? [{ path: where, text: "this is our own local-smtp: every mail would come back to us" }]
    : [];
  if (!isMapping(item)) return found;
  if (isMapping(item.auth)) found.push(...inAuth(item.auth, [...path, "auth"]));
  const mode = tlsMode(item, server);
  if (server === undefined || mode === undefined) return found;
  return [...found, ...inTls(item, { server, mode, path })];
}

function endpointOf(item: YamlValue | undefined): Endpoint | undefined {
  const text = textOf(item, "server");
  const reading = text === undefined ? null : readEndpoint(text, 1);
  return reading?.kind === "value" ? reading.value : undefined;
}

/** Which TLS a mail server will be spoken to with; `undefined` where what is written is none. */
function tlsMode(
  item: YamlMapping,
  server: Endpoint | undefined,
): SmarthostTlsConfig["mode"] | undefined {
  const tls = TLS_MODES.find((mode) => mode === item.tls);
  if (Object.hasOwn(item, "tls") && tls === undefined) return undefined;
  return smarthostTlsMode({
    tls,
    port: server?.port ?? 0,
    hasAuth: Object.hasOwn(item, "auth"),
  });
}

function inTls(
  item: YamlMapping,
  { server, mode, path }: {
    readonly server: Endpoint;
    readonly mode: SmarthostTlsConfig["mode"];
    readonly path: Path;
  },
): readonly Problem[] {
  const at = (key: string, text: string): Problem => ({ path: [...path, key], text });
  const has = (key: string) => Object.hasOwn(item, key);
  const found: Problem[] = [...inPair(item, ["tls-certificate", "tls-key"], path)];
  if (mode === "none") {
    found.push(
      ...TLS_KEYS.filter(has).map((key) => at(key, "only with TLS: add tls: required")),
    );
  }
  if (mode === "opportunistic") {
    found.push(
      ...VERIFYING_KEYS.filter(has).map((key) =>
        at(key, "tls: opportunistic verifies nothing: write tls: required")
      ),
    );
  }
  if (
    has("auth") && (mode === "none" || mode === "opportunistic") && !isLoopback(server.hostname)
  ) {
    found.push(
      at("auth", `with tls: ${mode} the password would go in clear: write tls: required`),
    );
  }
  return found;
}

function inAuth(auth: YamlMapping, path: Path): readonly Problem[] {
  const at = (key: string, text: string): Problem => ({ path: [...path, key], text });
  const has = (key: string) => Object.hasOwn(auth, key);
  const mechanism = textOf(auth.mechanism) ?? "";
  const found: Problem[] = [
    ...exclusive(auth, [
      ["password-file", "password"],
      ["oauth", "password"],
      ["oauth", "password-file"],
    ], path),
  ];
  if (!has("oauth") && !has("password") && !has("password-file")) {
    found.push(at("password", "missing: expected a password, password-file or oauth"));
  }
  if (!has("oauth") && TOKEN_MECHANISMS.includes(mechanism)) {
    found.push(at("mechanism", "takes an access token: add oauth, or remove this key"));
  }
  if (has("oauth") && PASSWORD_MECHANISMS.includes(mechanism)) {
    found.push(at("mechanism", "takes a password: with oauth expected xoauth2 or oauthbearer"));
  }
  return isMapping(auth.oauth) ? [...found, ...inOAuth(auth.oauth, [...path, "oauth"])] : found;
}

function inOAuth(oauth: YamlMapping, path: Path): readonly Problem[] {
  const has = (key: string) => Object.hasOwn(oauth, key) || Object.hasOwn(oauth, `${key}-file`);
  return [
    ...exclusive(oauth, [
      ["client-secret-file", "client-secret"],
      ["refresh-token-file", "refresh-token"],
    ], path),
    ...has("client-secret") || has("refresh-token") ? [] : [{
      path: [...path, "refresh-token"],
      text: "missing: expected refresh-token-file, or client-secret-file for a client that acts " +
        "for itself",
    }],
  ];
}
