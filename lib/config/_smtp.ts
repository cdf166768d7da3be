/**
 * The settings of both sides of SMTP: listeners and mail servers.
 *
 * @module
 */

import { z } from "zod";
import { checkSecret } from "../mail/password_hash.ts";
import { choice, flag, leaf, list, mapping, short, takes, text } from "./_fields.ts";
import { readEndpoint, readHostname, readNetwork } from "./endpoint.ts";
import type { FileReaders, PemKind, SecretReader } from "./readers.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { ListenerShape, SmarthostShape } from "./shape.ts";
import { readListen, readMode, readTrusted } from "./socket.ts";
import { readTokenUrl } from "./url.ts";
import { isList, type YamlValue } from "./yaml.ts";

/** Where notifiers connect: one, or a list. */
export function listeners(readers: FileReaders): z.ZodType<readonly ListenerShape[]> {
  const item = short((listen) => ({ listen }), listener(readers));
  return short(
    (listen) => [listen],
    list('listeners, or one "host:port" such as localhost:1025', item).min(1, {
      error: `empty: expected at least one listener, such as localhost:1025`,
    }),
  );
}

/**
 * Where mail goes: one server, or a list.
 *
 * @param tree What the file says, which decides the paths of problems.
 */
export function smarthosts(
  tree: YamlValue | undefined,
  readers: FileReaders,
): z.ZodType<FileSmarthosts> {
  const one = short((server) => ({ server }), smarthost(readers));
  const several = list("mail servers", one);
  if (!isList(tree)) {
    return takes(one.transform((server): FileSmarthosts => [server]), [one, several]);
  }
  return several.transform((servers, context): FileSmarthosts => {
    const [first, ...others] = servers;
    if (first !== undefined) return [first, ...others];
    const message = "empty: expected at least one mail server, such as smtp.example.com:25";
    context.issues.push({ code: "custom", message, input: servers });
    return z.NEVER;
  });
}

type FileSmarthosts = readonly [SmarthostShape, ...SmarthostShape[]];

function listener(readers: FileReaders) {
  return mapping('"host:port", or a mapping with the keys listen and allow', {
    listen: leaf("host:port, such as 0.0.0.0:25", readListen),
    mode: leaf("the mode of a file, such as 660", readMode).default(0o660),
    allow: networks("the networks that may connect", readNetwork),
    protocol: choice(["smtp", "lmtp"]).default("smtp"),
    tls: mapping("a mapping with the keys certificate and key, or with self-signed: true", {
      certificate: pem(readers, "certificate").optional(),
      key: pem(readers, "key").optional(),
      "self-signed": flag().default(false),
      mode: choice(["starttls", "implicit"]).default("starttls"),
      required: flag().default(false),
    }).optional(),
    auth: mapping("a mapping with the key users", {
      required: flag().default(false),
      "without-tls": flag().default(false),
      users: users(readers.readSecret),
    }).optional(),
    profile: choice(["strict", "lenient"]).default("strict"),
    lenient: networks("the networks of the devices", readNetwork, ALL_LENIENT),
    proxy: networks("the addresses of the load balancers", readTrusted, "[192.0.2.7]"),
    xclient: networks("the addresses of the mail servers in front", readTrusted, "[192.0.2.7]"),
  });
}

/** For those who mean everybody. */
const ALL_LENIENT = "[10.0.0.0/8], or profile: lenient for all";

/** `example` is what to write instead of a word that is no network. */
function networks(what: string, read: (text: string) => Reading<string>, example = "[10.0.0.0/8]") {
  const advise = (text: string) => read(text).kind === "problem" ? example : `[${VALUE}]`;
  return list("networks", leaf("a network", read), advise)
    .min(1, { error: `empty: expected ${what}` })
    .optional();
}

function users(readSecret: SecretReader) {
  const secret = mapping("a password, or a mapping with the key password-file", {
    password: leaf("a password", readUserSecret).optional(),
    "password-file": leaf("the name of a file", through(readSecret, readUserSecret)).optional(),
  }).transform((user, context): string => {
    const found = user.password ?? user["password-file"];
    if (found !== undefined) return found;
    const message = "no password: expected a password, or the key password-file";
    context.issues.push({ code: "custom", message, input: user });
    return z.NEVER;
  });
  const entry = short((password) => ({ password }), secret);
  const what = "a mapping of users, such as {nas: $NAS_PASSWORD}";
  return z.record(z.string(), entry, {
    error: ({ input }) =>
      input === undefined ? `missing: expected ${what}` : `${VALUE}: expected ${what}`,
  }).refine((all) => Object.keys(all).length > 0, { error: `empty: expected ${what}` });
}

function smarthost(readers: FileReaders) {
  const what = "host:port, such as smtp.example.com:25";
  return mapping(what, {
    server: leaf("host:port", (text) => readEndpoint(text, 1)),
    tls: choice(["none", "opportunistic", "required", "implicit"]).optional(),
    "tls-ca-file": pem(readers, "certificate").optional(),
    "tls-server-name": leaf("a domain name", readHostname).optional(),
    "tls-certificate": pem(readers, "certificate").optional(),
    "tls-key": pem(readers, "key").optional(),
    auth: mapping("a mapping with the keys user and password-file", {
      user: leaf("a user name", readUserName),
      password: leaf("a password", readPassword).optional(),
      "password-file": leaf(
        "the name of a file",
        through(readers.readSecret, readPassword),
      ).optional(),
      mechanism: choice(["plain", "login", "cram-md5", "xoauth2", "oauthbearer"]).optional(),
      oauth: oauth(readers).optional(),
    }).optional(),
  });
}

function oauth({ readSecret }: FileReaders) {
  return mapping("a mapping with the keys token-url, client-id and refresh-token-file", {
    "token-url": leaf("the URL of the token endpoint", readTokenUrl),
    "client-id": text("the id of the client"),
    "client-secret": text("a secret").optional(),
    "client-secret-file": leaf("the name of a file", readSecret).optional(),
    "refresh-token": text("a token").optional(),
    "refresh-token-file": leaf("the name of a file", readSecret).optional(),
    scope: text("a scope").optional(),
  });
}

function pem({ readPem }: FileReaders, kind: PemKind) {
  return leaf("the name of a PEM file", (path) => readPem(path, kind));
}

/** Reads a secret from a file, and then as if it stood in the configuration. */
function through(
  readSecret: SecretReader,
  read: (text: string) => Reading<string>,
): SecretReader {
  return (path) => {
    const secret = readSecret(path);
    return secret.kind === "problem" ? secret : read(secret.value);
  };
}

/** A password that peers must give, or its hash. */
function readUserSecret(text: string): Reading<string> {
  const wrong = checkSecret(text);
  return wrong === null ? value(text) : problem(`${VALUE}: ${wrong}`);
}

/** SASL separates by NUL (RFC 4616). */
function readPassword(text: string): Reading<string> {
  if (text === "") return problem(`${VALUE}: empty: expected a password`);
  if (text.includes("\0")) return problem(`${VALUE}: a NUL in it: no mechanism can send that`);
  return value(text);
}

/** Reads a user name: SASL separates by NUL (RFC 4616) and by SOH (RFC 7628). */
function readUserName(text: string): Reading<string> {
  if (text === "") return problem(`${VALUE}: empty: expected a user name`);
  if (/\p{Cc}/u.test(text)) return problem(`${VALUE}: a control character in it: take it out`);
  return value(text);
}
