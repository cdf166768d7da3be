/**
 * What is allowed in a configuration and yet probably not meant.
 *
 * @module
 */

import { isLoopback } from "./loop.ts";
import { reviewListener, reviewSmarthost } from "./review_smtp.ts";
import type { Configuration, ManagerConfig } from "./types.ts";

/**
 * Looks for doubtful settings.
 *
 * @returns One sentence for each, with what to do; without secrets.
 */
export function reviewConfiguration(configuration: Configuration): readonly string[] {
  const { listeners, smarthosts, managers } = configuration;
  return [
    ...listeners.flatMap(reviewListener),
    ...smarthosts.flatMap(reviewSmarthost),
    ...reviewStorePath(configuration),
    ...reviewQueue(configuration),
    ...managers.flatMap((manager, index) => [
      ...reviewClaim(manager, managers.slice(0, index)),
      ...reviewUrl(manager),
      ...reviewRules(manager),
    ]),
  ];
}

/** Beyond, in octets, `/control.sock` in the folder is too long for the name of a unix socket. */
const STORE_PATH_OCTETS = 94;

function reviewStorePath({ store: { path } }: Configuration): readonly string[] {
  const { length } = new TextEncoder().encode(path);
  if (length <= STORE_PATH_OCTETS) return [];
  return [
    `store.path has ${length} octets: beyond ${STORE_PATH_OCTETS} nobody can ask the running ` +
    "program, so queue retry, queue drop, --if-not-running and --replace do not work: take a " +
    "shorter one",
  ];
}

function reviewQueue(configuration: Configuration): readonly string[] {
  const { store, queue, duplicates, history } = configuration;
  const unguarded = store.minFreeOctets === 0;
  const forgotten = history.keepMs < duplicates.windowMs;
  const untried = queue.giveUpAfterMs <= queue.firstRetryMs;
  return [
    ...unguarded
      ? ["store.min-free is 0: mail is taken until the disk is full, and nothing else can write"]
      : [],
    ...untried
      ? ["queue.give-up-after is no longer than first-retry: what fails once is never tried again"]
      : [],
    ...forgotten
      ? [
        "history.keep is shorter than duplicates.window: a mail that comes again after a restart " +
        "may be delivered twice",
      ]
      : [],
  ];
}

function reviewClaim(
  manager: ManagerConfig,
  earlier: readonly ManagerConfig[],
): readonly string[] {
  const claim = describeClaim(manager);
  const first = earlier.find((other) => describeClaim(other) === claim);
  const { wants } = manager;
  const idle = "to" in wants && wants.from !== undefined
    ? [`manager ${manager.name} claims by to alone: the from beside it says nothing, remove it`]
    : [];
  if (first === undefined) return idle;
  return [
    ...idle,
    `manager ${manager.name} gets no mail: manager ${first.name} before it claims all mail ` +
    `${claim}: join the two, or claim by another address`,
  ];
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
  if (rules.length > 0) return [];
  return otherwise.length > 0
    ? [`manager ${name} has no rules: all its mail goes by otherwise`]
    : [`manager ${name} has neither rules nor otherwise: its mail is taken and sent to nobody`];
}
