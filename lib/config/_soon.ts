/**
 * Stands in for the language of templates until it is there: takes every text as it is.
 *
 * @module
 */

import type { Template, TemplateTarget, Words } from "../language/expression.ts";
import type { Compiled, Names } from "../language/scope.ts";

/** A template that puts nothing in. */
export function compileTemplate(
  text: string,
  { names, target }: { readonly names: Names; readonly target: TemplateTarget },
): Compiled<Template> {
  const named = [...text.matchAll(/\{\{\s*lookup\.(\w+)/g)].map(([, name = ""]) => name);
  const unknown = named.find((name) => !names.lookups.has(name));
  if (unknown !== undefined) return { kind: "problem", text: `unknown lookup "${unknown}"` };
  const render = () => ({ kind: "text" as const, text });
  return {
    kind: "value",
    value: { text, target, needs: { lookups: named, text: false }, render },
  };
}

/** Words that put nothing in. */
export function compileWords(text: string, names: ReadonlySet<string>): Compiled<Words> {
  const named = [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = ""]) => name);
  const unknown = named.find((name) => !names.has(name));
  if (unknown !== undefined) return { kind: "problem", text: `unknown name "${unknown}"` };
  return { kind: "value", value: { text, fill: () => text } };
}
