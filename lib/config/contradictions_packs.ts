/**
 * What the keys of packs and of sample mails mean together.
 *
 * @module
 */

import { PACK_TYPES } from "../routing/packs/packs.ts";
import { sameNames } from "./contradictions_routing.ts";
import { isFieldName } from "./lookup_url.ts";
import { readGroup, readPackField } from "./pack_words.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import type { ByGroupShape } from "./shape_routing.ts";
import { exclusive, itemsOf, repeated, textOf } from "./_tree.ts";
import { ANY_MAIL, groupsOfPack } from "./vocabulary.ts";
import { isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

type Path = Problem["path"];

/** Finds what contradicts itself in the packs of a tree. */
export function inPacks(packs: YamlValue | undefined): readonly Problem[] {
  const items = itemsOf(packs);
  return [
    ...items.flatMap((pack, index) => isMapping(pack) ? inPack(pack, ["packs", index]) : []),
    ...sameNames(items, ["packs"], "too: give each its own"),
  ];
}

/** Problems of one mail: a file or its parts, with names of header fields. */
export function inMail(mail: YamlMapping, path: Problem["path"]): readonly Problem[] {
  const isFile = Object.hasOwn(mail, "file");
  const parts = ["subject", "headers", "text"].map((key) => [key, "file"] as const);
  const headers = isMapping(mail.headers) ? Object.keys(mail.headers) : [];
  return [
    ...exclusive(mail, parts, path),
    ...isFile || Object.hasOwn(mail, "from") ? [] : [{
      path: [...path, "from"],
      text: "missing: expected the address of the sender, or the key file",
    }],
    ...inFieldNames(headers, [...path, "headers"]),
  ];
}

function inPack(pack: YamlMapping, path: Path): readonly Problem[] {
  const name = textOf(pack.name);
  const builtIn = name !== undefined && [ANY_MAIL, ...PACK_TYPES].includes(name)
    ? [{
      path: [...path, "name"],
      text: `${VALUE}: the name of a pack that is built in: choose another`,
    }]
    : [];
  const groups = groupsOfPack(pack);
  return [
    ...builtIn,
    ...inMatch(pack.match, path),
    ...repeated(groups.map(({ group }) => group)).map((index) => ({
      path: [...path, "match", ...groups[index]?.key ?? []],
      text: `the group ${groups[index]?.group} is there already: give each its own name`,
    })),
    ...inFields(pack.fields, path, groups.map(({ group }) => group)),
    ...inEvent(pack.event, path, groups.map(({ group }) => group)),
    ...itemsOf(pack.samples).flatMap((sample, index) =>
      isMapping(sample) ? inMail(sample, [...path, "samples", index]) : []
    ),
  ];
}

function inMatch(match: YamlValue | undefined, path: Path): readonly Problem[] {
  if (!isMapping(match)) return [];
  const within = [...path, "match"];
  const headers = isMapping(match.headers) ? Object.keys(match.headers) : [];
  const empty = headers.length === 0 && Object.keys(match).every((key) => key === "headers");
  return [
    ...empty
      ? [{
        path: within,
        text: "expected at least one of the keys subject, from, text and headers",
      }]
      : [],
    ...inFieldNames(headers, [...within, "headers"]),
  ];
}

function inFieldNames(names: readonly string[], path: Path): readonly Problem[] {
  return names.filter((name) => !isFieldName(name)).map((name) => ({
    path: [...path, name],
    text: "not the name of a header field: expected letters, digits and -",
  }));
}

function inFields(
  fields: YamlValue | undefined,
  path: Path,
  groups: readonly string[],
): readonly Problem[] {
  if (!isMapping(fields)) return [];
  return Object.entries(fields).flatMap(([name, text]) => {
    const within = [...path, "fields", name];
    if (name === "source") {
      return [{ path: within, text: "always the name of the pack: remove it" }];
    }
    if (!/^[a-z][A-Za-z0-9_]{0,39}$/.test(name)) {
      const expected = "expected letters, digits and _, such as batteryLevel";
      return [{ path: within, text: `not a name that conditions can say: ${expected}` }];
    }
    const field = typeof text === "string" ? text : byGroup(text);
    if (field === null || field === "") return [];
    const read = readPackField(name, field, groups);
    if (read.kind === "value") return [];
    return read.problems.map((problem) => ({ ...problem, path: [...within, ...problem.path] }));
  });
}

/** Words by a group where they are there and texts; else the schema has said what is wrong. */
function byGroup(field: YamlValue): ByGroupShape | null {
  if (!isMapping(field)) return null;
  const { group, words } = field;
  if (typeof group !== "string" || group === "" || !isMapping(words)) return null;
  const entries = Object.entries(words).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  return { group, words: Object.fromEntries(entries) };
}

function inEvent(
  event: YamlValue | undefined,
  path: Path,
  groups: readonly string[],
): readonly Problem[] {
  const group = isMapping(event) ? textOf(event.group) : undefined;
  if (group === undefined || group === "") return [];
  const known = readGroup(group, groups);
  return known.kind === "value" ? [] : [{ path: [...path, "event", "group"], text: known.text }];
}
