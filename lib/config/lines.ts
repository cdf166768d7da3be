/**
 * The line of a key path. The YAML library keeps no positions, so the line is found by parsing:
 * it is the shortest run of leading lines whose parse already holds the path.
 *
 * Once a run that parses holds a path, so does every longer one that parses; hence bisection.
 * A run may end inside a flow collection or a quoted text and not parse: where only closing
 * brackets are missing they are added, else the next shorter run stands in for it.
 *
 * @module
 */

import { missingBrackets } from "./brackets.ts";
import { isList, isMapping, readYaml, type YamlValue } from "./yaml.ts";

/** The keys and list positions that lead to a value, from the top. */
export type KeyPath = readonly (string | number)[];

/** Characters that one finder parses at most: a few seconds; beyond it lines get coarse. */
const PARSE_BUDGET = 40_000_000;
/** How much more it costs to parse what does not parse: the library makes an error each time. */
const FAILURE_COST = 10;

/**
 * Makes a finder for one text. It costs nothing until it is asked.
 *
 * @param text The whole text, which must parse.
 * @returns A function from a path to its line, from 1. A path that is not there has the line of
 * its nearest parent.
 */
export function lineFinder(text: string): (path: KeyPath) => number {
  const runs = new Runs(text);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = runs.shortestWith(path.slice(0, length));
      if (line > 0) return line;
    }
    return 1;
  };
}

/** The runs of leading lines of a text, each parsed at most once and only when asked for. */
class Runs {
  readonly #lines: readonly string[];
  readonly #trees = new Map<number, YamlValue | undefined>();
  #budget = PARSE_BUDGET;

  constructor(text: string) {
    this.#lines = text.split("\n");
  }

  /** Invariant: no run of `without` lines or fewer holds the path, and the one of `line` does. */
  shortestWith(path: KeyPath): number {
    let without = 0;
    let line = this.#lines.length;
    if (!holds(this.#parse(line), path)) return 0;
    while (without + 1 < line && this.#budget > 0) {
      const middle = Math.floor((without + line) / 2);
      const length = this.#longestParsed(without, middle);
      if (length > 0 && holds(this.#parse(length), path)) line = length;
      else without = middle;
    }
    return line;
  }

  /** The longest run of more than `above` and at most `most` lines that parses; 0 for none. */
  #longestParsed(above: number, most: number): number {
    for (let length = most; length > above && this.#budget > 0; length--) {
      if (this.#parse(length) !== undefined) return length;
    }
    return 0;
  }

  #parse(length: number): YamlValue | undefined {
    if (!this.#trees.has(length)) {
      const run = this.#lines.slice(0, length).join("\n");
      const tree = parseLoosely(run);
      this.#budget -= tree === undefined ? run.length * FAILURE_COST : run.length;
      this.#trees.set(length, tree);
    }
    return this.#trees.get(length);
  }
}

/** Whether a tree has something, be it `null`, at a path. */
function holds(tree: YamlValue | undefined, path: KeyPath): boolean {
  return valueAt(tree, path) !== undefined;
}

/** What a tree has at a path; `undefined` for nothing. */
export function valueAt(tree: YamlValue | undefined, path: KeyPath): YamlValue | undefined {
  let node = tree;
  for (const key of path) {
    if (isMapping(node) && Object.hasOwn(node, key)) node = node[key];
    else if (isList(node) && typeof key === "number") node = node[key];
    else return undefined;
  }
  return node;
}

function parseLoosely(run: string): YamlValue | undefined {
  const whole = readYaml(run);
  if (whole.kind === "tree") return whole.tree;
  const brackets = missingBrackets(run);
  if (brackets === "") return undefined;
  // Far to the right: a bracket must be indented deeper than the block around its collection.
  const closed = readYaml(`${run}\n${" ".repeat(100)}${brackets}`);
  return closed.kind === "tree" ? closed.tree : undefined;
}
