/**
 * Templates of addresses: `{{lookup.owner.email}}, ops@example.org`.
 *
 * INVARIANTS
 *
 * 1. Every address of the result is one that `mail/address.ts` takes, in canonical form, and none
 *    has a comma in it: who splits the result at its commas gets these addresses and no others.
 * 2. What comes from a mail makes one address at most, be it a whole one or a part of one. Only a
 *    lookup's answer that stands alone between two commas may name several; what is no address among
 *    them does not cost the others.
 *
 * @module
 */

import { addressKey, formatAddress, isAddress, parseAddress } from "../mail/address.ts";
import { compiled, problem } from "./compiled.ts";
import { type Filled, Missing, textOf } from "./filled.ts";
import type { Compiled } from "./scope.ts";
import type { Slot } from "./slots.ts";
import { sayValue, show } from "./values.ts";

/** Most addresses of a result. */
const MAX_ADDRESSES = 50;

/** What stands between two commas of the template. */
export type Group = readonly Slot[];

/** A template of addresses cut at its commas; those that are written out must be right. */
export function groupsOf(slots: readonly Slot[]): Compiled<readonly Group[]> {
  const groups: Slot[][] = [[]];
  for (const slot of slots) {
    if (slot.kind === "value") {
      groups.at(-1)?.push(slot);
      continue;
    }
    slot.text.split(",").forEach((text, index) => {
      if (index > 0) groups.push([]);
      if (text !== "") groups.at(-1)?.push({ kind: "literal", text });
    });
  }
  const trimmed = groups.map(trimEnds);
  for (const group of trimmed) {
    if (group.length === 0) return problem("an address is missing before or after a comma");
    const [only] = group;
    if (group.length > 1 || only?.kind !== "literal") continue;
    if (canonical(only.text) === null) {
      return problem(`${JSON.stringify(only.text)} is no address: write name@example.org`);
    }
  }
  return compiled(trimmed);
}

/** The addresses that came together. */
export interface Addresses {
  /** Them, with commas between. */
  readonly text: string;
  /** What a lookup named beside good addresses and is none, each in words. */
  readonly dropped: readonly string[];
}

/**
 * Puts the addresses of all groups together.
 *
 * @param values What was put in for each piece of each group.
 * @returns Them, or why they are none.
 */
export function joinAddresses(
  groups: readonly Group[],
  values: (slot: Slot) => Filled,
): Addresses | Missing {
  const found = new Map<string, string>();
  const dropped: string[] = [];
  for (const group of groups) {
    const addresses: string[] = [];
    const bad: Missing[] = [];
    for (const text of candidates(group, values)) {
      const address = text instanceof Missing ? text : addressOf(text);
      if (address instanceof Missing) bad.push(address);
      else addresses.push(address);
    }
    if (addresses.length === 0 && bad[0] !== undefined) return bad[0];
    dropped.push(...bad.map(({ why }) => why));
    addresses.forEach((address) => found.set(addressKey(address), address));
    if (addresses.length + bad.length > MAX_ADDRESSES || found.size > MAX_ADDRESSES) {
      return new Missing(`it names over ${MAX_ADDRESSES} addresses`, false);
    }
  }
  return { text: [...found.values()].join(", "), dropped };
}

function addressOf(text: string): string | Missing {
  return canonical(text) ?? new Missing(`${show(text)} is no address`, false);
}

function candidates(group: Group, values: (slot: Slot) => Filled): readonly (string | Missing)[] {
  const [only] = group;
  if (group.length === 1 && only?.kind === "value" && only.lookup !== undefined) {
    return several(values(only), only.source);
  }
  let text = "";
  for (const slot of group) {
    const value = textOf(values(slot));
    if (value instanceof Missing) return [named(value, slot)];
    if (value === "") return [named(new Missing("empty", false), slot)];
    text += value;
  }
  return [text];
}

/** A list of addresses, or a text with commas between them. */
function several(value: Filled, source: string): readonly (string | Missing)[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [new Missing(`${source} is an empty list`, false)];
    return value.slice(0, MAX_ADDRESSES + 1).map((item) =>
      typeof item === "string" ? item : new Missing(`${source} has ${sayValue(item)} in it`, false)
    );
  }
  const text = textOf(value);
  if (text instanceof Missing) return [new Missing(`${source}: ${text.why}`, false)];
  return text.split(",", MAX_ADDRESSES + 1);
}

function named({ why }: Missing, slot: Slot): Missing {
  return new Missing(slot.kind === "value" ? `${slot.source}: ${why}` : why, false);
}

function canonical(text: string): string | null {
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, "");
  const address = parseAddress(trimmed);
  if (address === null || trimmed.includes(",") || !isAddress(trimmed)) return null;
  return formatAddress(address);
}

function trimEnds(group: readonly Slot[]): Group {
  const last = group.length - 1;
  return group.flatMap((slot, index): Slot[] => {
    if (slot.kind === "value") return [slot];
    const start = index === 0 ? slot.text.trimStart() : slot.text;
    const text = index === last ? start.trimEnd() : start;
    return text === "" ? [] : [{ kind: "literal", text }];
  });
}
