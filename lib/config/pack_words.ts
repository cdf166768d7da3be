/**
 * The fields of an operator's pack: texts with groups of its patterns in them, or words by what a
 * group matched.
 *
 * @module
 */

import type { Words } from "../language/expression.ts";
import { compileWords } from "../language/words.ts";
import { SEVERITIES, STATES } from "../routing/packs/pack.ts";
import type { Problem } from "./problems.ts";
import { problem, quoting, type Reading, VALUE, value } from "./reading.ts";
import type { ByGroupShape } from "./shape_routing.ts";
import { suggest } from "./suggest.ts";

/** Fields that are one of a few words. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  severity: SEVERITIES,
  state: STATES,
};

/** A field, or what is wrong with it; paths are relative to it. */
export type FieldReading =
  | { readonly kind: "value"; readonly value: Words }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads one field.
 *
 * @param name Its name, which may say what it may hold.
 * @param groups Named groups of the pack's patterns.
 */
export function readPackField(
  name: string,
  field: string | ByGroupShape,
  groups: readonly string[],
): FieldReading {
  const words = Object.hasOwn(CLOSED, name) ? CLOSED[name] ?? [] : [];
  if (typeof field === "string") return alone(readText(name, field, { words, groups }));
  const group = readGroup(field.group, groups);
  const problems: readonly Problem[] = [
    ...group.kind === "problem" ? [{ path: ["group"], text: group.text }] : [],
    ...Object.entries(field.words)
      .filter(([, word]) => words.length > 0 && !words.includes(word))
      .map(([key, word]) => ({
        path: ["words", key],
        text: `unknown value ${VALUE}${suggest(word, words)}`,
      })),
  ];
  return problems.length > 0
    ? { kind: "problems", problems }
    : { kind: "value", value: byGroup(field) };
}

/** Reads the name of a group. */
export function readGroup(name: string, groups: readonly string[]): Reading<string> {
  if (groups.includes(name)) return value(name);
  const remedy = groups.length === 0
    ? ": the patterns have none: write (?<name>…)"
    : suggest(name, groups);
  return problem(`unknown group ${VALUE}${remedy}`);
}

function alone(reading: Reading<Words>): FieldReading {
  if (reading.kind === "value") return reading;
  return { kind: "problems", problems: [{ path: [], text: reading.text }] };
}

interface Known {
  /** All that the field may be; none: anything. */
  readonly words: readonly string[];
  readonly groups: readonly string[];
}

function readText(name: string, text: string, { words, groups }: Known): Reading<Words> {
  if (words.length > 0 && text.includes("{{")) {
    // What a mail says is most often another word, and would count as nothing without a word.
    return problem(
      `${VALUE}: a mail may say anything: expected one of ${words.join(", ")}, or a mapping such ` +
        `as ${name}: {group: ${groups[0] ?? "what"}, words: {full: ${words.at(-1)}}}`,
    );
  }
  if (words.length > 0 && !words.includes(text)) {
    return problem(`unknown value ${VALUE}${suggest(text, words)}`);
  }
  const compiled = compileWords(text, new Set(groups));
  if (compiled.kind === "value") return compiled;
  return problem(`${VALUE}: ${quoting(compiled.text)}`);
}

/** The word for what the group matched, in any case; else nothing. */
function byGroup({ group, words }: ByGroupShape): Words {
  const known = new Map(Object.entries(words).map(([key, word]) => [key.toLowerCase(), word]));
  return {
    text: JSON.stringify({ group, words }),
    fill: (values) =>
      (Object.hasOwn(values, group) && known.get(values[group]?.toLowerCase() ?? "")) || "",
  };
}
