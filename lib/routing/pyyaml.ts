/**
 * YAML as PyYAML's `yaml.dump(report, default_flow_style=False)` writes it, octet for octet:
 * scripts of 2017 read the output of `--test`, and people compare it with `diff`.
 *
 * Keys are sorted by code point, a list stands below its key without indentation, an empty
 * collection is `[]` or `{}`, and a key that is long, empty or of several lines begins with `?`.
 *
 * @module
 */

import { scalarStyle, writeScalar } from "./pyyaml_scalar.ts";

/** What can be written. */
export type YamlValue = string | null | readonly YamlValue[] | {
  readonly [key: string]: YamlValue;
};

/** Longest simple key: PyYAML counts 128, and takes five for the tag that it does not write. */
const MAX_SIMPLE_KEY = 122;

/** Writes a document, with the newline at its end. */
export function formatYaml(value: YamlValue): string {
  const text = isCollection(value) ? block(value, 0) : inline(value, 0, 0);
  return `${text.trimStart()}\n`;
}

/** A collection that needs lines of its own. */
function isCollection(value: YamlValue): value is Exclude<YamlValue, string | null> {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** A value on the line that has begun; `column` is where it starts. */
function inline(value: YamlValue, column: number, indent: number): string {
  if (value === null) return "null";
  if (typeof value !== "string") return Array.isArray(value) ? "[]" : "{}";
  const place = { column, indent: indent + 2, fold: true };
  return writeScalar(value, scalarStyle(value, false), place);
}

/** A collection; each of its lines begins with a newline and `indent` blanks. */
function block(value: Exclude<YamlValue, string | null>, indent: number): string {
  const lead = `\n${" ".repeat(indent)}`;
  if (isList(value)) return value.map((item) => `${lead}-${after(item, indent)}`).join("");
  return Object.keys(value).sort(byCodePoint)
    .map((key) => lead + entry(key, value[key] ?? null, indent)).join("");
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** What follows the `-` of an item, or the `?` or `:` of a long entry. */
function after(value: YamlValue, indent: number): string {
  if (!isCollection(value)) return ` ${inline(value, indent + 2, indent)}`;
  return ` ${block(value, indent + 2).trimStart()}`;
}

function entry(key: string, value: YamlValue, indent: number): string {
  const length = [...key].length;
  if (length === 0 || length > MAX_SIMPLE_KEY || /[\n\x85\u2028\u2029]/.test(key)) {
    return `?${after(key, indent)}\n${" ".repeat(indent)}:${after(value, indent)}`;
  }
  const place = { column: indent, indent: indent + 2, fold: false };
  const name = writeScalar(key, scalarStyle(key, true), place);
  if (!isCollection(value)) return `${name}: ${inline(value, indent + name.length + 2, indent)}`;
  return `${name}:${block(value, isList(value) ? indent : indent + 2)}`;
}

/** Python's order of strings; JavaScript's own differs beyond the basic plane. */
function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1);
}
