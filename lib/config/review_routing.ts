/**
 * What is allowed in managers, lookups and packs and yet probably not meant.
 *
 * @module
 */

import { needsOfAll, wordingOf } from "../language/wording.ts";
import { isLoopback } from "./loop.ts";
import { hostOf } from "./lookup_url.ts";
import { reviewWording } from "./review_rules.ts";
import type { Action, Configuration, LookupConfig, ManagerConfig, PackConfig } from "./types.ts";

/** Looks for doubtful settings of routing. */
export function reviewRouting(
  { managers, lookups, packs }: Pick<Configuration, "managers" | "lookups" | "packs">,
): readonly string[] {
  const used = new Set(needsOfAll(managers.flatMap(wordingOf)).lookups);
  return [
    ...lookups.flatMap((lookup) => reviewLookup(lookup, used)),
    ...packs.flatMap((pack) => reviewPack(pack, managers)),
    ...managers.flatMap((manager, index) => [
      ...reviewClaim(manager, managers.slice(0, index)),
      ...reviewAlso(manager, managers.slice(index + 1)),
      ...reviewUrl(manager),
      ...reviewRules(manager),
      ...reviewAddresses(manager),
      ...reviewWording(manager),
    ]),
  ];
}

function reviewLookup({ name, url, headers }: LookupConfig, used: ReadonlySet<string>) {
  const found: string[] = [];
  if (!used.has(name)) {
    found.push("is never asked: no condition and no template names it; remove it, or use it");
  }
  const host = hostOf(url.text);
  if (headers.length > 0 && /^http:/i.test(url.text) && host && !isLoopback(host)) {
    found.push(`sends its header fields to ${host} in clear text: use an https URL`);
  }
  return found.map((text) => `lookup ${name} ${text}`);
}

function reviewPack({ name, samples }: PackConfig, managers: readonly ManagerConfig[]) {
  const found: string[] = [];
  if (managers.length === 0) found.push("reads no mail: there is no manager to claim any");
  if (samples.length === 0) found.push("has no samples: add a mail that it must recognise");
  return found.map((text) => `pack ${name} ${text}`);
}

function reviewClaim(
  manager: ManagerConfig,
  earlier: readonly ManagerConfig[],
): readonly string[] {
  const claim = describeClaim(manager);
  const first = earlier.find((other) => !other.also && describeClaim(other) === claim);
  const { wants } = manager;
  const idle = "to" in wants && wants.from !== undefined
    ? [`manager ${manager.name} claims by to alone: the from beside it says nothing, remove it`]
    : [];
  if (first === undefined) return idle;
  return [
    ...idle,
    `manager ${manager.name} gets no mail: manager ${first.name} before it claims all mail ` +
    `${claim}: join the two, claim by another address, or give ${first.name} also: true`,
  ];
}

/** Whether a manager lets other managers have its mail, and there is none; by `from`, others, too. */
function reviewAlso(manager: ManagerConfig, later: readonly ManagerConfig[]): readonly string[] {
  if (!manager.also || later.length > 0 || !("to" in manager.wants)) return [];
  return [`manager ${manager.name} is the last one: its also: true says nothing, remove it`];
}

function describeClaim({ wants }: ManagerConfig): string {
  return "to" in wants ? `to ${wants.to}` : `from ${wants.from || "<>"}`;
}

function reviewUrl({ name, gocd }: ManagerConfig): readonly string[] {
  if (gocd === undefined || (gocd.basic === undefined && gocd.token === undefined)) return [];
  const { protocol, hostname } = new URL(gocd.url);
  if (protocol === "https:" || isLoopback(hostname.replace(/^\[|\]$/g, ""))) return [];
  return [`manager ${name} sends its credentials to ${hostname} in clear text: use an https URL`];
}

function reviewRules({ name, rules, otherwise = [] }: ManagerConfig): readonly string[] {
  if (rules.length === 0) {
    return otherwise.length > 0
      ? [`manager ${name} has no rules: all its mail goes by otherwise`]
      : [`manager ${name} has neither rules nor otherwise: its mail is taken and sent to nobody`];
  }
  const last = rules.findIndex(({ stop, when, filter }) =>
    stop && when?.text.trim() === "true" && filter === undefined
  );
  const unreached = last < 0 ? undefined : rules[last + 1];
  if (unreached === undefined) return [];
  return [
    `manager ${name} never gets to ${unreached.name}: ${rules[last]?.name} before it takes every ` +
    "mail and has stop: true",
  ];
}

/** Whether a mail is sent to nobody when a lookup has no answer, because only that knows to whom. */
function reviewAddresses({ name, rules, otherwise }: ManagerConfig): readonly string[] {
  // An empty one says that nobody is meant.
  if (otherwise?.length === 0 || otherwise?.some(({ kind }) => kind === "mailto")) return [];
  const isLookedUp = (action: Action) =>
    action.kind === "mailto-template" && action.address.needs.lookups.length > 0;
  return rules.filter(({ actions }) => actions.every(isLookedUp)).map((rule) =>
    `rule "${rule.name}" of manager ${name} has no address but those of a lookup: without its answer ` +
    "nobody gets the mail; give the manager an otherwise with an address"
  );
}
