/**
 * The shape of the file: which keys there are, what each may hold, what it means when absent. The
 * settings that are all optional are in `_settings.ts`.
 * What keys mean together is in `contradictions.ts`.
 *
 * @module
 */

import { z } from "zod";
import { isAddress } from "../mail/address.ts";
import { readAction, readAddress, readReversePath } from "./actions.ts";
import { readEndpoint, readHostname, readNetwork } from "./endpoint.ts";
import { choice, flag, leaf, list, mapping, text } from "./_fields.ts";
import { duplicates, duration, history, limits, queue, store } from "./_settings.ts";
import { readEvent } from "./filter.ts";
import { LATER } from "./later.ts";
import type { Problem } from "./problems.ts";
import { PLAIN_VALUE, problem, type Reading, VALUE, value } from "./reading.ts";
import type { FileShape } from "./shape.ts";
import type { Action } from "./types.ts";
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
    store: store(),
    queue: queue(),
    duplicates: duplicates(),
    history: history(),
    "on-failure": actionList(leaf("mailto:ADDRESS", readNotice)).default([]),
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
  return actionList(leaf("mailto:ADDRESS without a blank, or discard", readAction));
}

/** One action alone, or an address, is most often meant as a list of one. */
function actionList(item: z.ZodType<Action>): z.ZodArray<z.ZodType<Action>> {
  return list("actions", item, (text) => {
    if (isAddress(text) && !text.startsWith('"')) return `[mailto:${PLAIN_VALUE}]`;
    return item.safeParse(text).success ? `[${PLAIN_VALUE}]` : "[mailto:ADDRESS]";
  });
}

/** Whoever is to be told must be somebody. */
function readNotice(text: string): Reading<Action> {
  const reading = readAction(text);
  if (reading.kind === "problem" || reading.value.kind === "mailto") return reading;
  return problem(`${VALUE}: tells nobody: expected mailto:ADDRESS`);
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
