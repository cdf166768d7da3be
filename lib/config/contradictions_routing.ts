/**
 * What the keys of managers, of their rules and of mute windows mean together.
 *
 * @module
 */

import { readFunction, readTest } from "./filter.ts";
import { readTime } from "./moment.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { exclusive, itemsOf, repeated, textOf } from "./_tree.ts";
import { ANY_MAIL, type Vocabulary } from "./vocabulary.ts";
import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

type Path = Problem["path"];

/** The type of managers that ask a GoCD server. */
const GOCD = "gocd";

/** Keys that only a manager of type gocd has. */
const GOCD_KEYS = [
  "url",
  "user",
  "passwd",
  "passwd-file",
  "token",
  "token-file",
  "poll",
  "poll-grace",
];

/** Pairs of keys of which one excludes the other. */
const EXCLUSIVE = [
  ["passwd-file", "passwd"],
  ["token-file", "token"],
  ["token", "user"],
  ["token-file", "user"],
] as const;

/** What a part of a manager depends on. */
interface OfManager {
  readonly type: string;
  readonly vocabulary: Vocabulary;
}

/** A manager's type: what it says, else its name where that is one. */
export function typeOf(
  type: string | undefined,
  name: string | undefined,
  { types }: Vocabulary,
): string {
  return type ?? (name !== undefined && types.includes(name) ? name : ANY_MAIL);
}

/** Finds what contradicts itself in the managers of a tree. */
export function inManagers(
  managers: YamlValue | undefined,
  vocabulary: Vocabulary,
): readonly Problem[] {
  const items = itemsOf(managers);
  return [
    ...items.flatMap((manager, index) =>
      isMapping(manager) ? inManager(manager, ["managers", index], vocabulary) : []
    ),
    ...sameNames(items, ["managers"], "too: give each its own, and a type"),
  ];
}

/** Problems of names that an earlier item of a list has, too. */
export function sameNames(
  items: readonly YamlValue[],
  [key]: readonly [string],
  remedy: string,
): readonly Problem[] {
  const names = items.map((item) => textOf(item, "name"));
  return repeated(names).map((index) => ({
    path: [key, index, "name"],
    text: `the name of ${key}[${names.indexOf(names[index])}] ${remedy}`,
  }));
}

function inManager(manager: YamlMapping, path: Path, vocabulary: Vocabulary): readonly Problem[] {
  const type = typeOf(textOf(manager.type), textOf(manager.name), vocabulary);
  const has = (key: string) => Object.hasOwn(manager, key);
  const found: Problem[] = [
    ...exclusive(manager, EXCLUSIVE, path),
    ...inLogin(manager, path, { type, vocabulary }),
  ];
  if (type === GOCD && !has("url")) {
    found.push({
      path: [...path, "url"],
      text: "missing: expected the URL of the GoCD server, such as http://localhost:8153/go",
    });
  }
  if (!has("rules") && !has("otherwise")) {
    found.push({
      path: [...path, "rules"],
      text: "missing: expected a list of rules, or the key otherwise",
    });
  }
  return [
    ...found,
    ...inClaim(manager, path),
    ...inWindows(manager.mute, path),
    ...itemsOf(manager.rules).flatMap((rule, index) =>
      isMapping(rule) ? inRule(rule, [...path, "rules", index], { type, vocabulary }) : []
    ),
  ];
}

/** Keys of the GoCD server. */
function inLogin(
  manager: YamlMapping,
  path: Path,
  { type, vocabulary: { types } }: OfManager,
): readonly Problem[] {
  const at = (key: string, text: string): Problem => ({ path: [...path, key], text });
  const has = (key: string) => Object.hasOwn(manager, key);
  const hasPassword = has("passwd") || has("passwd-file");
  const found: Problem[] = [];
  if (type !== GOCD && types.includes(type)) {
    const chosen = has("type") || textOf(manager.name) === type;
    const remedy = chosen ? "remove it" : "remove it, or add type: gocd";
    const surplus = GOCD_KEYS.filter(has);
    found.push(...surplus.map((key) => at(key, `only for managers of type gocd: ${remedy}`)));
  } else if (has("user") && !hasPassword) {
    found.push(at("user", "a user without a password: add passwd or passwd-file"));
  } else if (hasPassword && !has("user")) {
    found.push(at(has("passwd") ? "passwd" : "passwd-file", "a password without user: add user"));
  }
  if (textOf(manager.user)?.includes(":")) {
    found.push(at("user", "a user name with a colon cannot log in (RFC 7617)"));
  }
  if (type === GOCD && has("poll-grace") && !has("poll")) {
    found.push(
      at("poll-grace", "nothing is asked for without the key poll: add poll, or remove it"),
    );
  }
  return found;
}

function inClaim(manager: YamlMapping, path: Path): readonly Problem[] {
  const claim = manager["messages-we-want"];
  if (!isMapping(claim) || Object.hasOwn(claim, "to") || Object.hasOwn(claim, "from")) return [];
  return [{
    path: [...path, "messages-we-want"],
    text: "expected the key to or the key from, with the address of the mails to claim",
  }];
}

function inRule(rule: YamlMapping, path: Path, manager: OfManager): readonly Problem[] {
  const has = (key: string) => Object.hasOwn(rule, key);
  const endless = !has("when") && !has("filter")
    ? [{
      path: [...path, "when"],
      text: "missing: expected a condition, or the key filter; when: true takes every mail",
    }]
    : [];
  return [...endless, ...inFilter(rule.filter, path, manager), ...inWindows(rule.mute, path)];
}

function inFilter(
  filter: YamlValue | undefined,
  path: Path,
  { type, vocabulary }: OfManager,
): readonly Problem[] {
  const name = isMapping(filter) ? textOf(filter.function) : undefined;
  if (!isMapping(filter) || name === undefined || name === "") return [];
  const known = readFunction(name, !vocabulary.types.includes(type) || type === GOCD);
  const within = [...path, "filter"];
  if (known.kind === "problem") return [{ path: [...within, "function"], text: known.text }];
  const args = filter.args ?? [];
  if (!isList(args) || !args.every((item) => typeof item === "string")) return [];
  const test = readTest(name, args);
  if (test.kind === "value") return [];
  return test.problems.map((problem) => ({ ...problem, path: [...within, ...problem.path] }));
}

function inWindows(mute: YamlValue | undefined, path: Path): readonly Problem[] {
  return itemsOf(mute).flatMap((window, index) => {
    if (!isMapping(window)) return [];
    const within = [...path, "mute", index];
    const { from = "00:00", to = "24:00" } = window;
    const [begin, end] = [from, to].map((time) =>
      typeof time === "string" ? readTime(time, "24:00") : undefined
    );
    if (begin?.kind !== "value" || end?.kind !== "value") return [];
    if (begin.value === end.value) {
      const text = `${VALUE}: the same as from: leave out both for whole days`;
      return [{ path: [...within, "to"], text }];
    }
    const always = !Object.hasOwn(window, "days") && end.value - begin.value === 1_440;
    if (!always) return [];
    return [{ path: within, text: "mutes always: name days, or from and to" }];
  });
}
