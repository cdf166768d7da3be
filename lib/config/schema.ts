/**
 * The shape of the file: which keys there are, what each may hold, what it means when absent. The
 * settings that are all optional are in `_settings.ts`, both sides of SMTP in `_smtp.ts`.
 * What keys mean together is in `contradictions.ts`.
 *
 * @module
 */

import { z } from "zod";
import { isAddress } from "../mail/address.ts";
import { readAction, readAddress, readReversePath } from "./actions.ts";
import { readHostname } from "./endpoint.ts";
import { choice, flag, leaf, list, mapping, text } from "./_fields.ts";
import { duplicates, duration, history, limits, queue, store } from "./_settings.ts";
import { listeners, smarthosts } from "./_smtp.ts";
import { readEvent } from "./filter.ts";
import { LATER } from "./later.ts";
import type { Problem } from "./problems.ts";
import { PLAIN_VALUE, problem, type Reading, VALUE, value } from "./reading.ts";
import type { FileReaders, SecretReader } from "./readers.ts";
import type { FileShape } from "./shape.ts";
import type { Action } from "./types.ts";
import { readUrl } from "./url.ts";
import { isMapping, type YamlValue } from "./yaml.ts";

/** The shape of a tree, or every problem with it. */
export type ShapeReading =
  | { readonly kind: "shape"; readonly shape: FileShape }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads a tree whose variables are replaced.
 *
 * @param readers What the files that it names are read with.
 */
export function readShape(tree: YamlValue, readers: FileReaders): ShapeReading {
  const result = file(tree, readers).safeParse(tree);
  if (result.success) return { kind: "shape", shape: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    path: path.map((key) => typeof key === "number" ? key : String(key)),
    text: message,
  }));
  return { kind: "problems", problems };
}

function file(tree: YamlValue, readers: FileReaders): z.ZodType<FileShape> {
  const { readSecret } = readers;
  return mapping("a mapping with the keys local-smtp, remote-smtp and managers", {
    hostname: leaf("a domain name", readHostname).optional(),
    "local-smtp": listeners(readers),
    "remote-smtp": smarthosts(isMapping(tree) ? tree["remote-smtp"] : undefined, readers),
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
