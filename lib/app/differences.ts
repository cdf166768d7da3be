/**
 * What is different in another configuration, in the words of its keys: for the log, so never a value.
 *
 * @module
 */

import type { Configuration } from "../config/types.ts";
import { listensElsewhere } from "./listeners.ts";
import { said } from "./said.ts";

/** The parts by key, each as what it says. */
const PARTS: Readonly<Record<string, (configuration: Configuration) => unknown>> = {
  hostname: ({ hostname }) => hostname,
  "local-smtp": ({ listeners }) => listeners,
  "remote-smtp": ({ smarthosts }) => smarthosts,
  ack: ({ ack }) => ack,
  "ack-budget": ({ ackBudgetMs }) => ackBudgetMs,
  queue: ({ queue }) => queue,
  duplicates: ({ duplicates }) => duplicates,
  history: ({ history }) => history,
  "on-failure": ({ onFailure }) => onFailure,
  limits: ({ limits }) => limits,
  store: ({ store }) => store,
  managers: ({ managers }) => managers,
  lookups: ({ lookups }) => lookups,
  packs: ({ packs }) => packs,
  tests: ({ tests }) => tests,
  reload: ({ reload }) => reload,
};

/** Most names that are told of one key. */
const MAX_NAMES = 5;

/** What is different: `managers (gocd, +nas)`, `limits`; empty: nothing. */
export function differences(before: Configuration, after: Configuration): readonly string[] {
  const changed = Object.entries(PARTS).filter(([, part]) =>
    said(part(before)) !== said(part(after))
  );
  return changed.map(([key]) => {
    if (key !== "managers" && key !== "lookups" && key !== "packs") return key;
    return `${key} (${namesOf(before[key], after[key])})`;
  });
}

/**
 * What a configuration wants that this process cannot give any more, each with its key.
 *
 * @param started What the process was started with.
 */
export function beyondReload(started: Configuration, after: Configuration): readonly string[] {
  const elsewhere = listensElsewhere(started.listeners, after.listeners);
  return [
    ...elsewhere ? ["local-smtp: another address, protocol or mode of a socket"] : [],
    ...said(started.store) === said(after.store) ? [] : ["store: another path or min-free"],
  ];
}

type Named = readonly { readonly name: string }[];

/** Those that changed, `+` those that came, `-` those that went; else it was their order. */
function namesOf(before: Named, after: Named): string {
  const [old, fresh] = [before, after].map((all) =>
    new Map(all.map((one) => [one.name, said(one)]))
  );
  const names = [
    ...after.filter(({ name }) => old?.has(name) && old.get(name) !== fresh?.get(name))
      .map(({ name }) => name),
    ...after.filter(({ name }) => !old?.has(name)).map(({ name }) => `+${name}`),
    ...before.filter(({ name }) => !fresh?.has(name)).map(({ name }) => `-${name}`),
  ];
  if (names.length === 0) return "order";
  const left = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
