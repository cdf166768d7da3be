/**
 * Texts of operators' own packs: `title: "Backup of {{host}} failed"`, where the names are those
 * of the groups of one pattern.
 *
 * @module
 */

import { compiled, problem } from "./compiled.ts";
import { forLine } from "./escape.ts";
import type { Words } from "./expression.ts";
import { type Filled, Missing, textOf } from "./filled.ts";
import { parseTemplate, type Subject } from "./placeholder.ts";
import type { Compiled } from "./scope.ts";
import { compileSlots, type Resolve, type Slot, type Source } from "./slots.ts";
import { suggest } from "./suggest.ts";
import { Doubt } from "./values.ts";

type Groups = Readonly<Record<string, string>>;

/**
 * Compiles a text with the filters of templates.
 *
 * @param names The groups that the pattern has.
 */
export function compileWords(text: string, names: ReadonlySet<string>): Compiled<Words> {
  const pieces = parseTemplate(text);
  if (pieces.kind === "problem") return pieces;
  const slots = compileSlots(text, pieces.value, resolveGroups(names));
  if (slots.kind === "problem") return slots;
  return compiled({ text, fill: (values) => fill(slots.value, values) });
}

function resolveGroups(names: ReadonlySet<string>): Resolve<Groups> {
  return (subject) => {
    if (subject.kind === "text") return source(() => subject.text);
    const name = nameOf(subject);
    if (name === null) return problem("only the name of a group may stand here, as in {{host}}");
    if (!names.has(name)) {
      const known = [...names];
      const end = known.length === 0 ? ": the pattern has no groups" : suggest(name, known);
      return problem(`there is no group ${JSON.stringify(name)}${end}`);
    }
    return source((groups) => {
      const value = Object.hasOwn(groups, name) ? groups[name] : undefined;
      return value === undefined || value === "" ? new Missing("empty", true) : value;
    });
  };
}

function nameOf({ path, argument }: Extract<Subject, { kind: "name" }>): string | null {
  const [name, ...rest] = path;
  return name === undefined || rest.length > 0 || argument !== null ? null : name;
}

function source(read: (groups: Groups) => Filled): Compiled<Source<Groups>> {
  return compiled({ text: false, read });
}

function fill(slots: readonly Slot<Groups>[], values: Groups): string {
  let text = "";
  for (const slot of slots) {
    text += slot.kind === "literal" ? slot.text : plain(slot.read(values));
  }
  return forLine(text);
}

function plain(value: Filled | Doubt): string {
  const text = value instanceof Doubt ? "" : textOf(value);
  return text instanceof Missing ? "" : text;
}
