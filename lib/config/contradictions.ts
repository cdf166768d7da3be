/**
 * What the keys of a configuration mean together, where each alone is right. Works on the tree,
 * so that it finds its problems whether or not the schema finds others.
 *
 * @module
 */

import { readEndpoint } from "./endpoint.ts";
import { readFunction, readTest } from "./filter.ts";
import { isOwnListener } from "./loop.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { type WaitKey, waitOf, WAITS } from "./waits.ts";
import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

/** Keys that only a manager of type gocd has. */
const GOCD_KEYS = ["url", "user", "passwd", "passwd-file", "token", "token-file"];

/** Pairs of keys of which one excludes the other. */
const EXCLUSIVE = [
  ["passwd-file", "passwd"],
  ["token-file", "token"],
  ["token", "user"],
  ["token-file", "user"],
] as const;

/** Finds what contradicts itself, in any tree. */
export function findContradictions(tree: YamlValue): readonly Problem[] {
  if (!isMapping(tree)) return [];
  const managers = itemsOf(tree.managers);
  return [
    ...inEndpoints(tree),
    ...exclusive(tree, [["slack-token-file", "slack-token"]], []),
    ...isMapping(tree.queue) ? inQueue(tree.queue) : [],
    ...managers.flatMap((manager, index) =>
      isMapping(manager) ? inManager(manager, ["managers", index]) : []
    ),
    ...sameNames(managers),
  ];
}

function inEndpoints(tree: YamlMapping): readonly Problem[] {
  const server = textOf(tree["remote-smtp"], "server");
  const smarthost = server === undefined ? null : readEndpoint(server, 1);
  if (smarthost?.kind !== "value") return [];
  const local = tree["local-smtp"];
  const texts = (isList(local) ? local : [local]).map((item) => textOf(item, "listen"));
  const listeners = texts.map((text) => text === undefined ? null : readEndpoint(text, 0));
  const own = listeners.some((listener) =>
    listener?.kind === "value" && isOwnListener(smarthost.value, listener.value)
  );
  const path = isMapping(tree["remote-smtp"]) ? ["remote-smtp", "server"] : ["remote-smtp"];
  return [
    ...own ? [{ path, text: "this is our own local-smtp: every mail would come back to us" }] : [],
    ...repeated(texts.map((text) => text?.endsWith(":0") ? undefined : text)).map((index) => ({
      path: ["local-smtp", index],
      text: "this listener is in the list already: remove one of the two",
    })),
  ];
}

/** Whether one wait of the queue ends where another begins. */
function inQueue(queue: YamlMapping): readonly Problem[] {
  const [first, most] = [waitOf(queue, "first-retry"), waitOf(queue, "max-retry")];
  const [notice, end] = [waitOf(queue, "delay-notice"), waitOf(queue, "give-up-after")];
  const has = (key: WaitKey) => Object.hasOwn(queue, key);
  const known = (key: WaitKey) =>
    has(key) ? key : `${key}, which is ${WAITS[key].usual} unless it is given`;
  const found: Problem[] = [];
  if (first !== null && most !== null && first > most) {
    const [key, text] = has("first-retry")
      ? ["first-retry", `more than ${known("max-retry")}`]
      : ["max-retry", `less than ${known("first-retry")}`];
    found.push({ path: ["queue", key], text: `${VALUE}: ${text}` });
  }
  // The usual notice comes too late for a short queue, and nobody asked for it.
  if (has("delay-notice") && notice !== null && end !== null && notice >= end) {
    found.push({
      path: ["queue", "delay-notice"],
      text: `${VALUE}: expected less than ${known("give-up-after")}; 0s for no notice`,
    });
  }
  return found;
}

function inManager(manager: YamlMapping, path: Problem["path"]): readonly Problem[] {
  const type = textOf(manager.type ?? manager.name) ?? "";
  const at = (key: string, text: string): Problem => ({ path: [...path, key], text });
  const has = (key: string) => Object.hasOwn(manager, key);
  const hasPassword = has("passwd") || has("passwd-file");
  const found: Problem[] = [...exclusive(manager, EXCLUSIVE, path)];
  if (!has("type") && has("name") && type !== "mail" && type !== "gocd") {
    found.push(at("type", "missing: expected mail or gocd, as the name is neither"));
  }
  if (type === "gocd" && !has("url")) {
    found.push(at("url", "missing: expected the URL of the GoCD server"));
  }
  if (type === "mail") {
    const surplus = GOCD_KEYS.filter(has);
    found.push(...surplus.map((key) => at(key, "only for managers of type gocd: remove it")));
  } else if (has("user") && !hasPassword) {
    found.push(at("user", "a user without a password: add passwd or passwd-file"));
  } else if (hasPassword && !has("user")) {
    found.push(at(has("passwd") ? "passwd" : "passwd-file", "a password without user: add user"));
  }
  if (textOf(manager.user)?.includes(":")) {
    found.push(at("user", "a user name with a colon cannot log in (RFC 7617)"));
  }
  if (!has("rules") && !has("otherwise")) {
    found.push(at("rules", "missing: expected a list of rules, or the key otherwise"));
  }
  return [...found, ...inClaim(manager, path), ...inRules(manager, type, path)];
}

function inClaim(manager: YamlMapping, path: Problem["path"]): readonly Problem[] {
  const claim = manager["messages-we-want"];
  if (!isMapping(claim) || Object.hasOwn(claim, "to") || Object.hasOwn(claim, "from")) return [];
  return [{
    path: [...path, "messages-we-want"],
    text: "expected the key to or the key from, with the address of the mails to claim",
  }];
}

function inRules(
  manager: YamlMapping,
  type: string,
  path: Problem["path"],
): readonly Problem[] {
  return itemsOf(manager.rules).flatMap((rule, index) => {
    const filter = isMapping(rule) ? rule.filter : undefined;
    const name = isMapping(filter) ? textOf(filter.function) : undefined;
    if (!isMapping(filter) || name === undefined || name === "") return [];
    const known = readFunction(name, type);
    const within = [...path, "rules", index, "filter"];
    if (known.kind === "problem") {
      return [{ path: [...within, "function"], text: known.text }];
    }
    const args = filter.args ?? [];
    if (!isList(args) || !args.every((item) => typeof item === "string")) return [];
    const test = readTest(name, args);
    if (test.kind === "value") return [];
    return test.problems.map((problem) => ({ ...problem, path: [...within, ...problem.path] }));
  });
}

function exclusive(
  mapping: YamlMapping,
  pairs: readonly (readonly [string, string])[],
  path: Problem["path"],
): readonly Problem[] {
  return pairs.filter((pair) => pair.every((key) => Object.hasOwn(mapping, key)))
    .map(([key, other]) => ({
      path: [...path, key],
      text: `not together with ${other}: remove one of the two`,
    }));
}

function sameNames(managers: readonly YamlValue[]): readonly Problem[] {
  const names = managers.map((manager) => textOf(manager, "name"));
  return repeated(names).map((index) => ({
    path: ["managers", index, "name"],
    text: `the name of managers[${names.indexOf(names[index])}] too: give each its own, and a type`,
  }));
}

/** The positions of texts that an earlier position has too. */
function repeated(texts: readonly (string | undefined)[]): readonly number[] {
  return texts.flatMap((text, index) =>
    text !== undefined && texts.indexOf(text) < index ? [index] : []
  );
}

function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  return isList(value) ? value : [];
}

/** A text itself, or the text that a mapping has under a key. */
function textOf(value: YamlValue | undefined, key?: string): string | undefined {
  if (typeof value === "string") return value;
  const inner = key !== undefined && isMapping(value) ? value[key] : undefined;
  return typeof inner === "string" ? inner : undefined;
}
