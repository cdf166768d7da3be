/**
 * The fields of an operator's pack: texts with groups of its patterns in them.
 *
 * @module
 */

import type { Words } from "../language/expression.ts";
import { compileWords } from "../language/words.ts";
import { SEVERITIES, STATES } from "../routing/packs/pack.ts";
import { problem, quoting, type Reading, VALUE } from "./reading.ts";
import { suggest } from "./suggest.ts";

/** Fields that are one of a few words. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  severity: SEVERITIES,
  state: STATES,
};

/**
 * Reads one field.
 *
 * @param name Its name, which may say what it may hold.
 * @param groups Named groups of the pack's patterns.
 */
export function readPackField(
  name: string,
  text: string,
  groups: readonly string[],
): Reading<Words> {
  const words = Object.hasOwn(CLOSED, name) ? CLOSED[name] ?? [] : [];
  if (words.length > 0 && !text.includes("{{") && !words.includes(text)) {
    return problem(`unknown value ${VALUE}${suggest(text, words)}`);
  }
  const compiled = compileWords(text, new Set(groups));
  if (compiled.kind === "value") return compiled;
  return problem(`${VALUE}: ${quoting(compiled.text)}`);
}
