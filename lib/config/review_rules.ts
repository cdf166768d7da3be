/**
 * What is allowed in the claims and rules of a manager and yet probably not meant.
 *
 * @module
 */

import { unguardedFields, zonelessParts } from "../language/doubts.ts";
import { repeated } from "./_tree.ts";
import type { Action, ManagerConfig, RuleConfig } from "./types.ts";

/** A name with one brace on each side, where two make it a template. */
const SINGLE_BRACES = /\{ *(?:(?:fields|mail|lookup)\.[^{}]*|event *)\}(?!\})/;

/** Looks for doubtful words of one manager. */
export function reviewWording(manager: ManagerConfig): readonly string[] {
  const { name, rules, otherwise = [] } = manager;
  const names = rules.map((rule) => rule.name);
  return [
    ...reviewPattern(manager),
    ...[...new Set(repeated(names).map((index) => names[index]))].map((twice) =>
      `manager ${name} has several rules called "${twice}": nobody can tell them apart in a trace ` +
      "or a test; give each its own name"
    ),
    ...rules.flatMap((rule) => reviewRule(rule, name)),
    ...otherwise.flatMap((action) => reviewBraces(action, `otherwise of manager ${name}`)),
  ];
}

/** Who writes a star expects it to stand for anything. */
function reviewPattern({ name, wants }: ManagerConfig): readonly string[] {
  const claim = "to" in wants ? `to ${wants.to}` : `from ${wants.from}`;
  if (!claim.includes("*")) return [];
  return [
    `manager ${name} claims mail ${claim}, in which * is a letter like any other: name one address`,
  ];
}

function reviewRule({ name, when, actions }: RuleConfig, manager: string): readonly string[] {
  const where = `rule "${name}" of manager ${manager}`;
  const zoneless = when === undefined ? [] : zonelessParts(when.text);
  const unguarded = when === undefined ? [] : unguardedFields(when.text);
  return [
    ...zoneless.map((part) =>
      `${where} takes ${part} in UTC: name a time zone, as in ${
        part.replace(/\(\)$/, '("Europe/Berlin")')
      }`
    ),
    ...unguarded.map(({ field, written }) =>
      `${where} is undecided on a mail without ${field}: put has(${field}) && before ${written}`
    ),
    ...actions.flatMap((action) => reviewBraces(action, where)),
  ];
}

function reviewBraces(action: Action, where: string): readonly string[] {
  if (action.kind === "discard") return [];
  const { subject, body } = action.words ?? {};
  const address = action.kind === "mailto" ? action.address : action.address.text;
  const texts = [address, subject?.text ?? "", body?.text ?? ""];
  return texts.flatMap((text) => {
    const [found] = SINGLE_BRACES.exec(text) ?? [];
    return found === undefined ? [] : [
      `${where} has ${found} in an action, which stays as it is: a template has two braces, {${found}}`,
    ];
  });
}
