/**
 * What variables put into the URL of a lookup: most often keys of APIs that know no better place.
 *
 * @module
 */

import { type Environment, expandVariables } from "./expand.ts";
import { valueAt } from "./lines.ts";
import type { YamlValue } from "./yaml.ts";

/** Shorter texts stand in too many places by chance, and keep nobody out. */
const MIN_SECRET_LENGTH = 4;
/** Stand around what a variable was replaced by; no variable may hold them in a URL. */
const BEGIN = "\u0002";
const END = "\u0003";

/**
 * Finds what is to be hidden wherever the URL of a lookup is shown: the texts that variables put
 * behind its host. Each as the file and, where that differs, as a request writes it.
 *
 * @param tree The file, before variables were replaced.
 */
export function urlSecrets(
  tree: YamlValue,
  lookup: string,
  environment: Environment,
): readonly string[] {
  const written = valueAt(tree, ["lookups", lookup, "url"]);
  if (typeof written !== "string") return [];
  const marked = expandVariables(written, (name) => {
    const found = environment(name);
    return found === undefined ? undefined : `${BEGIN}${found}${END}`;
  }).text;
  // What stands in a placeholder is a name, and never a part of a URL.
  const [, rest = ""] = /^(?:[^/]*\/\/)?[^/?#]*([^]*)$/.exec(marked) ?? [];
  const secrets = insideOf(marked.length - rest.length, marked)
    .flatMap((text) => text.split(/\{\{[^]*?\}\}/))
    .map((text) => text.replace(/^[/?&]+|[/?&]+$/g, ""))
    .flatMap((text) => [text, asRequested(text)])
    .filter((text) => text.length >= MIN_SECRET_LENGTH);
  return [...new Set(secrets)];
}

/** What variables put into a marked text from a position on. */
function insideOf(from: number, marked: string): readonly string[] {
  const open = marked.lastIndexOf(BEGIN, from - 1) > marked.lastIndexOf(END, from - 1);
  const rest = `${open ? BEGIN : ""}${marked.slice(from)}`;
  return rest.split(BEGIN).slice(1).map((piece) => piece.split(END)[0] ?? "");
}

/** Most of what a URL may not hold is encoded alike in its path and in its query. */
function asRequested(text: string): string {
  const { pathname } = new URL(`http://host/${text.replaceAll("?", "%3F")}`);
  return pathname.slice(1).replaceAll("%3F", "?");
}
