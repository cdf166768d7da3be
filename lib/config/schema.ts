/**
 * From a tree to the shape of the file. The schema itself is in `_file.ts`; what keys mean together
 * is in `contradictions.ts`.
 *
 * @module
 */

import { fileSchema, type SchemaContext } from "./_file.ts";
import type { Problem } from "./problems.ts";
import type { FileShape } from "./shape.ts";
import type { YamlValue } from "./yaml.ts";

export type { SchemaContext };

/** The shape of a tree, or every problem with it. */
export type ShapeReading =
  | { readonly kind: "shape"; readonly shape: FileShape }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads a tree whose variables are replaced.
 *
 * @param context What the files that it names are read with, and the words that it may use.
 */
export function readShape(tree: YamlValue, context: SchemaContext): ShapeReading {
  const result = fileSchema(tree, context).safeParse(tree);
  if (result.success) return { kind: "shape", shape: result.data };
  const problems = result.error.issues.map(({ path, message }) => ({
    path: path.map((key) => typeof key === "number" ? key : String(key)),
    text: message,
  }));
  return { kind: "problems", problems };
}
