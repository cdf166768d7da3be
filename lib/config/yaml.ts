/**
 * YAML text to a plain tree. This file and no other knows the YAML library.
 *
 * Every scalar is read as its text (the failsafe schema of YAML 1.2 §10.1): `args: [012]` stays
 * `012`, a date stays harmless, and no tag makes an object. Aliases are copied out and merge keys
 * (`<<`) resolved here, within bounds, so that whoever walks the tree needs none.
 *
 * @module
 */

import { parse } from "@std/yaml/parse";
import { reasonOf } from "../errors.ts";
import type { Answered } from "../language/scope.ts";
import { missingBrackets } from "./brackets.ts";
import { unclosedRemedy } from "./unclosed.ts";
import { findTrap } from "./yaml_traps.ts";
import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml_tree.ts";

export { isList, isMapping, type YamlMapping, type YamlValue };

/** The tree, or why there is none. */
export type YamlReading =
  | { readonly kind: "tree"; readonly tree: YamlValue }
  | { readonly kind: "unreadable"; readonly line: number; readonly reason: string };

/** Most nodes once aliases are copied out: "billion laughs" in nine lines would be 10^9. */
const MAX_NODES = 100_000;
/** Deepest nesting; the deepest that we understand is 7. */
const MAX_DEPTH = 50;
/** Our side of the library, which has no types. */
const parseYaml: (text: string, options: { schema: "failsafe" | "core" }) => unknown = parse;

/**
 * Reads one document.
 *
 * @param text The text, at most what the caller holds to be reasonable: time is linear in it.
 * @returns The tree (`null` for an empty document), or the line, from 1, and what is wrong
 * there. The reason never quotes the text: it may hold a secret.
 */
export function readYaml(text: string): YamlReading {
  const tab = tabIndent(text);
  if (tab !== null) return tab;
  try {
    return { kind: "tree", tree: copy(parseYaml(text, { schema: "failsafe" })) };
  } catch (error) {
    // The library throws its own class for syntax and RangeError for a full stack; both mean that
    // the text is at fault, and a file of the operator must never end in a stack trace.
    return explain(reasonOf(error), text);
  }
}

/**
 * Reads one document once more, its numbers, booleans and nulls as such.
 *
 * @param text What {@link readYaml} took for a tree; so it is bounded, and holds no tag.
 */
export function readTypedYaml(text: string): Answered {
  return typed(parseYaml(text, { schema: "core" }));
}

function copy(value: unknown, budget = { nodes: MAX_NODES }, depth = 0): YamlValue {
  if (depth > MAX_DEPTH) {
    throw new Error(`Cannot read document: nested over ${MAX_DEPTH} levels deep`);
  }
  if (--budget.nodes < 0) {
    throw new Error(`Cannot read document: over ${MAX_NODES} values once aliases are resolved`);
  }
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => copy(item, budget, depth + 1));
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).map(([key, item]) =>
    [key, copy(item, budget, depth + 1)] as const
  );
  return merge(Object.fromEntries(entries));
}

/** Resolves `<<`: what the mapping says itself wins, then the earlier of several. */
function merge<T>(mapping: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  if (!Object.hasOwn(mapping, "<<")) return mapping;
  const { "<<": merged, ...own } = mapping;
  const sources: readonly unknown[] = Array.isArray(merged) ? merged : [merged];
  // Left as it is when it merges something else: then `<<` is an unknown key, and reported so.
  const isSource = (item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item);
  if (!sources.every(isSource)) return mapping;
  return Object.assign({}, ...sources.toReversed(), own);
}

function typed(value: unknown): Answered {
  if (typeof value === "string" || typeof value === "boolean") return value;
  // No JSON holds what is no finite number.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(typed);
  if (typeof value !== "object" || value === null) return null;
  return merge(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typed(item)])));
}

function explain(message: string, text: string): YamlReading {
  const [, what = "Cannot read document", line = "1", column = "1"] =
    /^([^]*?) at line (\d+), column (\d+)/.exec(message) ?? [null, message.split("\n")[0]];
  const character = text.split("\n")[Number(line) - 1]?.[Number(column) - 1] ?? "";
  const trap = findTrap(what, text, Number(line));
  if (trap !== null) {
    return { kind: "unreadable", line: trap.line, reason: `${redact(what)}; ${trap.remedy}` };
  }
  const key = /duplicated key/.test(what) ? keyTwice(text, Number(line)) : "";
  const hint = "@`%".includes(character) && character !== ""
    ? `; a value that begins with ${character} must stand in quotes`
    : key !== ""
    ? `: ${key} is there already: remove one of the two`
    : /unexpected end/i.test(what)
    ? unclosedRemedy(text, (closed) => copy(parseYaml(closed, { schema: "failsafe" })))
    : /implicit key|mapping pair is incomplete/.test(what)
    ? "; a blank must follow the colon of a key, and a value with a colon may need quotes"
    : "";
  // At the end of the text the library counts a line that is not there.
  const last = Math.min(Number(line), text.split("\n").length);
  return { kind: "unreadable", line: last, reason: `${redact(what)}${hint}` };
}

/** The key that a line has after its dashes, where it looks like one of ours. */
function keyTwice(text: string, line: number): string {
  const [, key = ""] =
    /^\s*(?:- +)*([a-z][a-z-]*):(?:\s|$)/.exec(text.split("\n")[line - 1] ?? "") ??
      [];
  return key;
}

/** Cuts what the library quotes: `passwd: *pelle` is an "unidentified alias" and a password. */
function redact(message: string): string {
  if (message.includes("call stack")) return "Cannot read document: nested too deep";
  return message.replace(/ !<.*/s, "").replace(/ ".*/s, "").replace(/[^\x20-\x7e]/g, "")
    .slice(0, 200);
}

/**
 * Finds an entry that is indented with a tab. YAML forbids it (§6.1); the library takes the entry
 * for one of the mapping outside. Within brackets, as in JSON, tabs are fine.
 */
function tabIndent(text: string): YamlReading | null {
  const indented = /^ *\t\s*(?:- |[\w-]+:(?:\s|$))/m.exec(text);
  if (indented === null || missingBrackets(text.slice(0, indented.index)) !== "") return null;
  const line = text.slice(0, indented.index).split("\n").length;
  return { kind: "unreadable", line, reason: "Cannot read indentation: a tab: write blanks" };
}
