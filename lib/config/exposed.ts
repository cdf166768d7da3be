/**
 * Secrets in files that every user of the machine may read.
 *
 * @module
 */

import { checkSecret, looksLikeHash } from "../mail/password_hash.ts";
import { expandVariables } from "./expand.ts";
import type { KeyPath } from "./lines.ts";
import { isSecret, showPath } from "./problems.ts";
import { isList, isMapping, readYaml, type YamlValue } from "./yaml.ts";

/** Most secrets that a warning names. */
const MAX_PLACES = 10;

/** The right of everybody to read. */
const OTHERS_READ = 0o004;

/**
 * Looks for secrets that others may read.
 *
 * @param path The configuration file, which has been read before.
 * @param secretFiles The files of secrets and keys that it names.
 * @returns One sentence for each file, with what to do; without secrets.
 */
export async function findExposed(
  path: string,
  secretFiles: Iterable<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  if (await isExposed(path)) {
    const clear = secretsInClear(await Deno.readTextFile(path));
    if (clear.length > 0) {
      found.push(
        `every user of this machine may read ${path}, and ${sayPlaces(clear)}: chmod o= ${path}, ` +
          "or keep secrets in files of their own",
      );
    }
  }
  for (const file of new Set(secretFiles)) {
    if (await isExposed(file)) {
      found.push(`every user of this machine may read the secret in ${file}: chmod o= ${file}`);
    }
  }
  return found;
}

/** Where secrets stand in a text themselves, neither as variables nor as hashes. */
export function secretsInClear(text: string): readonly string[] {
  const yaml = readYaml(text);
  return yaml.kind === "tree" ? [...within(yaml.tree, [])] : [];
}

function sayPlaces(places: readonly string[]): string {
  if (places.length === 1) return `the secret in ${places[0]}`;
  const surplus = places.length - MAX_PLACES;
  const more = surplus > 0 ? `, and ${surplus} more` : "";
  return `the secrets in ${places.slice(0, MAX_PLACES).join(", ")}${more}`;
}

function* within(node: YamlValue, path: KeyPath): Iterable<string> {
  if (isList(node)) {
    for (const [index, item] of node.entries()) yield* within(item, [...path, index]);
  } else if (isMapping(node)) {
    for (const [key, item] of Object.entries(node)) yield* within(item, [...path, key]);
  } else if (node !== null && isSecret(path) && isClear(node)) {
    yield showPath(path);
  }
}

function isClear(text: string): boolean {
  return text !== "" && !(looksLikeHash(text) && checkSecret(text) === null) &&
    expandVariables(text, () => "").text === text.replace(/\$\$(?=[A-Za-z_{])/g, "$");
}

async function isExposed(path: string): Promise<boolean> {
  try {
    const { mode } = await Deno.stat(path);
    return mode !== null && (mode & OTHERS_READ) !== 0;
  } catch {
    // It has been read a moment ago; who took it away meanwhile has other worries.
    return false;
  }
}
