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
    return isCompiled(part) ? [part.text, part.source, part.target] : part;
  }) ?? "";
}

/** Of those the language says how they are written; what else is in them is its own affair. */
interface Compiled {
  readonly text?: unknown;
  readonly source?: unknown;
  readonly target?: unknown;
}

function isCompiled(part: unknown): part is Compiled {
  // A list has a `fill` of its own.
  if (typeof part !== "object" || part === null || Array.isArray(part)) return false;
  return ["test", "render", "fill", "search"].some((verb) =>
    typeof Reflect.get(part, verb) === "function"
  );
}
