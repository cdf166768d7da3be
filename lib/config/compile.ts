/**
 * Conditions, templates and patterns of the file, as values or problems with a remedy.
 *
 * @module
 */

import { compileCondition } from "../language/condition.ts";
import type { Condition, Template, TemplateTarget } from "../language/expression.ts";
import { compilePattern, type Pattern } from "../language/pattern.ts";
import type { Compiled, Names } from "../language/scope.ts";
import { compileTemplate } from "../language/template.ts";
import { problem, quoting, type Reading, VALUE } from "./reading.ts";

/** Reads a condition in CEL. */
export function readCondition(text: string, names: Names): Reading<Condition> {
  if (text.trim() === "") {
    return problem(`${VALUE}: empty: expected a condition, such as true, which takes every mail`);
  }
  const compiled = compileCondition(text, names);
  if (compiled.kind === "value" || !compiled.text.endsWith("not closed on its line")) {
    return reading(compiled);
  }
  const comment = "; a # after a blank begins a comment: then put the whole condition into '…', " +
    "or below when: |";
  return reading({ ...compiled, text: compiled.text + comment });
}

/** Reads a text with `{{…}}` in it; an empty one is a mistake. */
export function readTemplate(
  text: string,
  target: TemplateTarget,
  names: Names,
): Reading<Template> {
  if (text === "") return problem(`${VALUE}: empty: expected a text, such as {{mail.subject}}`);
  return reading(compileTemplate(text, { names, target }));
}

/** Reads a regular expression. */
export function readRe2(text: string): Reading<Pattern> {
  if (text === "") return problem(`${VALUE}: empty: expected a regular expression`);
  return reading(compilePattern(text));
}

/** A text as it is without its `{{…}}`, each of them a letter: for what must be right around them. */
export function withoutPlaceholders(text: string): string {
  return text.replace(/\{\{.*?\}\}/gs, "x");
}

function reading<T>(compiled: Compiled<T>): Reading<T> {
  if (compiled.kind === "value") return compiled;
  return problem(`${VALUE}: ${quoting(compiled.text)}`);
}
