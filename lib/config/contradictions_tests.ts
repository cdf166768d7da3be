/**
 * What the keys of the configuration's tests mean together, and with the rest of the file.
 *
 * @module
 */

import { inMail } from "./contradictions_packs.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { EXPECT_KEYS } from "./_packs.ts";
import { suggest } from "./suggest.ts";
import { itemsOf, repeated, textOf } from "./_tree.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

type Path = Problem["path"];

/** Finds what contradicts itself in the tests of a tree, and in what packs expect of samples. */
export function inTests(tree: YamlMapping, vocabulary: Vocabulary): readonly Problem[] {
  const tests = itemsOf(tree.tests);
  const rules = ruleNames(tree.managers);
  const names = tests.map((test) => textOf(test, "name"));
  return [
    ...itemsOf(tree.packs).flatMap((pack, index) =>
      itemsOf(isMapping(pack) ? pack.samples : undefined).flatMap((sample, position) =>
        inExpect(
          isMapping(sample) ? sample.expect : undefined,
          ["packs", index, "samples", position, "expect"],
          vocabulary,
        )
      )
    ),
    ...tests.flatMap((test, index) =>
      isMapping(test) ? inTest(test, ["tests", index], { rules, vocabulary }) : []
    ),
    ...repeated(names).map((index) => ({
      path: ["tests", index, "name"],
      text: `the name of tests[${names.indexOf(names[index])}] too: give each its own`,
    })),
  ];
}

interface Known {
  readonly rules: readonly string[];
  readonly vocabulary: Vocabulary;
}

function inTest(test: YamlMapping, path: Path, { rules, vocabulary }: Known): readonly Problem[] {
  const { mail, lookups, expect } = test;
  const answers = isMapping(lookups) ? Object.keys(lookups) : [];
  const known = [...vocabulary.names.lookups];
  return [
    ...isMapping(mail) ? inMail(mail, [...path, "mail"]) : [],
    ...answers.filter((name) => !known.includes(name)).map((name) => ({
      path: [...path, "lookups", name],
      text: known.length === 0
        ? "unknown lookup: there is no key lookups in this file"
        : `unknown lookup${suggest(name, known)}`,
    })),
    ...inExpect(expect, [...path, "expect"], vocabulary),
    ...inRuleNames(isMapping(expect) ? expect.rules : undefined, path, rules),
    ...inOutcome(expect, path),
  ];
}

/** What a mail goes to, why it goes nowhere, and that no manager wants it exclude each other. */
function inOutcome(expect: YamlValue | undefined, path: Path): readonly Problem[] {
  if (!isMapping(expect)) return [];
  if (Object.keys(expect).length === 0) {
    const text = `expects nothing: expected one of the keys ${EXPECT_KEYS}`;
    return [{ path: [...path, "expect"], text }];
  }
  if (textOf(expect["passed-through"]) === "true") return inPassedThrough(expect, path);
  if (!Object.hasOwn(expect, "not-sent") || itemsOf(expect.actions).length === 0) return [];
  const text = "not together with actions: what is not sent goes to nobody";
  return [{ path: [...path, "expect", "not-sent"], text }];
}

/** Whatever else may be expected is what managers do. */
function inPassedThrough(expect: YamlMapping, path: Path): readonly Problem[] {
  const others = Object.keys(expect).filter((key) => key !== "passed-through");
  if (others.length === 0) return [];
  const text = `not together with ${others.join(", ")}: ` +
    "no manager has to do with a mail that passes through";
  return [{ path: [...path, "expect", "passed-through"], text }];
}

/** Fields and an event that no pack could find. */
function inExpect(
  expect: YamlValue | undefined,
  path: Path,
  { names, events }: Vocabulary,
): readonly Problem[] {
  if (!isMapping(expect)) return [];
  const fields = isMapping(expect.fields) ? Object.keys(expect.fields) : [];
  const event = textOf(expect.event);
  return [
    ...fields.filter((name) => !names.fields.has(name)).map((name) => ({
      path: [...path, "fields", name],
      text: `unknown field${suggest(name, [...names.fields])}`,
    })),
    ...event === undefined || event === "" || events.includes(event)
      ? []
      : [{ path: [...path, "event"], text: `unknown event ${VALUE}${suggest(event, events)}` }],
  ];
}

function inRuleNames(
  expected: YamlValue | undefined,
  path: Path,
  known: readonly string[],
): readonly Problem[] {
  return itemsOf(expected).flatMap((name, index) => {
    if (typeof name !== "string" || known.includes(name)) return [];
    const remedy = known.length === 0 ? ": there are no rules" : suggest(name, known);
    return [{ path: [...path, "expect", "rules", index], text: `unknown rule ${VALUE}${remedy}` }];
  });
}

/** The names of all rules, those that are counted as well. */
function ruleNames(managers: YamlValue | undefined): readonly string[] {
  const names = itemsOf(managers).flatMap((manager) =>
    itemsOf(isMapping(manager) ? manager.rules : undefined).map((rule, index) =>
      isMapping(rule) ? textOf(rule.name) ?? `rule ${index + 1}` : `rule ${index + 1}`
    )
  );
  return [...new Set(names)];
}
