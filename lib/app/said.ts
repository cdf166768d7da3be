/**
 * What a part of the configuration says, as one text: two that say the same are the same. It holds
 * secrets, and stays in memory.
 *
 * @module
 */

/** Writes a value down. Of what was compiled (conditions, templates, patterns) its source counts. */
export function said(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part instanceof RegExp) return `/${part.source}/${part.flags}`;
    if (part instanceof Map) return ["map", ...part];
    if (part instanceof Set) return ["set", ...part];
    return part;
  }) ?? "";
}
