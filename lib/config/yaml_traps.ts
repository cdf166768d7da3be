/**
 * Where people who know conditions and templates stumble over YAML, and how they get up again. The
 * library says what it expected there, which is of no help to them.
 *
 * A remedy never quotes the file: it may hold a secret.
 *
 * @module
 */

import { isList, isMapping, type YamlMapping, type YamlValue } from "./yaml_tree.ts";

/** Where a value is at fault, and what to do about it. */
export interface Trap {
  /** From 1. */
  readonly line: number;
  /** What must be written otherwise. */
  readonly remedy: string;
}

/** Keys whose values are most often written without quotes, so that a remedy may name them. */
const KEYS = ["when", "subject", "text", "mailto"];

/** What a mapping is called that stands where the library expects a word. */
const MAPPING_AS_KEY = "[object Object]";

/**
 * Finds the trap that a text has fallen into.
 *
 * @param what What the library says.
 * @param line Where it says so, from 1: the line of the value, or the one after it.
 */
export function findTrap(what: string, text: string, line: number): Trap | null {
  const lines = text.split("\n");
  // It sees some mistakes only when the next line does not go on with the value.
  const late = /implicit key|\btag\b/.test(what);
  for (const candidate of late ? [line, line - 1] : [line]) {
    const remedy = remedyFor(what, lines, candidate - 1);
    if (remedy !== null) return { line: candidate, remedy };
  }
  return null;
}

/** The paths of values that should have been `{{…}}` in quotes and became mappings of mappings. */
export function unquotedTemplates(
  node: YamlValue,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (isMapping(node) && isUnquoted(node)) return [path];
  if (!isList(node) && !isMapping(node)) return [];
  const items = isList(node) ? [...node.entries()] : Object.entries(node);
  return items.flatMap(([key, item]) => unquotedTemplates(item, [...path, key]));
}

function isUnquoted(node: YamlMapping): boolean {
  return Object.keys(node)[0] === MAPPING_AS_KEY;
}

/** One line: perhaps dashes and a key, then a value. */
const ENTRY = /^(\s*(?:- +)*(?:([\w-]+):\s+)?)(\S.*)?$/;
const QUOTED = /"(?:\\.|[^"\\])*"|'(?:''|[^'])*'/g;

function remedyFor(what: string, lines: readonly string[], index: number): string | null {
  const line = lines[index]?.trimEnd() ?? "";
  const [, before = "", key = "", value = ""] = ENTRY.exec(line) ?? [];
  const below = `below ${KEYS.includes(key) ? `${key}: ` : ""}|`;
  if (before.trim() === "") {
    return /\s#/.test(lines[index - 1] ?? "") && /indentation/.test(what)
      ? "a comment ends a value of several lines: move it, or put the value below |"
      : null;
  }
  const begin = /^(?:\{\{|[!&*@`%])/.exec(value)?.[0];
  if (begin !== undefined) {
    const sample = key === "when" ? `: when: '${begin}…'` : "";
    return `a value that begins with ${begin} must stand in quotes${sample}`;
  }
  if (/^(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')\s*[^\s#:,}\]]/.test(value)) {
    return `text after a closing quote: put the whole value into '…', or ${below}`;
  }
  if (/^[[{]/.test(value)) return remedyInBrackets(what, value.replace(QUOTED, "q"), below);
  return remedyInText(what, { key, value, below });
}

function remedyInBrackets(what: string, bare: string, below: string): string | null {
  const after = /^(?:\[[^[\]]*\]|\{[^{}]*\})\s*[^\s#:,}\]]/.test(bare);
  if (after && /missing colon|implicit key/.test(what)) {
    return `text after a closing bracket: put the whole value into '…', or ${below}`;
  }
  if (!/\{\{|[^\s,[{]\{/.test(bare)) return null;
  return "what has {{…}} in it must stand in quotes between brackets, as in " +
    '["mailto:{{lookup.owner.email}}"]';
}

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly below: string;
}

function remedyInText(what: string, { key, value, below }: Entry): string | null {
  if (/^[|>]\s*[^\s#\d+-]/.test(value)) {
    return `after ${value[0]} the text begins on the next line, set in`;
  }
  if (/escape/.test(what)) return `a backslash in "…" begins an escape: use '…', or ${below}`;
  if (KEYS.includes(key) && /:(?:\s|$)/.test(value)) {
    return `a value with a colon and a blank after it must stand in '…', or ${below}`;
  }
  return null;
}
