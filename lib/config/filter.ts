/**
 * The functions that a filter may call, and the events that it may name.
 *
 * @module
 */

import { readPattern } from "./pattern.ts";
import type { Problem } from "./problems.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import { suggest } from "./suggest.ts";
import type { FilterTest } from "./types.ts";

/** Every event that a manager can find in a mail: of stages, and of the GoCD server itself. */
const EVENTS = [
  "BREAKS",
  "FIXED",
  "PASSES",
  "FAILS",
  "CANCELLED",
  "ARTIFACTS_DISK_LOW",
  "ARTIFACTS_DISK_FULL",
  "DATABASE_DISK_LOW",
  "DATABASE_DISK_FULL",
  "BACKUP_SUCCEEDED",
  "BACKUP_FAILED",
  "TEST_MAIL",
];

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

/** Reads the name of an event. */
export function readEvent(text: string): Reading<string> {
  if (EVENTS.includes(text)) return value(text);
  return problem(`unknown event ${VALUE}${suggest(text, EVENTS)}`);
}

/** Reads the name of a function for a manager of some type; of an unknown type: any function. */
export function readFunction(name: string, managerType: string): Reading<string> {
  if (!FUNCTIONS.includes(name)) {
    return problem(`unknown function ${VALUE}${suggest(name, FUNCTIONS)}`);
  }
  if (managerType === "mail" && name.startsWith("pipelines.")) {
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
