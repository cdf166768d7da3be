/**
 * The words that a file makes up itself: names of its lookups, of its packs, and what those find.
 * Conditions, templates and filters may use them; what else they name is an error.
 *
 * @module
 */

import { compilePattern } from "../language/pattern.ts";
import type { Names } from "../language/scope.ts";
import { SEVERITIES, STATES } from "../routing/packs/pack.ts";
import { ALL_EVENTS, ALL_FIELDS, PACK_TYPES } from "../routing/packs/packs.ts";
import { itemsOf, textOf } from "./_tree.ts";
import { isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

/** Every word that one file may use. */
export interface Vocabulary {
  /** For conditions and templates. */
  readonly names: Names;
  /** What a manager's `type` may be: `mail`, built-in packs, own packs. */
  readonly types: readonly string[];
  /** Every event that a pack may report. */
  readonly events: readonly string[];
}

/** What fields of every pack are at most; words of operators' packs that are no such are dropped. */
const CLOSED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "fields.severity": SEVERITIES,
  "fields.state": STATES,
};

/** The type of managers that take any mail. */
export const ANY_MAIL = "mail";

/** Collects the words of a tree, whatever else is wrong with it. */
export function vocabularyOf(tree: YamlValue): Vocabulary {
  const file = isMapping(tree) ? tree : {};
  const packs = itemsOf(file.packs).filter(isMapping);
  const lookups = isMapping(file.lookups) ? Object.keys(file.lookups) : [];
  const own = packs.flatMap((pack) => textOf(pack.name) ?? []);
  const types = [...new Set([ANY_MAIL, ...PACK_TYPES, ...own])];
  const events = [...new Set([...ALL_EVENTS, ...packs.flatMap(eventsOfPack)])];
  const sources = types.filter((type) => type !== ANY_MAIL);
  const named = packs.flatMap(groupsOfPack).some(({ group }) => group === "source");
  return {
    names: {
      lookups: new Set(lookups),
      fields: new Set([...ALL_FIELDS, ...packs.flatMap(fieldsOfPack)]),
      words: new Map([
        ["event", events],
        ...Object.entries(CLOSED_FIELDS),
        // A pack whose mails name their source may say anything.
        ...named ? [] : [["fields.source", sources] as const],
      ]),
    },
    types,
    events,
  };
}

/** Named groups of a pack's patterns, with the key below `match` of each; broken ones have none. */
export function groupsOfPack(
  pack: YamlMapping,
): readonly { readonly group: string; readonly key: readonly string[] }[] {
  return patternsOf(pack.match, []).flatMap(({ key, text }) => {
    const pattern = compilePattern(text);
    if (pattern.kind === "problem") return [];
    return pattern.value.groups.map((group) => ({ group, key }));
  });
}

function patternsOf(
  node: YamlValue | undefined,
  key: readonly string[],
): readonly { readonly key: readonly string[]; readonly text: string }[] {
  if (typeof node === "string") return [{ key, text: node }];
  if (!isMapping(node)) return [];
  return Object.entries(node).flatMap(([name, item]) => patternsOf(item, [...key, name]));
}

function fieldsOfPack(pack: YamlMapping): readonly string[] {
  const { fields } = pack;
  return [
    ...isMapping(fields) ? Object.keys(fields) : [],
    ...groupsOfPack(pack).map(({ group }) => group),
  ];
}

function eventsOfPack({ event }: YamlMapping): readonly string[] {
  if (typeof event === "string") return [event];
  const words = isMapping(event) ? event.words : undefined;
  return isMapping(words) ? Object.values(words).filter((word) => typeof word === "string") : [];
}
