/**
 * Templates: `Stage of {{fields.pipeline}} failed`, `mailto:{{lookup.owner.email}}`.
 *
 * One small language for subjects, texts, addresses, URLs and headers. The target is fixed when it
 * is compiled, and what is put in is escaped for it: no filter and no value can switch that off,
 * and values are never read as templates.
 *
 * What is missing:
 *
 * - What the mail lacks (a field, a header field, the event) is put in as nothing, and makes an
 *   address or a URL unfit.
 * - What a lookup's answer lacks, and null, make the result unfit.
 * - `default("text")` mends both, and an empty text.
 *
 * Results that are too long are cut in texts and lines, and unfit elsewhere.
 *
 * @module
 */

import { type Addresses, groupsOf, joinAddresses } from "./addresses.ts";
import { compiled } from "./compiled.ts";
import { forHttpHeader, forLine, forText, MAX_LINE_CHARACTERS } from "./escape.ts";
import type { Rendered, Template, TemplateTarget } from "./expression.ts";
import { type Filled, Missing, textOf } from "./filled.ts";
import { parseTemplate } from "./placeholder.ts";
import type { Compiled, Names, Scope } from "./scope.ts";
import { compileSlots, needsOfSlots, type Slot } from "./slots.ts";
import { resolveIn } from "./template_names.ts";
import { checkUrl, joinUrl } from "./urls.ts";
import { Doubt } from "./values.ts";

/** What a template is compiled for. */
export interface TemplateOptions {
  /** The fields and lookups that there are. */
  readonly names: Names;
  /** Where it goes. */
  readonly target: TemplateTarget;
}

/** What was read for each placeholder. */
type Values = ReadonlyMap<Slot, Filled>;

/** Puts the values together for a target. */
type Join = (values: Values) => string | Addresses | Missing;

/** Compiles a template. */
export function compileTemplate(text: string, options: TemplateOptions): Compiled<Template> {
  const pieces = parseTemplate(text);
  if (pieces.kind === "problem") return pieces;
  const slots = compileSlots(text, pieces.value, resolveIn(options.names));
  if (slots.kind === "problem") return slots;
  const join = joinFor(options.target, slots.value);
  if (join.kind === "problem") return join;
  return compiled({
    text,
    target: options.target,
    needs: needsOfSlots(slots.value),
    render: (scope) => render(slots.value, join.value, scope),
  });
}

function joinFor(target: TemplateTarget, slots: readonly Slot[]): Compiled<Join> {
  switch (target) {
    case "text":
      return compiled((values) => joined(slots, values, forText));
    case "line":
      return compiled((values) => joined(slots, values, forLine));
    case "http-header":
      return compiled((values) => fitting(joined(slots, values, forHttpHeader)));
    case "address": {
      const groups = groupsOf(slots);
      if (groups.kind === "problem") return groups;
      return compiled((values) => joinAddresses(groups.value, (slot) => valueOf(slot, values)));
    }
    case "url": {
      const checked = checkUrl(slots);
      if (checked.kind === "problem") return checked;
      return compiled((values) => joinedUrl(slots, values));
    }
  }
}

function render(slots: readonly Slot[], join: Join, scope: Scope): Rendered {
  const values = new Map<Slot, Filled>();
  const lookups = new Set<string>();
  for (const slot of slots) {
    if (slot.kind === "literal") continue;
    const value = slot.read(scope);
    if (value instanceof Doubt) value.lookups.forEach((name) => lookups.add(name));
    else values.set(slot, value);
  }
  if (lookups.size > 0) return { kind: "ask", lookups: [...lookups] };
  const joined = join(values);
  if (joined instanceof Missing) return { kind: "unfit", why: forLine(joined.why) };
  if (typeof joined === "string") return { kind: "text", text: joined };
  const { text, dropped } = joined;
  return dropped.length === 0 ? { kind: "text", text } : { kind: "text", text, dropped };
}

function valueOf(slot: Slot, values: Values): Filled {
  return slot.kind === "literal" ? slot.text : values.get(slot) ?? null;
}

function joined(
  slots: readonly Slot[],
  values: Values,
  escape: (text: string) => string,
): string | Missing {
  let text = "";
  for (const slot of slots) {
    const value = textOf(valueOf(slot, values));
    if (!(value instanceof Missing)) text += value;
    else if (!value.soft) return named(slot, value);
  }
  return escape(text);
}

function fitting(text: string | Missing): string | Missing {
  return text instanceof Missing || text.length <= MAX_LINE_CHARACTERS
    ? text
    : new Missing(`the value is longer than ${MAX_LINE_CHARACTERS} characters`, false);
}

function joinedUrl(slots: readonly Slot[], values: Values): string | Missing {
  const texts: string[] = [];
  for (const slot of slots) {
    const text = textOf(valueOf(slot, values));
    if (text instanceof Missing) return named(slot, text);
    if (text === "") return named(slot, new Missing("empty", false));
    texts.push(text);
  }
  return joinUrl(slots, texts);
}

function named(slot: Slot, { why }: Missing): Missing {
  return new Missing(slot.kind === "value" ? `{{${slot.source}}}: ${why}` : why, false);
}
