/**
 * What the keys of a configuration mean together, where each alone is right. Works on the tree,
 * so that it finds its problems whether or not the schema finds others.
 *
 * @module
 */

import { inSmtp } from "./contradictions_smtp.ts";
import { readFunction, readTest } from "./filter.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { exclusive, itemsOf, repeated, textOf } from "./_tree.ts";
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
    ...inSmtp(tree),
    ...exclusive(tree, [["slack-token-file", "slack-token"]], []),
    ...isMapping(tree.queue) ? inQueue(tree.queue) : [],
    ...managers.flatMap((manager, index) =>
      isMapping(manager) ? inManager(manager, ["managers", index]) : []
    ),
    ...sameNames(managers),
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

function sameNames(managers: readonly YamlValue[]): readonly Problem[] {
  const names = managers.map((manager) => textOf(manager, "name"));
  return repeated(names).map((index) => ({
    path: ["managers", index, "name"],
    text: `the name of managers[${names.indexOf(names[index])}] too: give each its own, and a type`,
  }));
}
