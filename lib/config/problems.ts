/**
 * The one place that writes problems out: file, line, key path, what is wrong, what to do.
 *
 * INVARIANTS
 *
 * 1. A value is shown as the file wrote it, never as the environment or a secret file made it.
 * 2. The value of a secret key is never shown, and of a URL no part that may be a password.
 * 3. What a compiler says about a text, and may quote from it, is left out where 1 or 2 forbid it.
 * 4. A key is shown up to the first character that no key of ours has: `{passwd:pelle}` is a key.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { type KeyPath, lineFinder, valueAt } from "./lines.ts";
import { PLAIN_VALUE, showQuoting, VALUE } from "./reading.ts";
import { isList, isMapping, type YamlValue } from "./yaml.ts";

/** Something wrong at a place; the text may hold {@link VALUE} and {@link PLAIN_VALUE}. */
export interface Problem {
  /** Where. */
  readonly path: KeyPath;
  /** What, and what to do about it. */
  readonly text: string;
}

/** Keys whose values are secret, with all that is below them. */
const SECRET_KEYS: readonly string[] = [
  "passwd",
  "password",
  "token",
  "slack-token",
  "users",
  "client-secret",
  "refresh-token",
];

/** Keys of mappings: who writes a text there writes a password. */
const CREDENTIAL_KEYS: readonly string[] = ["auth", "oauth"];

/** Parts of the file in which nothing is secret, whatever the operator calls fields and groups. */
const OPEN_PARTS: readonly string[] = ["packs", "tests"];

/** Header fields of lookups that tell nobody anything. */
const OPEN_HEADERS = /^(?:accept(?:-language)?|content-type|user-agent)$|-file$/i;

/** Whether what stands at a path is secret. The name of the file of a secret is none. */
export function isSecret(path: KeyPath): boolean {
  if (OPEN_PARTS.includes(String(path[0]))) return false;
  if (path[0] === "lookups" && path.length > 1) return isSecretOfLookup(path.slice(2));
  // Directly below `users` stand names, also of a user who is called `password-file`.
  const fileOfUser = path.at(-1) === "password-file" && path.at(-3) === "users";
  return !fileOfUser && path.some((key) => SECRET_KEYS.includes(String(key))) ||
    CREDENTIAL_KEYS.includes(String(path.at(-1)));
}

/** @param path Below the lookup: its name is the operator's choice. */
function isSecretOfLookup([key, header]: KeyPath): boolean {
  // A text where the lookup belongs may be a header field that is not set in far enough.
  if (key === undefined) return true;
  if (key === "headers") return header === undefined || !OPEN_HEADERS.test(String(header));
  return SECRET_KEYS.includes(String(key)) || CREDENTIAL_KEYS.includes(String(key));
}

/** Most problems of one report; finding their lines takes time, and nobody reads more. */
const MAX_PROBLEMS = 100;

/**
 * Makes the error of a file with problems: one line for each, in the order of the file.
 *
 * @param file Its name.
 * @param source Its text.
 * @param written Its tree, before variables were expanded.
 * @param problems At least one.
 */
export function invalid(
  file: string,
  source: string,
  written: YamlValue,
  problems: readonly Problem[],
): RelayError {
  const lineOf = lineFinder(source);
  const placed = problems.slice(0, MAX_PROBLEMS).map(({ path, text }) => {
    const known = existing(written, path);
    const where = known.length === 0 ? "" : `${showPath(known)}: `;
    return { line: lineOf(known), text: `${where}${fill(text, written, known)}` };
  });
  const lines = placed.toSorted((a, b) => a.line - b.line)
    .map(({ line, text }) => `${file}:${line}: ${text}`);
  if (problems.length > MAX_PROBLEMS) {
    lines.push(`${file}: and ${problems.length - MAX_PROBLEMS} more problems`);
  }
  return new RelayError("config-invalid", [...new Set(lines)].join("\n"));
}

/**
 * Cuts a path where the file stopped having one: a text that stands for a mapping has no keys.
 * A key that is missing from a mapping stays, to be named.
 */
function existing(written: YamlValue, path: KeyPath): KeyPath {
  for (let length = 0; length < path.length; length++) {
    const node = valueAt(written, path.slice(0, length));
    if (!isMapping(node) && !isList(node)) return path.slice(0, length);
  }
  return path;
}

/** Writes a path: `managers[0].rules[2].filter.function`. */
export function showPath(path: KeyPath): string {
  const show = (key: string, index: number) =>
    index === 1 && path[0] === "lookups" && isLookupName(key) ? key : showKey(key);
  return path.map((key, index) => typeof key === "number" ? `[${key}]` : `.${show(key, index)}`)
    .join("").replace(/^\./, "");
}

/** Whether conditions and templates can say the name of a lookup. */
export function isLookupName(name: string): boolean {
  return /^[a-z][a-z0-9_]{0,39}$/.test(name);
}

/** A key, cut where it stops looking like one. */
export function showKey(key: string): string {
  const [head = ""] = /^(?:<<|[A-Za-z_-]{0,40})/.exec(key) ?? [];
  return head === key ? key : `${head}…`;
}

function fill(text: string, written: YamlValue, path: KeyPath): string {
  const node = valueAt(written, path);
  const unquoted = isSecret(path)
    ? "what stands in {{…}} cannot be read"
    : typeof node === "string" && hasVariables(node)
    ? "this cannot be read: try it without variables"
    : undefined;
  return showQuoting(text, unquoted).replaceAll(VALUE, () => showValue(path, node))
    .replaceAll(PLAIN_VALUE, () => showPlain(path, node));
}

function hasVariables(text: string): boolean {
  return /\$[{\w]/.test(text);
}

function showValue(path: KeyPath, node: YamlValue | undefined): string {
  if (node === undefined) return "nothing";
  if (node === null) return "no value";
  if (isMapping(node)) return "a mapping";
  if (typeof node !== "string") return "a list";
  if (node === "") return '""';
  if (isSecret(path)) return "the secret";
  const quoted = JSON.stringify(shorten(redactLogin(node, path)));
  return hasVariables(node) ? `${quoted} (its variables replaced)` : quoted;
}

/** A text that YAML takes for the same text without quotes, also in a list; else in quotes. */
function showPlain(path: KeyPath, node: YamlValue | undefined): string {
  const plain = typeof node === "string" && /^[\w$](?:(?![,[\]{}"])[!-~]){0,350}$/.test(node);
  return plain && !isSecret(path) ? node : showValue(path, node);
}

function shorten(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}

/** A URL, and where only hosts are expected any text, without what stands before an `@`. */
function redactLogin(text: string, path: KeyPath): string {
  const [first] = path;
  if (first === "local-smtp" || first === "remote-smtp") return text.replace(/^.*@/s, "…@");
  if (first === "lookups") return redactUrl(text);
  return text.replace(/:\/\/[^/]*@/, "://…@");
}

/** A URL without user, password and query, in which the key of an API may stand. */
function redactUrl(text: string): string {
  const plain = text.replace(/^.*@/s, "…@").replace(/[?&=].*/s, "?…");
  // What stands before a mistyped @ looks like a host with an odd port.
  return plain.replace(/^(\w+:\/\/)(?!\[)[^/]*:(?!\d{1,5}(?:\/|$))[^/]*/s, "$1…");
}
