/**
 * Answers of lookups that stand in the file: in `on-missing` and in tests. They must be what a
 * server could have answered, where 3 is a number and true is no text; so the file is read once more
 * for them, with YAML's core schema.
 *
 * @module
 */

import type { Answered } from "../language/scope.ts";
import { readTypedYaml } from "./yaml.ts";

/** Where the answers are, by what they are for. */
export interface WrittenAnswers {
  /** What stands in for a lookup; `null` for nothing. */
  standIn(lookup: string): Answered;
  /** The answers of one test, by lookup. */
  ofTest(index: number): Readonly<Record<string, Answered>>;
}

/**
 * Finds the answers in a file; it is not read before somebody asks.
 *
 * @param text The file, which must parse.
 * @param expand Replaces variables in a text.
 */
export function writtenAnswers(text: string, expand: (text: string) => string): WrittenAnswers {
  let tree: Answered | undefined;
  const at = (...path: readonly (string | number)[]): Answered => {
    tree ??= readTypedYaml(text);
    return expandAll(path.reduce(below, tree), expand);
  };
  return {
    standIn: (lookup) => at("lookups", lookup, "on-missing"),
    ofTest: (index) => {
      const answers = at("tests", index, "lookups");
      return isRecord(answers) ? answers : {};
    },
  };
}

function below(node: Answered, key: string | number): Answered {
  if (isRecord(node)) return Object.hasOwn(node, key) ? node[key] ?? null : null;
  return Array.isArray(node) ? node[Number(key)] ?? null : null;
}

function expandAll(node: Answered, expand: (text: string) => string): Answered {
  if (typeof node === "string") return expand(node);
  if (Array.isArray(node)) return node.map((item) => expandAll(item, expand));
  if (!isRecord(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, item]) => [key, expandAll(item, expand)]),
  );
}

function isRecord(node: Answered): node is { readonly [key: string]: Answered } {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
