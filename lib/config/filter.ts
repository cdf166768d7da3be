/**
 * The functions that a filter may call.
 *
 * @module
 */

import { readPattern } from "./pattern.ts";
import type { Problem } from "./problems.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import { suggest } from "./suggest.ts";
import type { FilterTest } from "./types.ts";

/** Every function; those of `pipelines` know pipelines, so they are for managers of type gocd. */
const FUNCTIONS = [
  "mail.in_subject",
  "pipelines.any",
  "pipelines.all",
  "pipelines.in_group",
  "pipelines.name_like_in_group",
];

/** A test, or what is wrong with it; paths are relative to the filter. */
export type TestReading =
  | { readonly kind: "value"; readonly value: FilterTest }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads the name of a function.
 *
 * @param pipelines Whether the manager may know pipelines.
 */
export function readFunction(name: string, pipelines: boolean): Reading<string> {
  if (!FUNCTIONS.includes(name)) {
    return problem(`unknown function ${VALUE}${suggest(name, FUNCTIONS)}`);
  }
  if (!pipelines && name.startsWith("pipelines.")) {
    return problem(`${VALUE}: only for managers of type gocd: use mail.in_subject`);
  }
  return value(name);
}

/** Reads a function with its arguments; a name that is no function gives no problem here. */
export function readTest(name: string, args: readonly string[]): TestReading {
  const [first = "", second = ""] = args;
  switch (name) {
    case "mail.in_subject":
      return { kind: "value", value: { function: name, words: args } };
    case "pipelines.any":
    case "pipelines.all":
      if (args.length > 0) return wrongArguments("no argument", args);
      return { kind: "value", value: { function: "pipelines.any" } };
    case "pipelines.in_group":
      if (args.length !== 1) return wrongArguments("1 argument, the group", args);
      return { kind: "value", value: { function: name, group: first } };
    case "pipelines.name_like_in_group": {
      if (args.length !== 2) return wrongArguments("2 arguments, a pattern and the group", args);
      const pattern = readPattern(first);
      if (pattern.kind === "problem") return problems(["args", 0], pattern.text);
      return { kind: "value", value: { function: name, pattern: pattern.value, group: second } };
    }
    default:
      return { kind: "problems", problems: [] };
  }
}

function wrongArguments(expected: string, args: readonly string[]): TestReading {
  return problems(["args"], `expected ${expected}: there are ${args.length}`);
}

function problems(path: Problem["path"], text: string): TestReading {
  return { kind: "problems", problems: [{ path, text }] };
}
