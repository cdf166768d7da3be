/**
 * The shape of the file: which keys there are, what each may hold, what it means when absent.
 * What keys mean together is in `contradictions.ts`.
 *
 * @module
 */

import { z } from "zod";
import { readAction, readAddress, readReversePath } from "./actions.ts";
import { readEndpoint, readHostname, readNetwork } from "./endpoint.ts";
import { choice, flag, leaf, list, mapping, optionalMapping, text } from "./_fields.ts";
import { readEvent } from "./filter.ts";
import { LATER } from "./later.ts";
import type { Problem } from "./problems.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { FileShape } from "./shape.ts";
import { type Bounds, readCount, readDuration, readSize } from "./units.ts";
import { readUrl } from "./url.ts";
import type { YamlValue } from "./yaml.ts";

/** Networks that may connect when a listener does not say. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** Reads the file that a `…-file` key names. */
export type SecretReader = (path: string) => Reading<string>;

/** The shape of a tree, or every problem with it. */
export type ShapeReading =
  | { readonly kind: "shape"; readonly shape: FileShape }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads a tree whose variables are replaced.
 *
 * @param readSecret What `…-file` keys are read with.
 */
export function readShape(tree: YamlValue, readSecret: SecretReader): ShapeReading {
  const result = file(readSecret).safeParse(tree);
  if (result.success) return { kind: "shape", shape: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    path: path.map((key) => typeof key === "number" ? key : String(key)),
    text: message,
  }));
  return { kind: "problems", problems };
}

function file(readSecret: SecretReader): z.ZodType<FileShape> {
  return mapping("a mapping with the keys local-smtp, remote-smtp and managers", {
    hostname: leaf("a domain name", readHostname).optional(),
    "local-smtp": listeners(),
    "remote-smtp": z.preprocess(
      (input) => typeof input === "string" ? { server: input } : input,
      mapping("host:port, such as smtp.example.com:25", {
        server: leaf("host:port", (text) => readEndpoint(text, 1)),
      }, LATER.smarthost),
    ),
    "slack-token": leaf("a token", readToken).optional(),
    "slack-token-file": leaf("the name of a file", readTokenFile(readSecret)).optional(),
    ack: choice(["relayed", "queued"]).default("relayed"),
    "ack-budget": duration({ min: "1s", max: "5m" }).default(10_000),
    store: optionalMapping("a mapping with the keys path and min-free", {
      path: text("a folder").default("./mail2alert-store"),
      "min-free": size({ min: "0MB", max: "999GB" }).default(100_000_000),
    }).prefault({}),
    queue: queue(),
    duplicates: optionalMapping("a mapping with the keys window and pass-through", {
      window: duration({ min: "0s", max: "1d" }).default(900_000),
      "pass-through": flag().default(true),
    }).prefault({}),
    history: history(),
    "on-failure": actions().default([]),
    limits: limits(),
    managers: z.preprocess(
      (input) => input ?? [],
      list("managers", manager(readSecret)),
    ).prefault([]),
  }, LATER.file);
}

function listeners() {
  const listener = mapping('"host:port", or a mapping with the keys listen and allow', {
    listen: leaf("host:port, such as 0.0.0.0:25", (text) => readEndpoint(text, 0)),
    allow: list("networks", leaf("a network", readNetwork)).min(1, {
      error: `empty: expected the networks that may connect`,
    }).default(LOOPBACK),
  }, LATER.listener);
  const item = z.preprocess(
    (input) => typeof input === "string" ? { listen: input } : input,
    listener,
  );
  return z.preprocess(
    (input) => typeof input === "string" ? [input] : input,
    list('listeners, or one "host:port" such as localhost:1025', item).min(1, {
      error: `empty: expected at least one listener, such as localhost:1025`,
    }),
  );
}

function queue() {
  return optionalMapping("a mapping with the keys first-retry, max-retry and give-up-after", {
    "first-retry": duration({ min: "100ms", max: "1d" }).default(30_000),
    "max-retry": duration({ min: "100ms", max: "1d" }).default(3_600_000),
    "give-up-after": duration({ min: "1s", max: "60d" }).default(432_000_000),
    "delay-notice": duration({ min: "0s", max: "60d" }).default(14_400_000),
    "dead-letters": duration({ min: "1m", max: "3650d" }).default(2_592_000_000),
  }).prefault({});
}

/** `history: none` is short for a mapping that says so. */
function history() {
  return z.preprocess(
    (input) => typeof input === "string" ? { text: input } : input,
    optionalMapping("full, headers or none, or a mapping with the keys text, keep and size", {
      text: choice(["full", "headers", "none"]).default("headers"),
      keep: duration({ min: "0s", max: "3650d" }).default(2_592_000_000),
      size: size({ min: "1MB", max: "999GB" }).default(200_000_000),
    }),
  ).prefault({});
}

function limits() {
  return optionalMapping("a mapping of limits", {
    "message-size": size({ min: "64KiB", max: "2GB" }).default(25_000_000),
    recipients: count(100, 100_000).default(1_000),
    "mails-per-connection": count(1, 1_000_000).default(1_000),
    "command-line": count(512, 65_536).default(2_048),
    errors: count(1, 1_000).default(10),
    connections: count(1, 65_535).default(500),
    "connections-per-peer": count(1, 65_535).default(50),
    idle: duration({ min: "1s", max: "1h" }).default(300_000),
    transaction: duration({ min: "1s", max: "1d" }).default(1_200_000),
  }).prefault({});
}

function manager(readSecret: SecretReader) {
  return mapping("a manager: a mapping with the keys name, messages-we-want and rules", {
    name: text("a name"),
    type: choice(["mail", "gocd"]).optional(),
    url: leaf("the URL of the GoCD server", readUrl).optional(),
    user: text("a user name").optional(),
    passwd: text("a password").optional(),
    "passwd-file": leaf("the name of a file", readSecret).optional(),
    token: leaf("an access token", readToken).optional(),
    "token-file": leaf("the name of a file", readTokenFile(readSecret)).optional(),
    "messages-we-want": mapping("a mapping with the key to or from", {
      to: leaf("an address", readAddress).optional(),
      from: leaf("an address", readReversePath).optional(),
    }),
    rules: z.preprocess((input) => input ?? [], list("rules", rule())).prefault([]),
    otherwise: actions().optional(),
    "rewrite-headers": flag().default(true),
  });
}

function rule() {
  return mapping("a rule: a mapping with the keys actions and filter", {
    name: text("a name").optional(),
    actions: actions().min(1, { error: `empty: expected at least one action` }),
    filter: mapping("a filter: a mapping with the key function, and perhaps events and args", {
      events: list("events", leaf("an event", readEvent)).min(1, {
        error: `empty: expected at least one event, or no key events for any mail`,
      }).optional(),
      function: text("a function, such as mail.in_subject"),
      args: list("arguments", text("an argument")).default([]),
    }),
    stop: flag().default(false),
  }, LATER.rule);
}

function actions() {
  return list("actions", leaf("mailto:ADDRESS without a blank, or discard", readAction));
}

function duration(bounds: Bounds) {
  return leaf("a duration", (text) => readDuration(text, bounds));
}

function size(bounds: Bounds) {
  return leaf("a size", (text) => readSize(text, bounds));
}

function count(min: number, max: number) {
  return leaf("a whole number", (text) => readCount(text, min, max));
}

/** A token stands in a header field of HTTP: no blank, no control character, ASCII. */
function readToken(text: string): Reading<string> {
  if (/^[!-~]+$/.test(text)) return value(text);
  return problem(`${VALUE}: expected a token: letters, digits and signs without a blank`);
}

function readTokenFile(readSecret: SecretReader): SecretReader {
  return (path) => {
    const secret = readSecret(path);
    if (secret.kind === "problem" || readToken(secret.value).kind === "value") return secret;
    return problem(`${VALUE}: the file holds no token: expected one word, without a blank`);
  };
}
