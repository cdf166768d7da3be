/**
 * `mail2alert schema`: the configuration's JSON Schema, for editors that complete and check YAML.
 * Reads no file and asks nobody.
 *
 * @module
 */

import { jsonSchema } from "../config/json_schema.ts";
import type { Terminal } from "./terminal.ts";

/** Prints the schema. */
export function schema(terminal: Terminal): void {
  terminal.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
}
