/**
 * What YAML comes to: a plain tree.
 *
 * @module
 */

/** A node: nothing, text, a list or a mapping. */
export type YamlValue = null | string | readonly YamlValue[] | YamlMapping;

/** A mapping, its keys in the order of the file. */
export interface YamlMapping {
  /** The value of one key. */
  readonly [key: string]: YamlValue;
}

/** Whether a node is a mapping. */
export function isMapping(value: YamlValue | undefined): value is YamlMapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a node is a list. */
export function isList(value: YamlValue | undefined): value is readonly YamlValue[] {
  return Array.isArray(value);
}
