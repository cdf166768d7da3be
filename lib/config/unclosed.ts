/**
 * What to do about a file that ends within brackets or quotes, as one does that was cut off.
 *
 * A remedy quotes nothing of the file but keys that we know: what else it holds may be a secret.
 *
 * @module
 */

import { missingBrackets } from "./brackets.ts";
import { DESCRIPTIONS } from "./descriptions.ts";
import { isList, isMapping, type YamlValue } from "./yaml_tree.ts";

/** Every key that a configuration may have somewhere. */
const KEYS: ReadonlySet<string> = new Set(
  Object.keys(DESCRIPTIONS).flatMap((path) => path.split(".")),
);

/** More brackets at the end of a file are not ours. */
const MOST_BRACKETS = 10;

/**
 * Says which brackets are missing, and where.
 *
 * @param text The whole file.
 * @param parse Reads a text that has been closed; throws where that did not help.
 */
export function unclosedRemedy(text: string, parse: (text: string) => YamlValue): string {
  const brackets = missingBrackets(text).slice(0, MOST_BRACKETS);
  if (brackets === "") return ": a quote or bracket is missing: is the file whole?";
  const where = placeOf(text, brackets, parse);
  const are = brackets.length === 1 ? "is" : "are";
  return `${where === "" ? "" : ` in ${where}`}: ${brackets} ${are} missing: is the file whole?`;
}

/** The last value of the file, as far as its keys are ours: `managers[0].rules[0].filter`. */
function placeOf(text: string, brackets: string, parse: (text: string) => YamlValue): string {
  try {
    return lastPath(parse(`${text}\n${brackets}`)).replace(/^\./, "");
  } catch {
    return "";
  }
}

function lastPath(node: YamlValue): string {
  if (isList(node)) {
    const last = node.at(-1);
    return last === undefined ? "" : `[${node.length - 1}]${lastPath(last)}`;
  }
  const [key, value] = isMapping(node) ? Object.entries(node).at(-1) ?? [] : [];
  if (key === undefined || value === undefined || !KEYS.has(key)) return "";
  return `.${key}${lastPath(value)}`;
}
