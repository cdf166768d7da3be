/**
 * Checks a condition's names, functions and literals against what there is, so that a mistake is
 * an error of the configuration and not a rule that never matches.
 *
 * @module
 */

import { checkCall } from "./check_call.ts";
import { checkQuotes, constantHint } from "./check_quotes.ts";
import { MAIL_VALUES, OF_THE_BODY } from "./mail_values.ts";
import { membersIn } from "./members.ts";
import type { Names, Needs } from "./scope.ts";
import { suggest } from "./suggest.ts";
import { type Each, type Expression, type Member, partsOf } from "./syntax.ts";

/** What is wrong, and where. */
export interface Fault {
  /** In characters from the start. */
  readonly at: number;
  /** What, and how to mend it. */
  readonly why: string;
}

/** The names that everything starts from. */
const ROOTS = ["event", "fields", "lookup", "mail", "now"];

/** Those that are followed by a name. */
const FOLLOWED = ["fields", "lookup", "mail"];

/** What other mail programs call the values of a mail. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  from: "reverse_path",
  sender: "reverse_path",
  to: "recipients",
  rcpt: "recipients",
  body: "text",
};

/** Those of which only a pack knows. */
const READ_BY_PACKS: ReadonlySet<string> = new Set(["event", "fields"]);

/** Finds the first fault; `null` when there is none. */
export function checkNames(
  part: Expression,
  names: Names,
  item: string | null = null,
): Fault | null {
  const own = checkPart(part, names, item);
  if (own !== null) return own;
  const inside = part.kind === "each" ? part.item : item;
  for (const below of partsBelow(part)) {
    const isList = part.kind === "each" && below === part.list;
    const fault = checkNames(below, names, isList ? item : inside);
    if (fault !== null) return fault;
  }
  return null;
}

/** Finds an arithmetic of lists, which only the types tell; ask once they have been checked. */
export function checkSums(part: Expression): Fault | null {
  if (part.kind === "binary" && part.operator === "+" && part.type().startsWith("list")) {
    return {
      at: part.at,
      why: "lists cannot be joined; ask each of them: a.exists(…) || b.exists(…)",
    };
  }
  for (const below of partsOf(part)) {
    const fault = checkSums(below);
    if (fault !== null) return fault;
  }
  return null;
}

/** What a condition may have to know. */
export function needsOf(root: Expression): Needs {
  const lookups = new Set<string>();
  let text = false;
  let reading = false;
  const visit = (part: Expression) => {
    if (part.kind === "name" && READ_BY_PACKS.has(part.name)) reading = true;
    if (part.kind === "member" && part.of.kind === "name" && typeof part.key === "string") {
      if (part.of.name === "lookup") lookups.add(part.key);
      if (part.of.name === "mail" && OF_THE_BODY.has(part.key)) text = true;
    }
    partsOf(part).forEach(visit);
  };
  visit(root);
  const members = lookups.size > 0 ? { members: membersIn(root) } : {};
  return { lookups: [...lookups], ...members, text, reading };
}

/**
 * Ends a message about an unknown name below `fields`, `lookup` or `mail`.
 *
 * @param known The names that there are.
 */
export function suggestName(root: string, name: string, known: readonly string[]): string {
  const meant = root === "mail" && Object.hasOwn(OTHER_WORDS, name) ? OTHER_WORDS[name] : undefined;
  if (meant !== undefined) return ` (did you mean "${meant}"?)`;
  if (known.length === 0) return `: no ${root} is configured: add it below the key ${root}s`;
  return suggest(name, known);
}

/** `fields`, `lookup`, `mail` are looked at by what follows them, and not by themselves. */
function partsBelow(part: Expression): readonly Expression[] {
  const isRoot = (below: Expression) => below.kind === "name" && FOLLOWED.includes(below.name);
  if (part.kind === "member" && typeof part.key === "string" && isRoot(part.of)) return [];
  if (part.kind === "call" && part.name === "header" && part.receiver !== null) {
    return isRoot(part.receiver) ? part.args : partsOf(part);
  }
  return partsOf(part);
}

function checkPart(part: Expression, names: Names, item: string | null): Fault | null {
  switch (part.kind) {
    case "name":
      return part.name === item ? null : checkName(part.name, part.at, names);
    case "member":
      return checkMember(part, names, item);
    case "call":
      return checkCall(part);
    case "each":
      return checkEach(part, item);
    case "binary":
      return checkQuotes(part, (name) => name === item || isNameOf(name, names));
    default:
      return null;
  }
}

function checkName(name: string, at: number, names: Names): Fault | null {
  if (FOLLOWED.includes(name)) {
    return { at, why: `${name} is followed by a name, as in ${exampleOf(name, names)}` };
  }
  if (ROOTS.includes(name)) return null;
  const all = [
    ...ROOTS,
    ...[...names.fields].map((field) => `fields.${field}`),
    ...Object.keys(MAIL_VALUES).map((value) => `mail.${value}`),
  ];
  const near = (isNameOf(name, names) ? undefined : constantHint(name)) ?? suggest(name, all);
  const end = near.startsWith(": expected") ? `: there are ${ROOTS.join(", ")}` : near;
  return { at, why: `${JSON.stringify(name)} is unknown${end}` };
}

/** Whether a name is one that there is, or the end of one, in any case: `Host` of `fields.host`. */
function isNameOf(written: string, { fields }: Names): boolean {
  const name = written.toLowerCase();
  return ROOTS.includes(name) || fields.has(name) || Object.hasOwn(MAIL_VALUES, name);
}

function exampleOf(name: string, names: Names): string {
  if (name === "mail") return "mail.subject";
  const [first] = name === "fields" ? names.fields : names.lookups;
  return `${name}.${first ?? "NAME"}`;
}

function checkMember({ of, key, at }: Member, names: Names, item: string | null): Fault | null {
  if (isHeaders(of) && typeof key === "string" && key !== key.toLowerCase()) {
    const right = `write mail.header(${JSON.stringify(key)})`;
    return { at, why: `header fields are in lower case here: ${right}` };
  }
  if (of.kind !== "name" || of.name === item) return null;
  if (of.name === "event" || of.name === "now") {
    return { at, why: `${of.name} has no parts` };
  }
  if (!FOLLOWED.includes(of.name)) return null;
  if (typeof key !== "string") {
    return { at, why: `in ${of.name}[…] stands a name in quotes` };
  }
  const known = of.name === "fields"
    ? [...names.fields]
    : of.name === "lookup"
    ? [...names.lookups]
    : Object.keys(MAIL_VALUES);
  if (known.includes(key)) return null;
  return { at, why: unknownMember(of.name, key, known) };
}

function unknownMember(root: string, key: string, known: readonly string[]): string {
  // A hyphen is a minus in CEL: lookup.service-owner is lookup.service less owner.
  const hyphenated = known.find((name) => name.startsWith(`${key}-`));
  const end = hyphenated === undefined
    ? suggestName(root, key, known)
    : `: a name with a hyphen is written ${root}[${JSON.stringify(hyphenated)}]`;
  return `${root}.${key} is unknown${end}`;
}

function isHeaders(part: Expression): boolean {
  return part.kind === "member" && part.key === "headers" && part.of.kind === "name" &&
    part.of.name === "mail";
}

function checkEach({ item, macro, at }: Each, outer: string | null): Fault | null {
  if (outer !== null) {
    const why = `${macro}() within a walk through another list is not allowed: ` +
      "it would take too long on a large mail";
    return { at, why };
  }
  if (!ROOTS.includes(item)) return null;
  return { at, why: `the item of ${macro}() must not be called ${item}` };
}
